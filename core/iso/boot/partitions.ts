import { damaged } from '../failures.js';
import type { ImageReader } from '../image-reader.js';
import type { Extent } from '../tree.js';

/** Partition tables of hybrid images count in sectors of 512 bytes, whatever the block size of the volume. */
const LBA = 512;

/** UEFI §5.2.1: four entries of sixteen bytes, and the type of an EFI system partition. */
const MBR_ENTRIES = 446;
const MBR_ENTRY = 16;
const MBR_ESP = 0xef;

/** UEFI §5.3.3: C12A7328-F81F-11D2-BA4B-00A0C93EC93B, as it is recorded. */
const GPT_ESP = Buffer.from('28732ac11ff8d211ba4b00a0c93ec93b', 'hex');

/** UEFI §5.3.1: as many as the table has to have room for; no image has more than a handful. */
const MAX_GPT_ENTRIES = 128;

/**
 * The EFI system partitions by GPT, then by MBR. Checksums of the GPT are not compared: programs change images and forget
 * them, and whatever is found here still has to be a FAT file system inside the image.
 */
export async function systemPartitions(reader: ImageReader): Promise<Extent[]> {
  const start = await reader.read(0, Math.min(2 * LBA, reader.size));
  if (start.length < 2 * LBA || start.readUInt16BE(510) !== 0x55aa) return [];
  const gpt = start.toString('latin1', LBA, LBA + 8) === 'EFI PART' ? await byGpt(reader, start.subarray(LBA)) : [];
  return [...gpt, ...byMbr(start)];
}

function byMbr(sector: Buffer): Extent[] {
  const found: Extent[] = [];
  for (let entry = MBR_ENTRIES; entry < MBR_ENTRIES + 4 * MBR_ENTRY; entry += MBR_ENTRY) {
    const [first, count] = [sector.readUInt32LE(entry + 8), sector.readUInt32LE(entry + 12)];
    if (sector[entry + 4] === MBR_ESP && count > 0) found.push({ offset: first * LBA, length: count * LBA });
  }
  return found;
}

/** UEFI §5.3.2 and §5.3.3. */
async function byGpt(reader: ImageReader, header: Buffer): Promise<Extent[]> {
  const table = lbaAt(header, 72);
  const count = Math.min(header.readUInt32LE(80), MAX_GPT_ENTRIES);
  const size = header.readUInt32LE(84);
  if (size < 128 || size > 4096) throw damaged(`its entries of ${size} bytes`);
  const bytes = await reader.read(table, count * size);
  const found: Extent[] = [];
  for (let entry = 0; entry < bytes.length; entry += size) {
    if (!bytes.subarray(entry, entry + 16).equals(GPT_ESP)) continue;
    const offset = lbaAt(bytes, entry + 32);
    // The last block is part of the partition.
    const length = lbaAt(bytes, entry + 40) + LBA - offset;
    if (length <= 0) throw damaged('a partition ends before it begins');
    found.push({ offset, length });
  }
  return found;
}

/** A number of a block, as an offset in bytes; too large ones lose digits, and are beyond the end of any image. */
function lbaAt(bytes: Buffer, offset: number): number {
  return Number(bytes.readBigUInt64LE(offset)) * LBA;
}
