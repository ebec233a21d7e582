import { setTimeout as sleep } from 'node:timers/promises';
import { ByteReader } from './byte-reader.js';
import type { Context } from './context.js';
import { Broken } from './faults.js';
import { type Answer, ask, bytesOf, faultOf, type Meaning, unreachable, whole } from './http.js';

/** How much of a file is looked at, in bytes, to see what it is. */
const headLength = 64 * 1024;

/** The largest kernel or initrd, in bytes: iPXE loads them into memory. */
const largest = 4 * 1024 ** 3;

/** How much is asked for at both ends of a file, in bytes. */
const endLength = 16;

/** A file that is fetched, what it means when it is not there, and how it is looked at. */
export interface Wanted {
  readonly what: string;
  readonly meaning: Meaning;
}

/** Asks as iPXE does: a server that is not ready is waited for, as it says by Retry-After. */
async function askReady(
  context: Context,
  url: string,
  meaning: Meaning,
  asking: Parameters<typeof ask>[2] = {},
): Promise<Answer> {
  const { patience } = context;
  for (let left = patience.triesNotReady; ; left--) {
    const answer = await ask(url, patience, asking).catch((error) => {
      throw unreachable(url, error);
    });
    if (answer.status === 200 || answer.status === 206) return answer;
    const said = (await bytesOf(answer, url)).toString();
    // Why not is in the body, which HEAD does not give.
    if (asking.method === 'HEAD') return askReady(context, url, meaning);
    if (answer.status !== 503 || left <= 1) throw faultOf(url, answer.status, said, meaning);
    await sleep(Math.min(patience.pauseMs, Number(answer.headers['retry-after'] ?? 1) * 1000));
  }
}

/** Fetches a small file whole, and looks at it. */
export function getText(
  context: Context,
  url: string,
  { what, meaning, check }: Wanted & { readonly check?: (bytes: Buffer, answer: Answer) => string },
): Promise<Buffer> {
  return context.walk.step('HTTP', `${what}: ${url}`, async (note) => {
    const answer = await askReady(context, url, meaning);
    const bytes = await bytesOf(answer, url);
    note.bytes = bytes.length;
    const found = check?.(bytes, answer) ?? '';
    if (found !== '') note.what = `${what}: ${url}: ${found}`;
    return bytes;
  });
}

/** Fetches a large file whole while looking at it, and both its ends once more. */
export function getLarge(
  context: Context,
  url: string,
  {
    what,
    meaning,
    look,
  }: Wanted & { readonly look: (head: Buffer, length: number, body: AsyncIterable<Buffer>) => Promise<string> },
): Promise<void> {
  return context.walk.step('HTTP', `${what}: ${url}`, async (note) => {
    const head = await askReady(context, url, meaning, { method: 'HEAD' });
    head.body.resume();
    const answer = await askReady(context, url, meaning);
    const { length } = answer;
    if (length === null) throw new Broken('length-wrong', `${url} comes without its length, by which iPXE makes room`);
    if (length > largest) throw new Broken('length-wrong', `${url} has ${length} bytes, more than a machine can load`);
    if (head.length !== length) {
      const message = `${url} has ${head.length} bytes by HEAD and ${length} by GET`;
      throw new Broken('length-wrong', message);
    }
    const reader = new ByteReader(whole(answer.body, url));
    const first = Buffer.from(await reader.peek(headLength));
    const found = await look(first, length, pieces(reader));
    for (let got = 1; got > 0; ) got = (await reader.takeSome()).length;
    note.bytes = length;
    await checkEnds(context, url, length, first);
    note.what = `${what}: ${url}: ${found}`;
  });
}

async function* pieces(reader: ByteReader): AsyncGenerator<Buffer> {
  for (;;) {
    const piece = await reader.takeSome();
    if (piece.length === 0) return;
    yield piece;
  }
}

/** A file too large to be fetched for a look: both its ends. */
export function getEnds(context: Context, url: string, { what, meaning }: Wanted): Promise<void> {
  return context.walk.step('HTTP', `${what}: ${url}`, async (note) => {
    const answer = await askReady(context, url, meaning, { method: 'HEAD' });
    answer.body.destroy();
    if (answer.length === null) throw new Broken('length-wrong', `${url} does not say how long it is`);
    note.bytes = answer.length;
    await checkEnds(context, url, answer.length);
    note.what = `${what}: ${url}: both ends come`;
  });
}

/** Installers read parts of files, by ranges (RFC 9110 §14). */
async function checkEnds(context: Context, url: string, length: number, head?: Buffer): Promise<void> {
  const size = Math.min(endLength, length);
  for (const start of new Set([0, length - size])) {
    const range = `bytes=${start}-${start + size - 1}`;
    const answer = await ask(url, context.patience, { headers: { range } }).catch((error) => {
      throw unreachable(url, error);
    });
    const said = answer.headers['content-range'];
    const isPart = answer.status === 206 && said === `bytes ${start}-${start + size - 1}/${length}`;
    if (!isPart) {
      answer.body.destroy();
      const message = `${url}: asked for ${range}, the answer is ${answer.status} with "${said ?? 'no Content-Range'}"`;
      throw new Broken('ranges-broken', message);
    }
    const bytes = await bytesOf(answer, url);
    const isRight = bytes.length === size && (start > 0 || head === undefined || bytes.equals(head.subarray(0, size)));
    if (!isRight) throw new Broken('ranges-broken', `${url}: ${range} gives other bytes than the file has`);
  }
}
