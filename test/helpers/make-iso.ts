import { both16, both32, SECTOR, sectors, text, writeLocation } from './make-iso-fields.js';
import { continuationSectors, type IsoEntry, planDirectory } from './make-iso-records.js';

/** What is at a path: text, bytes, a symbolic link, or an empty directory. */
export type IsoContent = string | Uint8Array | { readonly symlink: string } | { readonly directory: true };

export interface MakeIsoOptions {
  /** At most 32 characters. */
  readonly volumeId?: string;
  /** Names, links, modes and times as on Linux; on by default. Without it symbolic links are left out. */
  readonly rockRidge?: boolean;
  /** A second tree with Unicode names, without symbolic links. */
  readonly joliet?: boolean;
  /** Files larger than this (a multiple of 2048) are recorded as several extents. */
  readonly splitAbove?: number;
  readonly modified?: Date;
}

/**
 * An ISO 9660 image of `files` (path → content; directories in between are made), as a test needs one. Directories may be
 * of any depth and length. The image ends with its last file, without padding.
 */
export function makeIso(files: Readonly<Record<string, IsoContent>>, options: MakeIsoOptions = {}): Buffer {
  const root = entryTree(files);
  const { volumeId = 'TEST', rockRidge = true, joliet = false, splitAbove = 2 ** 30 } = options;
  const modified = options.modified ?? new Date('2026-01-02T03:04:05Z');
  const plan = { modified, splitAbove };
  const trees: Tree[] = [{ joliet: false, directories: planTree(root, { ...plan, rockRidge, joliet: false }) }];
  if (joliet) trees.push({ joliet: true, directories: planTree(root, { ...plan, rockRidge: false, joliet: true }) });

  const image = new Image(17 + trees.length + 1);
  for (const tree of trees) writeTree(image, tree);
  writeFiles(image, root);
  for (const directory of trees.flatMap((tree) => tree.directories)) directory.plan.resolve();
  for (const [index, tree] of trees.entries()) {
    image.put(16 + index, descriptor(tree, volumeId, image.sectors, modified));
  }
  image.put(16 + trees.length, Buffer.from([255, ...text('CD001'), 1]));
  return image.toBuffer();
}

type Directory = { entry: IsoEntry; plan: ReturnType<typeof planDirectory>; parent: number };
type Tree = { joliet: boolean; directories: Directory[]; tables?: { size: number; little: number; big: number } };

/** Sectors by number; what is never put is zero. */
class Image {
  #parts: { sector: number; bytes: Uint8Array }[] = [];

  constructor(public sectors: number) {}

  put(sector: number, bytes: Uint8Array): void {
    this.#parts.push({ sector, bytes });
  }

  append(bytes: Uint8Array): number {
    const sector = this.sectors;
    this.put(sector, bytes);
    this.sectors += sectors(bytes.length);
    return sector;
  }

  toBuffer(): Buffer {
    const buffer = Buffer.alloc(this.sectors * SECTOR);
    for (const { sector, bytes } of this.#parts) buffer.set(bytes, sector * SECTOR);
    return buffer;
  }
}

function entryTree(files: Readonly<Record<string, IsoContent>>): IsoEntry {
  const root: IsoEntry = { name: '', children: new Map(), locations: {} };
  for (const [path, content] of Object.entries(files)) {
    let entry = root;
    for (const name of path.split('/').filter(Boolean)) {
      entry.children ??= new Map();
      const next = entry.children.get(name) ?? { name, locations: {} };
      entry.children.set(name, next);
      entry = next;
    }
    if (typeof content === 'string') entry.bytes = Buffer.from(content);
    else if (content instanceof Uint8Array) entry.bytes = content;
    else if ('symlink' in content) entry.symlink = content.symlink;
    else entry.children ??= new Map();
  }
  return root;
}

/** All directories in the order of the path table (ECMA-119 §6.9.1): level by level, within a level by parent. */
function planTree(root: IsoEntry, options: Parameters<typeof planDirectory>[2]): Directory[] {
  const directories: Directory[] = [{ entry: root, plan: planDirectory(root, root, options), parent: 0 }];
  for (let index = 0; index < directories.length; index += 1) {
    const { entry, plan } = directories[index] as Directory;
    for (const child of plan.subdirectories) {
      directories.push({ entry: child, plan: planDirectory(child, entry, options), parent: index });
    }
  }
  return directories;
}

function writeTree(image: Image, tree: Tree): void {
  for (const { entry, plan } of tree.directories) {
    entry.locations[tree.joliet ? 'joliet' : 'primary'] = { sector: image.sectors, length: plan.bytes.length };
    image.append(plan.bytes);
  }
  for (const { plan } of tree.directories) {
    for (const bytes of continuationSectors(plan.continuations)) writeLocation(bytes, image.append(bytes.bytes));
  }
  const little = pathTable(tree, true);
  tree.tables = { size: little.length, little: image.append(little), big: image.append(pathTable(tree, false)) };
}

/** ECMA-119 §9.4. */
function pathTable({ directories, joliet }: Tree, little: boolean): Buffer {
  const records = directories.map(({ entry, plan, parent }) => {
    const identifier = plan.identifier;
    const record = Buffer.alloc(8 + identifier.length + (identifier.length % 2));
    const sector = entry.locations[joliet ? 'joliet' : 'primary']?.sector ?? 0;
    record[0] = identifier.length;
    if (little) record.writeUInt32LE(sector, 2);
    else record.writeUInt32BE(sector, 2);
    if (little) record.writeUInt16LE(parent + 1, 6);
    else record.writeUInt16BE(parent + 1, 6);
    record.set(identifier, 8);
    return record;
  });
  return Buffer.concat(records);
}

function writeFiles(image: Image, entry: IsoEntry): void {
  if (entry.bytes !== undefined)
    entry.locations.data = { sector: image.append(entry.bytes), length: entry.bytes.length };
  for (const child of entry.children?.values() ?? []) writeFiles(image, child);
}

/** A primary (§8.4) or supplementary (§8.5) volume descriptor. */
function descriptor(
  { joliet, directories, tables }: Tree,
  volumeId: string,
  volumeSectors: number,
  modified: Date,
): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.set([joliet ? 2 : 1, ...text('CD001'), 1]);
  const blank = (start: number, end: number, value: string) => {
    const padded = value.padEnd(end - start, ' ');
    const utf16 = Buffer.from(padded.slice(0, (end - start) / 2), 'utf16le').swap16();
    bytes.set(joliet ? utf16 : text(padded), start);
  };
  blank(8, 40, '');
  blank(40, 72, volumeId);
  both32(bytes, 80, volumeSectors);
  if (joliet) bytes.set(text('%/E'), 88);
  both16(bytes, 120, 1);
  both16(bytes, 124, 1);
  both16(bytes, 128, SECTOR);
  both32(bytes, 132, tables?.size ?? 0);
  bytes.writeUInt32LE(tables?.little ?? 0, 140);
  bytes.writeUInt32BE(tables?.big ?? 0, 148);
  bytes.set((directories[0] as Directory).plan.bytes.subarray(0, 34), 156);
  bytes[156] = 34;
  for (const [start, end] of [
    [190, 318],
    [318, 446],
    [446, 574],
    [574, 702],
    [702, 739],
    [739, 776],
    [776, 813],
  ] as const)
    blank(start, end, '');
  const digits = modified.toISOString().replace(/\D/g, '').slice(0, 16);
  for (const offset of [813, 830]) bytes.set([...text(digits), 0], offset);
  for (const offset of [847, 864]) bytes.set([...text('0'.repeat(16)), 0], offset);
  bytes[881] = 1;
  return bytes;
}
