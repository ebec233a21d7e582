import { SECTOR } from '../../core/iso/limits.js';
import { text } from '../../core/iso/write/fields.js';

/** One entry of an El Torito boot catalog. */
export interface BootEntry {
  /** 0x00 for BIOS, 0xef for UEFI. */
  readonly platform: number;
  /** The path of a file of the tree, or an image that is in no directory. */
  readonly image: string | Uint8Array;
  /** In units of 512 bytes; 4 by default, as nearly all images have it. */
  readonly loadSize?: number;
  /** 0 for no emulation (the default), 1 to 3 for floppy disks, 4 for a hard disk. */
  readonly media?: number;
}

/** El Torito §2.0: the volume descriptor that says in which sector the catalog is. */
export function bootRecord(catalogSector: number): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.set([0, ...text('CD001'), 1, ...text('EL TORITO SPECIFICATION')]);
  bytes.writeUInt32LE(catalogSector, 0x47);
  return bytes;
}

/** El Torito §2.1 to §2.4: the first entry is the default one, each other is in a section of its own. */
export function bootCatalog(entries: readonly (BootEntry & { readonly sector: number })[]): Buffer {
  const [first, ...others] = entries;
  if (first === undefined) throw new Error('a catalog has at least one entry');
  const sections = others.flatMap((entry, index) => {
    const header = Buffer.from([index === others.length - 1 ? 0x91 : 0x90, entry.platform, 1, 0]);
    return [Buffer.concat([header, Buffer.alloc(28)]), bootEntry(entry)];
  });
  return Buffer.concat([validation(first.platform), bootEntry(first), ...sections]);
}

function validation(platform: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.set([1, platform]);
  bytes.set([0x55, 0xaa], 30);
  let sum = 0;
  for (let at = 0; at < 32; at += 2) sum += bytes.readUInt16LE(at);
  bytes.writeUInt16LE(-sum & 0xffff, 28);
  return bytes;
}

function bootEntry({ sector, loadSize = 4, media = 0 }: BootEntry & { readonly sector: number }): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.set([0x88, media]);
  bytes.writeUInt16LE(loadSize, 6);
  bytes.writeUInt32LE(sector, 8);
  return bytes;
}

/** A partition; numbers in units of 512 bytes. */
export interface Partition {
  readonly type: number | string;
  readonly start: number;
  readonly length: number;
}

/** Makes the image one with a master boot record. */
export function withMbr(image: Buffer, partitions: readonly Partition[]): Buffer {
  const copy = Buffer.from(image);
  copy.set([0x55, 0xaa], 510);
  for (const [index, { type, start, length }] of partitions.entries()) {
    copy[446 + 16 * index + 4] = Number(type);
    copy.writeUInt32LE(start, 446 + 16 * index + 8);
    copy.writeUInt32LE(length, 446 + 16 * index + 12);
  }
  return copy;
}

export const ESP = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';

/** UEFI §5.3: a protective master boot record, the header in block 1, entries from block 2 on. Without checksums. */
export function withGpt(image: Buffer, partitions: readonly Partition[]): Buffer {
  const copy = withMbr(image, [{ type: 0xee, start: 1, length: image.length / 512 - 1 }]);
  copy.write('EFI PART', 512);
  copy.writeUInt32LE(0x10000, 512 + 8);
  copy.writeUInt32LE(92, 512 + 12);
  copy.writeBigUInt64LE(2n, 512 + 72);
  copy.writeUInt32LE(partitions.length, 512 + 80);
  copy.writeUInt32LE(128, 512 + 84);
  for (const [index, { type, start, length }] of partitions.entries()) {
    const entry = 1024 + 128 * index;
    copy.set(guid(String(type)), entry);
    copy.writeBigUInt64LE(BigInt(start), entry + 32);
    copy.writeBigUInt64LE(BigInt(start + length - 1), entry + 40);
  }
  return copy;
}

/** UEFI appendix A: the first three fields little-endian, the others as they are written. */
function guid(value: string): Buffer {
  const [a = '', b = '', c = '', ...rest] = value.split('-');
  const little = [a, b, c].map((field) => Buffer.from(field, 'hex').reverse());
  return Buffer.concat([...little, Buffer.from(rest.join(''), 'hex')]);
}
