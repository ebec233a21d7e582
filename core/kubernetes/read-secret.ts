import { SerabutError } from '../errors.js';
import { ApiRefusal, type Client } from './client.js';

/** Names of objects and keys of Secrets (core/v1), so that neither leads to another path of the API. */
const [nameForm, keyForm] = [/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, /^[-._a-zA-Z0-9]{1,253}$/];

/** The largest value that is taken, in bytes. */
const largest = 65_536;

/**
 * What a Secret of the namespace holds at a key, asked for each time, so that a changed one counts at once and none is kept.
 * Throws SERABUT_ERR_SECRET when there is none, or when the server may not read it, and SERABUT_ERR_STORE while the API server
 * does not say; no message says what is in one.
 */
export async function readSecret(client: Client, name: string, key: string): Promise<Buffer> {
  if (!nameForm.test(name) || !keyForm.test(key)) throw failure(name, key, 'that is no name of a Secret with a key');
  const path = `/api/v1/namespaces/${encodeURIComponent(client.namespace)}/secrets/${name}`;
  const secret = await client.ask<{ data?: Readonly<Record<string, string>> }>('GET', path).catch((cause: unknown) => {
    throw refusal(name, key, cause);
  });
  if (!Object.hasOwn(secret.data ?? {}, key)) throw failure(name, key, 'the Secret has no such key');
  const value = Buffer.from(secret.data?.[key] ?? '', 'base64');
  if (value.length > largest) throw failure(name, key, `it is larger than ${largest} bytes`);
  return value;
}

/** What a person has to mend, or what is over by itself. */
function refusal(name: string, key: string, cause: unknown): SerabutError {
  const code = cause instanceof ApiRefusal ? cause.code : undefined;
  if (code === 404) return failure(name, key, 'there is no such Secret in the namespace of the server', cause);
  const why = 'the server may not read this Secret: name it in the value `secrets` of the chart';
  if (code === 403) return failure(name, key, why, cause);
  const answer = code === undefined ? 'no answer, or none that can be read' : `HTTP ${code}`;
  const message = `Secret "${name}": the API server does not give it (${answer})`;
  return new SerabutError('SERABUT_ERR_STORE', message, { retryAfter: 10, cause });
}

function failure(name: string, key: string, why: string, cause?: unknown): SerabutError {
  return new SerabutError('SERABUT_ERR_SECRET', `Secret "${name}", key "${key}": ${why}`, { cause });
}
