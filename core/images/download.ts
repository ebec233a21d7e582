import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SerabutError } from '../errors.js';
import { connectionFailure, failed, failedForNow, writeFailure } from './failures.js';
import { Digester, type Digests, digestFile, type StrongAlgorithm } from './hash-file.js';
import { type Answer, drop, type Fetching, get, isHtml, isPage } from './http-get.js';
import { PartWriter } from './part-writer.js';
import type { PartialFile } from './partial-file.js';
import { type FreeBytes, requireSpace } from './space.js';
import type { Throttle } from './throttle.js';

/** No image is larger, in bytes; what has no end is stopped there. */
const MAX_IMAGE_BYTES = 64 * 1024 ** 3;

/** After how many bytes the space is looked at again. */
const SPACE_CHECK_BYTES = 4 * 1024 ** 2;

/** One download, from what is kept of it to the whole file. */
export interface Download {
  readonly url: string;
  readonly part: PartialFile;
  /** What the bytes will be compared with; nothing allows for less: see {@link get}. */
  readonly expected: { readonly algorithm: StrongAlgorithm } | undefined;
  readonly fetching: Fetching;
  readonly throttle: Throttle;
  readonly freeBytes: FreeBytes;
  /** Called with the bytes that there are, and with all that there will be if that is known. */
  readonly onProgress: (bytes: number, total: number | undefined) => void;
}

/** What was downloaded: in the part file, synchronised with the disk. */
export interface Downloaded {
  readonly size: number;
  readonly digests: Digests;
}

/**
 * Downloads into the part file, going on where an earlier attempt ended if the server still has the same file. What has
 * arrived stays when it fails, unless there is no space for the rest. Throws SERABUT_ERR_IMAGE_DOWNLOAD or
 * SERABUT_ERR_IMAGE_SPACE.
 */
export async function download(task: Download): Promise<Downloaded> {
  const kept = await task.part.kept(task.url);
  if (kept !== undefined && kept.length === kept.origin.total) return wholeAlready(task, kept.length);
  const headers = kept === undefined ? {} : rangeOf(kept.length, kept.origin.validator ?? '');
  const wanted = { url: task.url, headers, allowPlain: task.expected !== undefined };
  const answer = await get(wanted, task.fetching);
  try {
    return await receive(task, answer, startOf(answer, kept));
  } catch (thrown) {
    task.fetching.signal.throwIfAborted();
    throw await afterFailure(thrown, task);
  } finally {
    drop(answer.body);
  }
}

function rangeOf(length: number, validator: string): Record<string, string> {
  return { range: `bytes=${length}-`, 'if-range': validator };
}

async function wholeAlready({ part, fetching, expected }: Download, size: number): Promise<Downloaded> {
  const digester = new Digester(expected?.algorithm);
  await digestFile(part.path, digester, fetching);
  return { size, digests: digester.digests() };
}

/** Where the answer begins: a server that sends all from the beginning has another file now, or knows no ranges. */
function startOf({ status, headers, url }: Answer, kept: Awaited<ReturnType<PartialFile['kept']>>): number {
  if (status === 200) return 0;
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? [];
  const isRest = status === 206 && kept !== undefined && Number(from) === kept.length;
  if (isRest && (total === '*' || (kept.origin.total ?? Number(total)) === Number(total))) return kept.length;
  throw new WrongRange(`${new URL(url).host} does not honour the range that was asked for (HTTP ${status})`);
}

/** What is kept does not fit what the server has; it begins anew. */
class WrongRange extends Error {}

async function afterFailure(thrown: unknown, { part, url }: Download): Promise<unknown> {
  if (!(thrown instanceof WrongRange)) return thrown;
  await part.discard();
  return failed(`${thrown.message}: it begins anew`, url);
}

async function receive(task: Download, answer: Answer, start: number): Promise<Downloaded> {
  const total = totalOf(answer, start);
  if (total !== undefined && total > MAX_IMAGE_BYTES) throw tooLong(answer.url);
  await requireRoom(task, start, total);
  const digester = new Digester(task.expected?.algorithm);
  if (start === 0) await task.part.begin({ url: task.url, ...noteOf(answer, total) });
  else await digestFile(task.part.path, digester, { signal: task.fetching.signal, length: start });
  return write(task, answer, { digester, start, total }).catch(async (thrown) => {
    // A part that does not fit would keep the volume full, and with it all that is to be written of machines.
    if ((thrown as SerabutError).code === 'SERABUT_ERR_IMAGE_SPACE') await task.part.discard();
    throw thrown;
  });
}

