import { type FieldList, SECTOR } from './iso-fields.js';

/** El Torito §2: the boot record at `at`, the catalog it names, and the images that the catalog names. */
export function mapBootCatalog(bytes: Buffer, at: number, fields: FieldList): void {
  fields.add('text', at + 7, 32).add('le32', at + 0x47);
  const catalog = bytes.readUInt32LE(at + 0x47) * SECTOR;
  for (let entry = catalog; entry < catalog + 8 * 32; entry += 32) {
    // The first is the validation entry: header, platform, checksum, key.
    fields.addMany('byte', [entry, entry + 1, entry + 4]).addMany('le16', [entry + 2, entry + 6, entry + 28]);
    fields.add('le32', entry + 8).add('signature', entry + 30);
    if (bytes[entry] === 0x88) mapFat(bytes, bytes.readUInt32LE(entry + 8) * SECTOR, fields);
  }
}

/** A FAT file system, as the image for UEFI is one: what its first sector says, the tables, the root directory. */
function mapFat(bytes: Buffer, at: number, fields: FieldList): void {
  if (bytes.toString('latin1', at + 54, at + 57) !== 'FAT') return;
  const [reserved, tables, perTable] = [bytes.readUInt16LE(at + 14), bytes[at + 16] ?? 0, bytes.readUInt16LE(at + 22)];
  fields.addMany(
    'le16',
    [11, 14, 17, 19, 22, 44, 510].map((offset) => at + offset),
  );
  fields.addMany(
    'byte',
    [13, 16, 21].map((offset) => at + offset),
  );
  fields.addMany(
    'le32',
    [28, 32, 36].map((offset) => at + offset),
  );
  for (let entry = 0; entry < 64; entry += 2) fields.add('le16', at + reserved * 512 + entry);
  const root = at + (reserved + tables * perTable) * 512;
  for (let entry = root; entry < root + 16 * 32 && bytes[entry] !== 0; entry += 32) {
    fields.add('text', entry, 11).add('flags', entry + 11);
    fields.addMany('le16', [entry + 20, entry + 26]).add('le32', entry + 28);
  }
}

/** The partition table in the first sector, and the GPT after it (UEFI §5.2.3 and §5.3). */
export function mapPartitions(bytes: Buffer, fields: FieldList): void {
  if (bytes.readUInt16LE(510) === 0xaa55) {
    fields.add('signature', 510);
    for (const at of [446, 462, 478, 494]) fields.addMany('byte', [at, at + 4]).addMany('le32', [at + 8, at + 12]);
  }
  if (bytes.toString('latin1', 512, 520) !== 'EFI PART') return;
  fields.add('text', 512, 8).addMany(
    'le32',
    [12, 16, 24, 32, 40, 48, 72, 80, 84, 88].map((offset) => 512 + offset),
  );
  for (let at = 1024; at < 1024 + 4 * 128; at += 128) {
    fields.add('text', at, 16).addMany('le32', [at + 32, at + 36, at + 40, at + 44]);
  }
}
