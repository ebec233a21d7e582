import { SerabutError } from '../errors.js';

/** A stretch of a body: from `start` up to, not including, `end`, in bytes. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The range that a Range header asks of a body of `length` bytes; undefined means the whole body. By RFC 9110 §14.2 a
 * header that cannot be understood is ignored, and so are several ranges at once (§14.3 allows it): some iPXE builds
 * send `bytes=u-u`. A range wholly outside throws SERABUT_ERR_RANGE, whose headers carry the length.
 */
export function parseRange(header: string | undefined, length: number): ByteRange | undefined {
  const match = /^bytes=[ \t,]*(?:(\d+)-(\d*)|-(\d+))[ \t,]*$/i.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [, first, last, suffix] = match;
  if (suffix !== undefined) return lastBytes(Number(suffix), length);
  if (last !== '' && Number(last) < Number(first)) return undefined;
  const end = last === '' ? length : Math.min(Number(last) + 1, length);
  return satisfiable(Number(first), end, length);
}

/** §14.1.2: any but zero bytes can be had of any body, and of an empty one that is the whole. */
function lastBytes(count: number, length: number): ByteRange | undefined {
  if (length === 0 && count > 0) return undefined;
  return satisfiable(Math.max(length - count, 0), length, length);
}

function satisfiable(start: number, end: number, length: number): ByteRange {
  if (start < end) return { start, end };
  throw new SerabutError('SERABUT_ERR_RANGE', `the range lies outside of the ${length} bytes`, {
    headers: { 'content-range': `bytes */${length}` },
  });
}
