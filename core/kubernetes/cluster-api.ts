import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { SerabutError } from '../errors.js';

/** Where the API server is, and who asks it. */
export interface ClusterApiOptions {
  readonly host: string;
  readonly port: number;
  /** The directory with `token` and `ca.crt` of a service account. */
  readonly account: string;
}

/** Where the kubelet puts the token of a pod's service account. */
export const accountDirectory = '/var/run/secrets/kubernetes.io/serviceaccount';

const timeoutMs = 10_000;

/** Reads an object of the API by its path. Throws SERABUT_ERR_POD_NOT_READY, since nothing is known then. */
export function readFromCluster(options: ClusterApiOptions, path: string): Promise<unknown> {
  return askCluster(options, path, 'GET', undefined);
}

/** Makes an object of the API below a path. Throws SERABUT_ERR_POD_NOT_READY when the API does not take it. */
export async function createInCluster(options: ClusterApiOptions, path: string, object: object): Promise<void> {
  await askCluster(options, path, 'POST', JSON.stringify(object));
}

async function askCluster(
  options: ClusterApiOptions,
  path: string,
  method: 'GET' | 'POST',
  body: string | undefined,
): Promise<unknown> {
  const where = `https://${options.host}:${options.port}${path}`;
  // Tokens are exchanged while a pod runs, so each request reads its own.
  const [token, ca] = await Promise.all(['token', 'ca.crt'].map((name) => readAccount(options, name)));
  return new Promise((resolve, reject) => {
    const { host, port } = options;
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json', ...type };
    const failed = (message: string, cause?: unknown) =>
      reject(
        new SerabutError('SERABUT_ERR_POD_NOT_READY', `the cluster cannot be asked: ${message}`, { where, cause }),
      );
    const asked = request({ host, port, path, method, ca, headers, timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => failed(error.message, error));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode !== 200 && response.statusCode !== 201)
          failed(`${response.statusCode} ${text.slice(0, 300)}`);
        else resolve(JSON.parse(text));
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    asked.on('error', (error) => failed(error.message, error));
    asked.end(body);
  });
}

function readAccount({ account }: ClusterApiOptions, name: string): Promise<string> {
  return readFile(join(account, name), 'utf8').catch((cause: unknown) => {
    const message = `there is no ${name} of a service account: this command runs in a pod that has one`;
    throw new SerabutError('SERABUT_ERR_POD_NOT_READY', message, { where: account, cause });
  });
}
