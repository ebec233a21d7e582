import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { SerabutError } from '../errors.js';

/**
 * One file at one moment. Two equal identities mean equal bytes, as far as a file system can tell without reading:
 * a file that is replaced gets another inode, one that is written to another time.
 */
export interface FileIdentity {
  readonly path: string;
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: number;
  readonly modifiedNs: bigint;
  /** Time of the last change of the inode: nobody can set it back, as rsync and tar do with the other. */
  readonly changedNs: bigint;
}

/** A stretch of what is sent: of a file, of memory, or zero bytes. Lengths and offsets in bytes. */
export type Segment =
  | { readonly kind: 'file'; readonly file: FileIdentity; readonly offset: number; readonly length: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly length: number }
  | { readonly kind: 'zeros'; readonly length: number };

/** Everything that Serabut sends as a body: segments in order, their total, and when the newest part was modified. */
export interface ByteSource {
  readonly segments: readonly Segment[];
  readonly length: number;
  readonly modified: Date;
}

export function identityOf(path: string, stats: BigIntStats): FileIdentity {
  return {
    path,
    device: stats.dev,
    inode: stats.ino,
    size: Number(stats.size),
    modifiedNs: stats.mtimeNs,
    changedNs: stats.ctimeNs,
  };
}

export function sameFile(a: FileIdentity, b: FileIdentity): boolean {
  const sameTimes = a.modifiedNs === b.modifiedNs && a.changedNs === b.changedNs;
  return a.device === b.device && a.inode === b.inode && a.size === b.size && sameTimes;
}

/**
 * Opens a file only if it still is what it was when the plan was made; otherwise SERABUT_ERR_FILE_CHANGED.
 * SERABUT_ERR_BUSY when the process or the system has too many files open, SERABUT_ERR_FILE_UNREADABLE when it cannot be
 * read now.
 */
export async function openUnchanged(file: FileIdentity): Promise<FileHandle> {
  const handle = await open(file.path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ESTALE') throw changed(file, cause);
    if (cause.code === 'EMFILE' || cause.code === 'ENFILE') throw tooManyFiles(file.path, cause);
    throw unreadable(file.path, cause);
  });
  try {
    await requireUnchanged(file, handle);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Throws SERABUT_ERR_FILE_CHANGED when an open file is no longer what it was when the plan was made. */
export async function requireUnchanged(file: FileIdentity, handle: FileHandle): Promise<void> {
  const stats = await handle.stat({ bigint: true }).catch((cause: unknown) => {
    throw unreadable(file.path, cause);
  });
  if (!sameFile(identityOf(file.path, stats), file)) throw changed(file);
}

/** The error for a file that is no longer what it was when it was indexed; iPXE asks again by itself after a second. */
export function changed(file: FileIdentity, cause?: unknown): SerabutError {
  return new SerabutError('SERABUT_ERR_FILE_CHANGED', 'the file was replaced or removed', {
    where: file.path,
    retryAfter: 1,
    cause,
  });
}

/** Whether the system could not do something, as errno(3) has it, which says nothing about what a file holds. */
export function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && 'syscall' in thrown;
}

/** The error for a file that the system cannot read now: it may be able to again, with the same bytes. */
export function unreadable(path: string, cause: unknown): SerabutError {
  const message = `the file cannot be read now (${(cause as NodeJS.ErrnoException).code})`;
  return new SerabutError('SERABUT_ERR_FILE_UNREADABLE', message, { where: path, retryAfter: 5, cause });
}

/** The error for a file that cannot be opened because too many are. */
export function tooManyFiles(path: string, cause?: unknown): SerabutError {
  return new SerabutError('SERABUT_ERR_BUSY', 'too many files are open', { where: path, retryAfter: 5, cause });
}

/** A stretch of one file; the whole file by default. */
export function fileSource(file: FileIdentity, offset = 0, length: number = file.size): ByteSource {
  return sourceOf([{ kind: 'file', file, offset, length }], dateOf(file));
}