async function write(task: Download, answer: Answer, what: Omit<Sink, 'file'>): Promise<Downloaded> {
  const { digester, start, total } = what;
  await using file = await open(task.part.path, start === 0 ? 'w' : 'a');
  const size = await copy(task, answer, { file, digester, start, total });
  if (total !== undefined && size !== total) {
    throw failed(`${new URL(answer.url).host} ended early: ${size} of ${total} bytes have arrived`, answer.url);
  }
  if (size === 0) throw failedForNow(`${new URL(answer.url).host} sent an empty file`, answer.url);
  await file.sync().catch((thrown) => Promise.reject(writeFailure(thrown, task.part.path)));
  return { size, digests: digester.digests() };
}

/** Throws SERABUT_ERR_IMAGE_SPACE when there is none for the rest; where nobody knows the length, when none is to spare. */
function requireRoom({ part, freeBytes }: Download, size: number, total = size): Promise<void> {
  return requireSpace(dirname(part.path), total - size, freeBytes);
}

/** The length of the whole file, if the answer says. */
function totalOf({ headers }: Answer, start: number): number | undefined {
  const length = Number(headers['content-length'] ?? Number.NaN);
  return Number.isSafeInteger(length) ? start + length : undefined;
}

/** What the file can be known again by: a weak tag says nothing about bytes (RFC 9110 §13.1.5). */
function noteOf({ headers }: Answer, total: number | undefined): { validator?: string; total?: number } {
  const tag = headers.etag?.startsWith('"') ? headers.etag : undefined;
  const said = tag ?? headers['last-modified'];
  // What is no plain text could not be said to the server again.
  const validator = /^[ -~]{1,1000}$/.test(said ?? '') ? said : undefined;
  return { ...(validator === undefined ? {} : { validator }), ...(total === undefined ? {} : { total }) };
}

interface Sink {
  readonly file: FileHandle;
  readonly digester: Digester;
  readonly start: number;
  readonly total: number | undefined;
}

/** Copies the body to the file; returns how long the file is then. What has arrived is written whatever ends it. */
async function copy(task: Download, answer: Answer, sink: Sink): Promise<number> {
  const writer = new PartWriter(sink.file);
  const full = (thrown: unknown) => Promise.reject(writeFailure(thrown, task.part.path));
  try {
    const size = await receiveAll(task, answer, { ...sink, add: (chunk) => writer.add(chunk).catch(full) });
    await writer.end().catch(full);
    return size;
  } catch (thrown) {
    await writer.end().catch(() => {});
    throw thrown;
  }
}

async function receiveAll(
  task: Download,
  { body, headers, url }: Answer,
  sink: Sink & { add(chunk: Buffer): Promise<void> },
): Promise<number> {
  let size = sink.start;
  let looked = size;
  const chunks = (body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  for (;;) {
    const { value: chunk, done } = await chunks
      .next()
      .catch((thrown) => Promise.reject(broken(thrown, url, size, sink)));
    if (done) return size;
    if (size === 0 && isHtml(headers['content-type'], chunk)) throw isPage(url);
    sink.digester.update(chunk);
    await sink.add(chunk);
    size += chunk.length;
    if (size > MAX_IMAGE_BYTES) throw tooLong(url);
    if (size - looked >= SPACE_CHECK_BYTES) {
      await requireRoom(task, size, sink.total);
      looked = size;
    }
    task.onProgress(size, sink.total);
    await task.throttle.took(chunk.length, task.fetching.signal);
  }
}

function broken(thrown: unknown, url: string, size: number, { total }: Sink): SerabutError {
  const error = connectionFailure(thrown, url);
  return failed(`${error.message}, after ${size} of ${total ?? 'unknown'} bytes`, url, thrown);
}

function tooLong(url: string): SerabutError {
  return failedForNow(`the file is longer than ${MAX_IMAGE_BYTES} bytes, as no image is`, url);
}
