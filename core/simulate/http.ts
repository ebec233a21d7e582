import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { simulationHeader } from '../machines/identity.js';
import { Broken, type FaultCode } from './faults.js';

/** How a URL is asked for. */
export interface Asking {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** URL of an HTTP proxy. */
  readonly proxy?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** By Content-Length; null where there is none. */
  readonly length: number | null;
  readonly body: IncomingMessage;
}

/** How long nothing may come, in milliseconds, and how often a server that is not ready is asked. */
export interface Patience {
  readonly quietMs: number;
  readonly triesNotReady: number;
  /** The longest pause before a server is asked again, whatever its Retry-After says; in milliseconds. */
  readonly pauseMs: number;
}

/** The most that is read of what has to be small, in bytes: scripts, answer files, iPXE itself. */
const longestText = 8 * 1024 * 1024;

/** As iPXE names itself; the header makes the server keep nothing of it. */
const ownHeaders = { 'user-agent': 'iPXE/1.21.1 (serabut simulate)', [simulationHeader]: '1', connection: 'close' };

/** What stands in the place of an answer. */
export class NoAnswer extends Error {}

/** Asks for a URL. Throws NoAnswer where nobody answers. Whoever asks reads the body to its end, or drops it. */
export async function ask(url: string, { quietMs }: Patience, asking: Asking = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, proxy } = asking;
  if (!URL.canParse(url)) throw new Broken('address-unreachable', `${url} is no URL`);
  const target = new URL(url);
  const at = new URL(proxy ?? url);
  const open = at.protocol === 'https:' ? secureRequest : request;
  const sent = open({
    host: at.hostname.replace(/^\[|\]$/g, ''),
    port: at.port || (at.protocol === 'https:' ? 443 : 80),
    path: proxy === undefined ? `${target.pathname}${target.search}` : url,
    method,
    headers: { host: target.host, ...ownHeaders, ...headers },
    agent: false,
    timeout: quietMs, // From the first packet on; setTimeout would count from the connection on.
  });
  let body: IncomingMessage | undefined;
  sent.on('timeout', () => (body ?? sent).destroy(new Error(`nothing came for ${quietMs / 1000} s`)));
  sent.on('error', () => {}); // before the answer it is thrown below, and afterwards it is the body's
  sent.end();
  const [response] = (await once(sent, 'response').catch((error: NodeJS.ErrnoException) => {
    throw new NoAnswer(error.code ?? error.message);
  })) as [IncomingMessage];
  body = response;
  const length = response.headers['content-length'];
  const { statusCode: status = 0, headers: said } = response;
  return { status, headers: said, length: length === undefined ? null : Number(length), body: response };
}

/** The body of an answer whole, at most so much as is looked at of a file that has to be small. */
export async function bytesOf({ body }: Answer, url: string, most = longestText): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of whole(body, url)) {
    pieces.push(piece);
    length += piece.length;
    if (length > most) break;
  }
  return Buffer.concat(pieces).subarray(0, most);
}

/** The body; where it breaks off that is said as what it is: fewer bytes than were promised. */
export async function* whole(body: AsyncIterable<Buffer>, url: string): AsyncGenerator<Buffer> {
  let length = 0;
  try {
    for await (const piece of body) {
      length += piece.length;
      yield piece;
    }
  } catch (error) {
    const { message } = error as Error;
    throw new Broken('length-wrong', `${url} breaks off after ${length} bytes, before its Content-Length: ${message}`);
  }
}

/** What a status means on the way to a file of some kind. */
export interface Meaning {
  readonly missing: FaultCode;
  readonly refused?: FaultCode;
}

/** The fault of an answer that is none of 200; `said` is the text of the server. */
export function faultOf(url: string, status: number, said: string, meaning: Meaning): Broken {
  const line = said.trim().split('\n')[0]?.slice(0, 300) ?? '';
  const message = `${url} answers ${status}${line === '' ? '' : `: ${line}`}`;
  if (status === 503) return new Broken('server-not-ready', `${message} (again and again)`);
  if (meaning.refused !== undefined && [401, 403, 409].includes(status)) return new Broken(meaning.refused, message);
  return new Broken(status === 404 || status === 410 ? meaning.missing : 'server-error', message);
}

/** Where nobody answers at the address that a server gave for itself. */
export function unreachable(url: string, error: unknown): unknown {
  if (!(error instanceof NoAnswer)) return error;
  return new Broken('address-unreachable', `nobody answers at ${new URL(url).host} (${error.message}), for ${url}`);
}
