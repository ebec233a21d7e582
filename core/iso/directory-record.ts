import { shortDate } from './dates.js';
import { damaged, quote, unsupported } from './failures.js';
import { bothEndian32 } from './numbers.js';
import type { Extent } from './tree.js';

/** What locations and lengths of a record are measured against. */
export interface Geometry {
  readonly blockSize: number;
  readonly fileSize: number;
}

/** ECMA-119 §9.1, the fields that matter for reading. */
export interface DirectoryRecord {
  readonly length: number;
  readonly extendedAttributeBlocks: number;
  readonly location: number;
  readonly dataLength: number;
  readonly modified: Date;
  readonly isDirectory: boolean;
  readonly isAssociated: boolean;
  readonly continues: boolean;
  readonly isInterleaved: boolean;
  readonly identifier: Buffer;
  readonly systemUse: Buffer;
}

/** The fields before the identifier, §9.1.1 to §9.1.10. */
const FIXED = 33;

/** §9.1.6, file flags. */
const DIRECTORY = 0x02;
const ASSOCIATED = 0x04;
const MULTI_EXTENT = 0x80;

/** Reads the record at the start of `bytes`, which reach to the end of its sector: §6.8.1.1, records never cross one. */
export function parseDirectoryRecord(bytes: Buffer, geometry: Geometry): DirectoryRecord {
  const length = bytes.readUInt8(0);
  if (length > bytes.length) throw damaged(`a directory record of ${length} bytes leaves its sector`);
  if (length <= FIXED) throw damaged(`a directory record of ${length} bytes is too short`);
  const extendedAttributeBlocks = bytes.readUInt8(1);
  const start = (location: number) => (location + extendedAttributeBlocks) * geometry.blockSize;
  const location = bothEndian32(bytes, 2, (value) => start(value) <= geometry.fileSize);
  const dataLength = bothEndian32(bytes, 10, (value) => start(location) + value <= geometry.fileSize);
  const modified = shortDate(bytes, 18);
  const flags = bytes.readUInt8(25);
  const isInterleaved = bytes.readUInt8(26) !== 0 || bytes.readUInt8(27) !== 0;
  const identifierEnd = FIXED + bytes.readUInt8(32);
  if (identifierEnd > length) throw damaged(`the identifier of a directory record leaves the record`);
  return {
    length,
    extendedAttributeBlocks,
    location,
    dataLength,
    modified,
    isDirectory: (flags & DIRECTORY) !== 0,
    isAssociated: (flags & ASSOCIATED) !== 0,
    continues: (flags & MULTI_EXTENT) !== 0,
    isInterleaved,
    identifier: bytes.subarray(FIXED, identifierEnd),
    // §9.1.12: an identifier of even length is followed by a padding byte.
    systemUse: bytes.subarray(Math.min(identifierEnd + (identifierEnd % 2), length), length),
  };
}

/** §6.8.2.2: the first two records of a directory are the directory itself (0x00) and its parent (0x01). */
export function isSelfOrParent(record: DirectoryRecord): boolean {
  return record.identifier.length === 1 && (record.identifier[0] ?? 2) <= 1;
}

/** Where the data of a record lies. Throws if any of it is outside of the image. */
export function extentOf(record: DirectoryRecord, geometry: Geometry, name: string): Extent {
  if (record.isInterleaved) throw unsupported(`${quote(name)} is recorded in interleaved mode (ECMA-119 §6.4.3)`);
  // §6.5.1: the extended attribute record, where there is one, comes before the data.
  const offset = (record.location + record.extendedAttributeBlocks) * geometry.blockSize;
  const beyond = offset + record.dataLength - geometry.fileSize;
  if (beyond > 0) throw damaged(`${quote(name)} ends ${beyond} bytes beyond the end of the image: it is truncated`);
  return { offset, length: record.dataLength };
}
