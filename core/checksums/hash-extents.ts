import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { changed, type FileIdentity, openUnchanged, requireUnchanged } from '../http/byte-source.js';
import { unsupported } from '../iso/failures.js';
import type { Algorithm } from './checksum-list.js';
import { endOf, type HashExtent, type Part, readingOrder, WINDOW_BYTES, type Window } from './reading-order.js';

/** A hash to make: of these stretches, one after the other. */
export interface HashTask {
  readonly algorithm: Algorithm;
  readonly extents: readonly HashExtent[];
}

export interface HashOptions {
  /** Called after each read with the bytes that were read, and with all that will be. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends the hashing; its reason is then thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * How often, on average, a byte of the file may be hashed. Lists of several algorithms and the checksum of a whole image
 * need four times at most; an image whose files lie over each other could keep a server busy for days.
 */
const MAX_OVERLAP = 8;

/**
 * The digests of the tasks in hexadecimal digits, made while the file is read once from its beginning to its end.
 * Throws SERABUT_ERR_FILE_CHANGED if the file is not what it was, and SERABUT_ERR_ISO_UNSUPPORTED if the tasks overlap
 * more than those of an image do.
 */
export async function hashExtents(
  file: FileIdentity,
  tasks: readonly HashTask[],
  { onProgress, signal }: HashOptions = {},
): Promise<string[]> {
  const extents = tasks.map((task) => task.extents);
  if (sumOfLengths(extents.flat()) > MAX_OVERLAP * file.size) throw unsupported('its files lie over each other');
  const hashes = tasks.map(({ algorithm }) => createHash(algorithm));
  const total = sumOfLengths(readingOrder(extents));
  await using handle = await openUnchanged(file);
  let done = 0;
  for await (const { window, bytes } of reads(file, handle, readingOrder(extents))) {
    signal?.throwIfAborted();
    for (const part of window.parts) {
      const hash = hashes[part.hash];
      if (part.before !== undefined && part.offset >= window.offset) hash?.update(part.before);
      hash?.update(bytesOf(part, window, bytes));
    }
    done += window.length;
    onProgress?.(done, total);
  }
  await requireUnchanged(file, handle);
  return hashes.map((hash) => hash.digest('hex'));
}

function sumOfLengths(stretches: Iterable<{ readonly length: number }>): number {
  let sum = 0;
  for (const { length } of stretches) sum += length;
  return sum;
}

/** What of a part is in a window. */
function bytesOf(part: Part, window: Window, bytes: Buffer): Buffer {
  const start = Math.max(part.offset - window.offset, 0);
  return bytes.subarray(start, Math.min(endOf(part), endOf(window)) - window.offset);
}

interface Read {
  readonly window: Window;
  /** Only until the next read is asked for. */
  readonly bytes: Buffer;
}

/** Reads windows into two buffers in turn: while one is hashed, the other is filled. */
async function* reads(file: FileIdentity, handle: FileHandle, windows: Iterable<Window>): AsyncGenerator<Read> {
  const size = Math.min(WINDOW_BYTES, file.size);
  let [free, inUse] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)];
  let ahead: Promise<Read> | undefined;
  for (const window of windows) {
    const next = fill(file, handle, window, free);
    // Its failure is met when its turn comes, which an end before that does not wait for.
    next.catch(() => {});
    [free, inUse] = [inUse, free];
    if (ahead !== undefined) yield await ahead;
    ahead = next;
  }
  if (ahead !== undefined) yield await ahead;
}

async function fill(file: FileIdentity, handle: FileHandle, window: Window, buffer: Buffer): Promise<Read> {
  const bytes = buffer.subarray(0, window.length);
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, window.offset + done);
    if (bytesRead === 0) throw changed(file);
    done += bytesRead;
  }
  return { window, bytes };
}
