import { type DirectoryRecord, type Geometry, isSelfOrParent, parseDirectoryRecord } from './directory-record.js';
import { damaged } from './failures.js';
import { SECTOR } from './limits.js';
import type { Extent } from './tree.js';

/** The records of one file: one, or several for a file of more than one extent (ECMA-119 §6.5.1). */
export type FileRecords = readonly [DirectoryRecord, ...DirectoryRecord[]];

/** The records of a directory's bytes in order, `.` and `..` included; `extent` is where in the image the bytes are from. */
export function* directoryRecords(bytes: Buffer, extent: Extent, geometry: Geometry): Generator<DirectoryRecord> {
  for (let position = 0; position < bytes.length; ) {
    if (bytes[position] === 0) {
      // §6.8.1.1: the rest of a sector that cannot hold the next record is filled with zero bytes.
      position += geometry.blockSize - (position % geometry.blockSize);
      continue;
    }
    const sectorEnd = position + SECTOR - ((extent.offset + position) % SECTOR);
    const record = parseDirectoryRecord(bytes.subarray(position, sectorEnd), geometry);
    position += record.length;
    yield record;
  }
}

/**
 * The files of a directory: `.`, `..` and associated files (§6.5.4, nobody uses them) left out, and the records of a file
 * with several extents put together. All but the last of those have the flag, and all the same identifier (§9.1.6).
 */
export function* directoryFiles(records: Iterable<DirectoryRecord>): Generator<FileRecords> {
  let run: DirectoryRecord[] = [];
  for (const record of records) {
    if (isSelfOrParent(record) || record.isAssociated) continue;
    if (run[0] !== undefined && !run[0].identifier.equals(record.identifier)) throw interrupted();
    run.push(record);
    if (record.continues) continue;
    yield run as unknown as FileRecords;
    run = [];
  }
  if (run.length > 0) throw interrupted();
}

function interrupted(): Error {
  return damaged('the last extent of a file of several extents is missing');
}
