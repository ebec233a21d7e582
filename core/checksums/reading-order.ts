import type { Extent } from '../iso/tree.js';

/** A stretch of the file that goes into a hash. */
export interface HashExtent extends Extent {
  /** Hashed before the stretch, in the place of what lies there. */
  readonly before?: Uint8Array;
}

/** A stretch, and the number of the hash that it goes into. */
export interface Part extends HashExtent {
  readonly hash: number;
}

/** What is read at once: a stretch of the file, and the parts that have bytes in it, by offset. */
export interface Window extends Extent {
  readonly parts: readonly Part[];
}

/** Bytes of a read: large enough that its cost does not count beside hashing. */
export const WINDOW_BYTES = 1024 * 1024;

/** Bytes between two parts that are read with them and thrown away: cheaper than one more read. */
const MAX_GAP = 64 * 1024;

/**
 * In which order a file is read so that every hash gets its extents in their order: from its beginning to its end, each
 * byte once. Only a hash whose extents do not ascend needs another pass for the rest; no program makes such files.
 */
export function* readingOrder(hashes: readonly (readonly HashExtent[])[]): Generator<Window> {
  const passes: Part[][] = [];
  for (const [hash, extents] of hashes.entries()) {
    let [pass, end] = [0, 0];
    for (const extent of extents) {
      if (extent.offset < end) pass += 1;
      passes[pass] ??= [];
      passes[pass]?.push({ ...extent, hash });
      end = extent.offset + extent.length;
    }
  }
  for (const parts of passes) yield* windows(parts.sort((a, b) => a.offset - b.offset));
}

function* windows(parts: readonly Part[]): Generator<Window> {
  let active: Part[] = [];
  for (let [next, offset, reach] = [0, 0, 0]; next < parts.length || active.length > 0; ) {
    if (active.length === 0) offset = reach = parts[next]?.offset ?? 0;
    const limit = offset + WINDOW_BYTES;
    for (let part = parts[next]; part !== undefined && part.offset < limit; part = parts[next]) {
      if (part.offset > reach + MAX_GAP) break;
      active.push(part);
      reach = Math.max(reach, endOf(part));
      next += 1;
    }
    const end = Math.min(limit, reach);
    yield { offset, length: end - offset, parts: active };
    active = active.filter((part) => endOf(part) > end);
    offset = end;
  }
}

export function endOf({ offset, length }: Extent): number {
  return offset + length;
}
