import { both32 } from './both-endian.js';
import type { ImageReader } from './reader.js';

/** Bytes of a logical sector, whatever the size of a logical block is (ECMA-119 §6.1.2). */
export const sectorSize = 2048;

/** The fixed part of a directory record, up to the identifier (ECMA-119 §9.1). */
const fixedPart = 33;

/** One directory record (ECMA-119 §9.1). `location` is in logical blocks, `size` in bytes. */
export interface DirectoryRecord {
  readonly location: number;
  readonly size: number;
  readonly modified: Date;
  readonly isDirectory: boolean;
  /** More extents of the same file follow in the next record (§9.1.6, bit 7). */
  readonly hasMoreExtents: boolean;
  /** The identifier as it stands there: 0x00 is the directory itself, 0x01 its parent (§6.8.2.2). */
  readonly identifier: Buffer;
  /** What stands behind the identifier: extensions (SUSP §3). */
  readonly systemUse: Buffer;
}

/** Parses one record. `bytes` begins with it and may go on behind it. */
export function parseRecord(bytes: Buffer, reader: ImageReader): DirectoryRecord {
  const length = bytes[0] ?? 0;
  const nameLength = bytes[32] ?? 0;
  if (length < fixedPart + 1 || length > bytes.length || fixedPart + nameLength > length) {
    throw reader.damaged(`a directory record of ${length} bytes does not fit its place`);
  }
  const [unitSize, gapSize] = [bytes[26], bytes[27]];
  if (unitSize !== 0 || gapSize !== 0) throw reader.unsupported('the image holds an interleaved file');
  const flags = bytes[25] ?? 0;
  const extendedAttributes = bytes[1] ?? 0; // Blocks in front of the data (§9.1.2).
  const nameEnd = fixedPart + nameLength;
  return {
    location: both32(bytes, 2, reader.size / 512) + extendedAttributes,
    size: both32(bytes, 10, reader.size),
    modified: shortDate(bytes.subarray(18, 25)),
    isDirectory: (flags & 0x02) !== 0,
    hasMoreExtents: (flags & 0x80) !== 0,
    identifier: bytes.subarray(fixedPart, nameEnd),
    // A padding byte follows a name of even length (§9.1.12).
    systemUse: bytes.subarray(nameEnd + (nameLength % 2 === 0 ? 1 : 0), length),
  };
}

/** All records of a directory. None crosses a sector; a length of 0 means that the rest of a sector is unused (§6.8.1.1). */
export function* parseDirectory(bytes: Buffer, reader: ImageReader): Generator<DirectoryRecord> {
  for (let sector = 0; sector < bytes.length; sector += sectorSize) {
    const end = Math.min(sector + sectorSize, bytes.length);
    for (let at = sector; at < end; ) {
      const length = bytes[at] ?? 0;
      if (length === 0) break;
      yield parseRecord(bytes.subarray(at, end), reader);
      at += length;
    }
  }
}

/** Seven bytes: years since 1900, month, day, hour, minute, second, quarters of an hour east of Greenwich (§9.1.5). */
export function shortDate(bytes: Buffer): Date {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = bytes;
  const offset = bytes.length >= 7 ? bytes.readInt8(6) : 0;
  return new Date(Date.UTC(1900 + year, month - 1, day, hour, minute - offset * 15, second));
}
