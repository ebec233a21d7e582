import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { type ErrorCode, errorTable, SerabutError } from '../errors.js';
import type { Problem } from '../operator/schema.js';
import { control } from '../resources/text.js';

/** The options of each command that asks a running server. */
export interface ClientOptions {
  readonly server: string;
  readonly tokenFile?: string;
}

/** Adds them to a command. */
export function addClientOptions(command: Command): Command {
  return command
    .option('--server <url>', 'URL of the server', parseServer, 'http://127.0.0.1:8080')
    .option('--token-file <file>', "file with the operator's token, as a line TOKEN or NAME:TOKEN");
}

function parseServer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.pathname === '/' && url.search === '' && url.username === '';
  if (isPlain && ['http:', 'https:'].includes(url.protocol)) return url.origin;
  throw new InvalidArgumentError('The URL of a server is like http://192.168.88.2:8080, without a path.');
}

/** How long an answer may take, in milliseconds. */
const answerMs = 30_000;

/** What JSON is, to who has not looked at it. */
type Json = Readonly<Record<string, unknown>>;

/** The API of a running server. */
export class ApiClient {
  private constructor(
    readonly server: string,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly stopped: AbortSignal,
  ) {}

  /** Throws SERABUT_ERR_SECRET where the file with the token cannot be used. */
  static async open({ server, tokenFile }: ClientOptions, stopped: AbortSignal): Promise<ApiClient> {
    const headers = tokenFile === undefined ? {} : { authorization: `Bearer ${await readToken(tokenFile)}` };
    return new ApiClient(server, headers, stopped);
  }

  /**
   * What the server answers. Throws the server's own errors, and SERABUT_ERR_UNREACHABLE where there is no server or it
   * is another program.
   */
  async ask<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const signal = AbortSignal.any([this.stopped, AbortSignal.timeout(answerMs)]);
    const response = await this.#fetch(path, { method, headers: { ...this.headers, ...type }, signal, ...sent });
    const text = await response.text().catch((cause: Error) => Promise.reject(this.#unreachable(cause)));
    if (response.status === 204) return undefined as T;
    const json = this.#parse(text, path);
    if (!response.ok) throw errorOf(json, response.status);
    return json as T;
  }

  /** Resolves as often as something has changed; ends with the connection. */
  async *changes(): AsyncGenerator<void> {
    const response = await this.#fetch('/events', { headers: this.headers, signal: this.stopped });
    if (!response.ok || response.body === null) {
      throw errorOf(this.#parse(await response.text(), '/events'), response.status);
    }
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      if (piece.includes('event: change')) yield;
    }
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.server}/api/v1${path}`, { ...init, redirect: 'error' });
    } catch (cause) {
      if (this.stopped.aborted) throw this.stopped.reason;
      throw this.#unreachable(cause as Error);
    }
  }

  #unreachable(error: Error): SerabutError {
    const { cause = error } = error;
    const why = error.name === 'TimeoutError' ? `no answer within ${answerMs / 1000} s` : (cause as Error).message;
    return new SerabutError('SERABUT_ERR_UNREACHABLE', `cannot reach ${this.server}: ${why || String(cause)}`, {
      cause,
    });
  }

  #parse(text: string, path: string): Json {
    try {
      const json: unknown = JSON.parse(text);
      if (typeof json === 'object' && json !== null) return json as Json;
    } catch {
      // What is no JSON is no answer of the API.
    }
    const message = `${this.server}/api/v1${path} answers something else than Serabut does`;
    throw new SerabutError('SERABUT_ERR_UNREACHABLE', message);
  }
}

/** The server's error as it was there; one of a code that is not known here has its remedy in its message. */
function errorOf(json: Json, status: number): SerabutError {
  const { code, message, where, help } = json as Partial<Problem>;
  const details = typeof where === 'string' ? { where: plain(where) } : {};
  const text = plain(String(message ?? `status ${status}`));
  if (code !== undefined && Object.hasOwn(errorTable, code)) return new SerabutError(code as ErrorCode, text, details);
  const known = status === 404 ? 'SERABUT_ERR_ROUTE_NOT_FOUND' : 'SERABUT_ERR_INTERNAL';
  return new SerabutError(known, `${code}: ${text} ${plain(String(help ?? ''))}`, details);
}

const controls = new RegExp(`(?!\\n)[${control}]`, 'g');

/** Text of a server's, harmless to a terminal. */
export function plain(text: string): string {
  return text.replace(controls, '·');
}

async function readToken(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new SerabutError('SERABUT_ERR_SECRET', `the token cannot be read: ${cause.message}`, { where: path, cause });
  });
  const line = text.split(/\r?\n/).find((one) => one.trim() !== '' && !one.startsWith('#')) ?? '';
  const [, token = line.trim()] = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}:([!-~]{16,256})$/.exec(line.trim()) ?? [];
  if (/^[!-~]{16,256}$/.test(token)) return token;
  const message = 'the file has no line with a token of at least 16 characters';
  throw new SerabutError('SERABUT_ERR_SECRET', message, { where: path });
}