export function bytesSource(bytes: Uint8Array, modified: Date = new Date(0)): ByteSource {
  return sourceOf([{ kind: 'bytes', bytes, length: bytes.length }], modified);
}

/** The sources one after the other, each but the first starting at a multiple of `alignment` (zero bytes between). */
export function joinSources(sources: readonly ByteSource[], alignment = 1): ByteSource {
  const segments: Segment[] = [];
  let length = 0;
  for (const source of sources) {
    const padding = (alignment - (length % alignment)) % alignment;
    if (padding > 0 && source.length > 0) segments.push({ kind: 'zeros', length: padding });
    segments.push(...source.segments);
    length += source.length > 0 ? padding + source.length : 0;
  }
  return sourceOf(segments, new Date(Math.max(0, ...sources.map((source) => source.modified.getTime()))));
}

/** The bytes from `start` up to, not including, `end`. */
export function sliceSource(source: ByteSource, start: number, end: number): ByteSource {
  const segments: Segment[] = [];
  let position = 0;
  for (const segment of source.segments) {
    const from = Math.max(start - position, 0);
    const to = Math.min(end - position, segment.length);
    if (from < to) segments.push(sliceSegment(segment, from, to));
    position += segment.length;
  }
  return sourceOf(segments, source.modified);
}

function sliceSegment(segment: Segment, from: number, to: number): Segment {
  const length = to - from;
  switch (segment.kind) {
    case 'file':
      return { ...segment, offset: segment.offset + from, length };
    case 'bytes':
      return { kind: 'bytes', bytes: segment.bytes.subarray(from, to), length };
    case 'zeros':
      return { kind: 'zeros', length };
  }
}

/**
 * A strong validator (RFC 9110 §8.8.1): equal tags mean equal bytes, because the tag covers each file's identity and
 * stretch and all bytes from memory.
 */
export function entityTag(source: ByteSource): string {
  const hash = createHash('sha256');
  for (const segment of source.segments) {
    hash.update(`${segment.kind} ${segment.length}\n`);
    if (segment.kind === 'bytes') hash.update(segment.bytes);
    if (segment.kind === 'file') {
      const { device, inode, size, modifiedNs, changedNs } = segment.file;
      hash.update(`${device} ${inode} ${size} ${modifiedNs} ${changedNs} ${segment.offset}\n`);
    }
  }
  return `"${hash.digest('base64url').slice(0, 22)}"`;
}

/** Reads a whole source into memory. Throws SERABUT_ERR_ISO_DAMAGED if it is longer than `limit` bytes. */
export async function readSource(source: ByteSource, limit: number): Promise<Buffer> {
  if (source.length > limit) {
    const message = `a file of ${source.length} bytes where at most ${limit} are expected`;
    throw new SerabutError('SERABUT_ERR_ISO_DAMAGED', message);
  }
  const bytes = Buffer.alloc(source.length);
  let position = 0;
  for (const segment of source.segments) {
    if (segment.kind === 'bytes') bytes.set(segment.bytes, position);
    if (segment.kind === 'file') await readSegment(segment, bytes.subarray(position, position + segment.length));
    position += segment.length;
  }
  return bytes;
}

async function readSegment(segment: Extract<Segment, { kind: 'file' }>, into: Uint8Array): Promise<void> {
  await using handle = await openUnchanged(segment.file);
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await handle
      .read(into, done, into.length - done, segment.offset + done)
      .catch((cause: unknown) => {
        throw unreadable(segment.file.path, cause);
      });
    if (bytesRead === 0) throw changed(segment.file);
    done += bytesRead;
  }
}

function sourceOf(segments: readonly Segment[], modified: Date): ByteSource {
  return { segments, length: segments.reduce((sum, segment) => sum + segment.length, 0), modified };
}

function dateOf(file: FileIdentity): Date {
  return new Date(Number(file.modifiedNs / 1_000_000n));
}
