import { SerabutError } from '../errors.js';
import { decodeText } from '../iso/names.js';

/** Bytes of a list. Those inside the largest published images have some megabytes. */
export const MAX_LIST_BYTES = 64 * 1024 * 1024;

/** Lines of a list: as many as an ISO may have files. */
export const MAX_LINES = 500_000;

/** A path of 4096 bytes (PATH_MAX of Linux), a digest, and what stands between. */
export const MAX_LINE_BYTES = 4096 + 160;

/** A line with its number, counted from 1; without its text if it is longer than MAX_LINE_BYTES. */
export interface Line {
  readonly number: number;
  readonly text: string | undefined;
}

/** The lines of a list, ended by LF or CR LF. Throws SERABUT_ERR_CHECKSUM_LIST if it is larger than any list. */
export function* listLines(bytes: Buffer): Generator<Line> {
  if (bytes.length > MAX_LIST_BYTES) throw badList(`it is longer than ${MAX_LIST_BYTES} bytes`);
  let number = 1;
  for (let start = 0; start < bytes.length; number += 1) {
    if (number > MAX_LINES) throw badList(`it has more than ${MAX_LINES} lines`);
    const newline = bytes.indexOf('\n', start);
    const end = newline < 0 ? bytes.length : newline;
    yield { number, text: end - start > MAX_LINE_BYTES ? undefined : lineText(bytes.subarray(start, end)) };
    start = end + 1;
  }
}

/** Decoded line by line, as names in an ISO are decoded one by one: only so are equal names equal. */
function lineText(bytes: Buffer): string {
  return decodeText(bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes);
}

/** A list as a whole cannot be used; where it is from is added by whoever has read it. */
export function badList(message: string): SerabutError {
  return new SerabutError('SERABUT_ERR_CHECKSUM_LIST', message);
}
