import { damaged } from '../failures.js';
import type { ImageReader } from '../image-reader.js';
import type { Extent } from '../tree.js';

/** Where the parts of a FAT file system lie; offsets from the start of the ISO, all in bytes. */
export interface FatGeometry {
  readonly offset: number;
  readonly length: number;
  /** Bits of an entry of the allocation table. */
  readonly bits: 12 | 16 | 32;
  readonly table: Extent;
  /** FAT12 and FAT16 have the root directory in a place of its own, FAT32 in a chain of clusters. */
  readonly root: Extent | { readonly cluster: number };
  readonly clusters: { readonly offset: number; readonly size: number; readonly count: number };
}

const BOOT_SECTOR = 512;

/** The highest number of clusters for which entries have twelve bits ("FAT Type Determination"). */
const MAX_FAT12_CLUSTERS = 4084;

/**
 * Reads the BIOS parameter block (Microsoft, "FAT: General Overview of On-Disk Format" 1.03, "Boot Sector and BPB").
 * Undefined if there is none; throws SERABUT_ERR_ISO_DAMAGED if the file system leaves the image.
 */
export async function readFatGeometry(reader: ImageReader, offset: number): Promise<FatGeometry | undefined> {
  if (offset + BOOT_SECTOR > reader.size) return undefined;
  const bytes = await reader.read(offset, BOOT_SECTOR);
  if (!isBootSector(bytes)) return undefined;
  const sector = bytes.readUInt16LE(11);
  const length = (bytes.readUInt16LE(19) || bytes.readUInt32LE(32)) * sector;
  const beyond = offset + length - reader.size;
  if (beyond > 0)
    throw damaged(`the FAT file system ends ${beyond} bytes beyond the end of the image: it is truncated`);
  return layOut(bytes, offset, length, sector);
}

function isBootSector(bytes: Buffer): boolean {
  const [sector, perCluster] = [bytes.readUInt16LE(11), bytes.readUInt8(13)];
  const isPower = (value: number) => value > 0 && (value & (value - 1)) === 0;
  const hasTables = bytes.readUInt16LE(14) > 0 && bytes.readUInt8(16) > 0;
  const isMedia = bytes.readUInt8(21) >= 0xf0;
  const isSigned = bytes.readUInt16BE(510) === 0x55aa;
  return isSigned && isMedia && hasTables && isPower(sector) && sector >= 512 && sector <= 4096 && isPower(perCluster);
}

function layOut(bytes: Buffer, offset: number, length: number, sector: number): FatGeometry {
  const size = bytes.readUInt8(13) * sector;
  const short = bytes.readUInt16LE(22);
  const tableLength = (short || bytes.readUInt32LE(36)) * sector;
  const table = { offset: offset + bytes.readUInt16LE(14) * sector, length: tableLength };
  const root = { offset: table.offset + bytes.readUInt8(16) * tableLength, length: bytes.readUInt16LE(17) * 32 };
  const data = root.offset + Math.ceil(root.length / sector) * sector;
  const inVolume = Math.floor((offset + length - data) / size);
  if (tableLength === 0 || inVolume < 1) throw damaged('the FAT file system has no room for files');
  // As Linux has it: only FAT32 leaves the short field empty, and small ones of FAT32 do exist.
  const bits = short === 0 ? 32 : inVolume > MAX_FAT12_CLUSTERS ? 16 : 12;
  const count = Math.min(inVolume, Math.floor((tableLength * 8) / bits) - 2);
  const where = bits === 32 ? { cluster: bytes.readUInt32LE(44) } : root;
  return { offset, length, bits, table, root: where, clusters: { offset: data, size, count } };
}
