import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { connectionFailure, failed, failedForNow, statusFailure } from './failures.js';

/** How many redirects are followed; mirror directors of the distributions need two. */
const MAX_REDIRECTS = 8;

/** How a server is asked. */
export interface Fetching {
  readonly dispatcher: Dispatcher;
  /** For how many milliseconds a server may send nothing. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
}

/** What is asked for. */
export interface Wanted {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Whether an https URL may redirect to an http one, as Fedora's director does: only where what comes is verified by
   * other means than where it came from.
   */
  readonly allowPlain: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Readable;
  /** Where the redirects led to. */
  readonly url: string;
}

/**
 * Sends GET and follows redirects. The answer has status 200, 206 or 416; the caller reads or destroys its body.
 * Throws SERABUT_ERR_IMAGE_DOWNLOAD for all else. Nothing is decompressed.
 */
export async function get(wanted: Wanted, fetching: Fetching): Promise<Answer> {
  let { url } = wanted;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const answer = await getOnce(url, wanted.headers ?? {}, fetching);
    if (answer.status < 300 || answer.status === 416) return accepted(answer, url);
    drop(answer.body);
    const next = [301, 302, 303, 307, 308].includes(answer.status) ? answer.headers.location : undefined;
    if (next === undefined) throw statusFailure(answer.status, url);
    url = redirected(url, next, wanted.allowPlain);
  }
  throw failedForNow(`there are more than ${MAX_REDIRECTS} redirects`, wanted.url);
}

async function getOnce(
  url: string,
  headers: Readonly<Record<string, string>>,
  { dispatcher, stallMs, signal }: Fetching,
): Promise<Answer> {
  const timeouts = { headersTimeout: stallMs, bodyTimeout: stallMs };
  try {
    const { origin, pathname, search } = new URL(url);
    const answer = await dispatcher.request({
      ...timeouts,
      ...{ origin, path: pathname + search, method: 'GET', signal },
      headers: { 'user-agent': 'serabut', 'accept-encoding': 'identity', ...headers },
    });
    return { status: answer.statusCode, headers: single(answer.headers), body: answer.body, url };
  } catch (thrown) {
    signal.throwIfAborted();
    throw connectionFailure(thrown, url);
  }
}

function accepted(answer: Answer, url: string): Answer {
  if ([200, 206, 416].includes(answer.status)) return answer;
  drop(answer.body);
  throw failedForNow(`${new URL(url).host} answered with HTTP ${answer.status}, which holds no file`, url);
}

/** Ends a body that nobody reads; that its connection goes with it is wanted. */
export function drop(body: Readable): void {
  body.on('error', () => {});
  body.destroy();
}

function redirected(from: string, location: string, allowPlain: boolean): string {
  const next = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (next === undefined || !/^https?:$/.test(next.protocol))
    throw failedForNow(`it redirects to what is no http or https URL: ${location.slice(0, 200)}`, from);
  if (from.startsWith('https:') && next.protocol === 'http:' && !allowPlain)
    throw failedForNow(
      `it redirects from https to http (${next.host}), and nothing else says that it is genuine`,
      from,
    );
  next.hash = '';
  return next.href;
}

/** Of a header that came several times the first. */
function single(headers: Record<string, string | string[] | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}

/** A small file as a whole. Throws SERABUT_ERR_IMAGE_DOWNLOAD when it is longer than `limit` bytes. */
export async function getSmall(wanted: Wanted, limit: number, fetching: Fetching): Promise<Buffer> {
  const { body, headers, url } = await get(wanted, fetching);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > limit) throw failedForNow(`it is longer than ${limit} bytes`, url);
      chunks.push(chunk);
    }
  } catch (thrown) {
    fetching.signal.throwIfAborted();
    throw connectionFailure(thrown, url);
  }
  const bytes = Buffer.concat(chunks);
  if (isHtml(headers['content-type'], bytes)) throw isPage(url);
  if (length === 0) throw failed('it is empty', url);
  return bytes;
}

/** Whether a page for people came in place of a file: of a portal that wants a login, or of a mirror that has moved. */
export function isHtml(type: string | undefined, beginning: Buffer): boolean {
  return /^text\/html\b/i.test(type ?? '') || /^\s*<(!doctype html|html)\b/i.test(beginning.toString('latin1', 0, 256));
}

export function isPage(url: string): Error {
  const message = `${new URL(url).host} sent a page of HTML in place of the file: perhaps a portal that wants a login`;
  return failedForNow(message, url);
}
