import { readSource } from '../http/byte-source.js';
import { SECTOR } from '../iso/limits.js';
import { isoFileSource } from '../iso/lookup.js';
import type { IsoFile } from '../iso/tree.js';
import type { Volume } from '../iso/volume.js';

// Lists are made before the image is, and making it changes some files.

const BOOT_CATALOG = /(^|\/)boot\.cat(alog)?$/;

/** Boot images are some hundred kilobytes; only of such small files the whole is looked at. */
const MAX_BOOT_IMAGE = 4 * 1024 * 1024;

/** Why a file of an intact image may differ from its list, if there is a sign of that. */
export async function whyItDiffers(
  volume: Volume,
  file: IsoFile,
  path: string,
  list: string,
): Promise<string | undefined> {
  if (path === list) return 'no list can hold its own checksum';
  if (BOOT_CATALOG.test(path)) return 'the boot catalog is written when the image is made';
  if (await hasBootInfoTable(volume, file)) return 'a boot info table was written into it when the image was made';
  return undefined;
}

/** Why an intact image may lack a file that is in its list; `file` is one that is there but cannot be read. */
export function whyItIsMissing(path: string, file: IsoFile | undefined): string | undefined {
  if (file !== undefined) return 'it is stored compressed or sparse, which is not read';
  if (BOOT_CATALOG.test(path)) return 'the boot catalog need not have a name in the image';
  if (/(^|\/)boot\.iso$/.test(path)) return 'it is an image of its own, published beside this one';
  return undefined;
}

/**
 * Whether the file begins as a boot image with a table that is true of it (mkisofs(8), "EL TORITO BOOT INFORMATION
 * TABLE"): from byte 8, 32 bits each, little-endian, the sectors of the primary volume descriptor and of the file, its
 * length, and the sum of all its 32-bit words from byte 64.
 */
async function hasBootInfoTable(volume: Volume, file: IsoFile): Promise<boolean> {
  if (file.size < 64 || file.size > MAX_BOOT_IMAGE) return false;
  const bytes = await readSource(isoFileSource(volume, file), MAX_BOOT_IMAGE);
  const words = Buffer.concat([bytes, Buffer.alloc(3)]);
  let sum = 0;
  for (let at = 64; at < bytes.length; at += 4) sum = (sum + words.readUInt32LE(at)) >>> 0;
  const expected = [16, (file.extents[0]?.offset ?? 0) / SECTOR, file.size, sum];
  return expected.every((value, index) => bytes.readUInt32LE(8 + 4 * index) === value);
}
