import { type DirectoryRecord, parseDirectoryRecord } from './directory-record.js';
import { damaged, udfOnly, unsupported } from './failures.js';
import type { ImageReader } from './image-reader.js';
import { MAX_DESCRIPTORS, MAX_MISSING_PADDING, SECTOR } from './limits.js';
import { decodeText } from './names.js';
import { bothEndian16, bothEndian32 } from './numbers.js';

/** A primary (ECMA-119 §8.4) or supplementary (§8.5) volume descriptor; the fields read here lie at the same places. */
export interface VolumeDescriptor {
  readonly volumeId: string;
  /** The length of the volume in bytes; 0 if the descriptor does not say. */
  readonly volumeSize: number;
  readonly blockSize: number;
  readonly root: DirectoryRecord;
}

export interface VolumeDescriptors {
  readonly primary: VolumeDescriptor;
  /** Sectors as they are: parsed only if their names are the best, so that a damaged one harms no image that can do without. */
  readonly joliet: Buffer | undefined;
  readonly enhanced: Buffer | undefined;
  /** The sector of the El Torito boot catalog, if a boot record names one. */
  readonly bootCatalog: number | undefined;
  /** A UDF file system lies beside this one. */
  readonly udf: boolean;
}

/** §6.2.1: the sixteen sectors before belong to the system. */
const FIRST = 16;

/** §8.1.1, volume descriptor types. */
const BOOT_RECORD = 0;
const PRIMARY = 1;
const SUPPLEMENTARY = 2;
const TERMINATOR = 255;

/** ISO 9660:1999 §8.5.1: this version makes a supplementary descriptor an enhanced one, with names of up to 207 bytes. */
const ENHANCED_VERSION = 2;

/** Joliet §3.2: UCS-2 levels 1 to 3, as an escape sequence of ISO 2022. */
const JOLIET_ESCAPES = ['%/@', '%/C', '%/E'];

/** El Torito §2.0: the boot record that says where its catalog is. */
const EL_TORITO = 'EL TORITO SPECIFICATION';

/** ECMA-167 §2/9.1: what the volume recognition area of a UDF image holds instead of, or after, `CD001`. */
const UDF_IDENTIFIERS = ['BEA01', 'NSR02', 'NSR03', 'BOOT2', 'TEA01'];

interface Found {
  primary?: Buffer;
  joliet?: Buffer;
  enhanced?: Buffer;
  bootCatalog?: number;
  udf: boolean;
  empty: boolean;
}

export async function readVolumeDescriptors(reader: ImageReader): Promise<VolumeDescriptors> {
  const found = await scan(reader);
  if (found.primary === undefined) throw nothingFound(found, reader.size);
  return {
    primary: parseVolumeDescriptor(found.primary, reader.size),
    joliet: found.joliet,
    enhanced: found.enhanced,
    bootCatalog: found.bootCatalog,
    udf: found.udf,
  };
}

/** Goes through the sectors while they are descriptors of a kind; that the terminator is there is not relied on. */
async function scan(reader: ImageReader): Promise<Found> {
  const found: Found = { udf: false, empty: false };
  let terminated = false;
  for (let sector = FIRST; sector < FIRST + MAX_DESCRIPTORS; sector += 1) {
    if ((sector + 1) * SECTOR > reader.size) break;
    const bytes = await reader.read(sector * SECTOR, SECTOR);
    const identifier = bytes.toString('latin1', 1, 6);
    if (sector === FIRST) found.empty = bytes.every((byte) => byte === 0);
    if (UDF_IDENTIFIERS.includes(identifier)) found.udf ||= identifier.startsWith('NSR');
    else if (identifier !== 'CD001' || terminated) break;
    else if (bytes[0] === TERMINATOR) terminated = true;
    else note(bytes, found);
  }
  return found;
}

/** Of each kind the first counts: §6.7.1.1 allows copies of the primary one. */
function note(bytes: Buffer, found: Found): void {
  if (bytes[0] === PRIMARY) found.primary ??= bytes;
  const isElTorito = bytes[0] === BOOT_RECORD && bytes.toString('latin1', 7, 30) === EL_TORITO;
  if (isElTorito) found.bootCatalog ??= bytes.readUInt32LE(0x47);
  if (bytes[0] !== SUPPLEMENTARY) return;
  if (bytes[6] === ENHANCED_VERSION) found.enhanced ??= bytes;
  else if (JOLIET_ESCAPES.includes(bytes.toString('latin1', 88, 91))) found.joliet ??= bytes;
}

function nothingFound(found: Found, fileSize: number): Error {
  if (found.udf) return udfOnly('the image is UDF only, without an ISO 9660 file system');
  if (fileSize < (FIRST + 1) * SECTOR) return damaged(`${fileSize} bytes are too few for an ISO 9660 image`);
  // A file whose space was reserved before its content is copied starts with zero bytes.
  if (found.empty) return damaged('no volume descriptor: sector 16 is empty');
  return unsupported('not an ISO 9660 image: sector 16 holds no volume descriptor');
}

export function parseVolumeDescriptor(bytes: Buffer, fileSize: number): VolumeDescriptor {
  const volumeId = decodeText(bytes.subarray(40, 72)).replace(/[\0 ]+$/, '');
  // §8.4.12: a power of two from 512 up to the size of a sector.
  const isBlockSize = (value: number) => value === 512 || value === 1024 || value === 2048;
  const blockSize = bothEndian16(bytes, 128, isBlockSize);
  if (!isBlockSize(blockSize)) throw damaged(`the logical block size is ${blockSize}`);
  const isInside = (blocks: number) => blocks > 0 && blocks * blockSize <= fileSize + MAX_MISSING_PADDING;
  const volumeSize = bothEndian32(bytes, 80, isInside) * blockSize;
  // §8.4.18: the record of the root directory is 34 bytes long, also in images where its length byte says otherwise.
  const rootRecord = Buffer.from([34, ...bytes.subarray(157, 190)]);
  const root = parseDirectoryRecord(rootRecord, { blockSize, fileSize });
  return { volumeId, volumeSize, blockSize, root };
}
