import { type BootEntry, bootCatalog, bootRecord } from './make-boot.js';
import { both16, both32, roundUp, SECTOR, text, writeLocation } from './make-iso-fields.js';
import { continuationSectors, type IsoEntry, planDirectory, type TreeKind } from './make-iso-records.js';

/** What is at a path: text, bytes, a symbolic link, or an empty directory. */
export type IsoContent = string | Uint8Array | { readonly symlink: string } | { readonly directory: true };

export interface MakeIsoOptions {
  /** At most 32 characters. */
  readonly volumeId?: string;
  /** Names, links, modes and times as on Linux; on by default. Without it symbolic links are left out. */
  readonly rockRidge?: boolean;
  /** A second tree with Unicode names, without symbolic links. */
  readonly joliet?: boolean;
  /** A second tree by an enhanced volume descriptor (ISO 9660:1999), likewise. */
  readonly enhanced?: boolean;
  /** Files larger than this (a multiple of 2048) are recorded as several extents. */
  readonly splitAbove?: number;
  readonly modified?: Date;
  /** In bytes: 512, 1024 or 2048 (the default). Files begin at any block, directories at a sector. */
  readonly blockSize?: number;
  /** The entries of an El Torito boot catalog. */
  readonly boot?: readonly BootEntry[];
}

/**
 * An ISO 9660 image of `files` (path → content; directories in between are made), as a test needs one. Directories may be
 * of any depth and length. The image ends with its last file, without padding.
 */
export function makeIso(files: Readonly<Record<string, IsoContent>>, options: MakeIsoOptions = {}): Buffer {
  const root = entryTree(files);
  const { volumeId = 'TEST', rockRidge = true, splitAbove = 2 ** 30, blockSize = SECTOR } = options;
  const modified = options.modified ?? new Date('2026-01-02T03:04:05Z');
  const plan = { modified, splitAbove, blockSize };
  const kinds = (['primary', 'joliet', 'enhanced'] as const).filter((kind) => kind === 'primary' || options[kind]);
  const trees: Tree[] = kinds.map((kind) => {
    return { kind, directories: planTree(root, { ...plan, kind, rockRidge: rockRidge && kind === 'primary' }) };
  });
  const image = new Image(17 + trees.length + 1 + (options.boot ? 1 : 0), blockSize);
  for (const tree of trees) writeTree(image, tree);
  writeFiles(image, root);
  for (const directory of trees.flatMap((tree) => tree.directories)) directory.plan.resolve();
  const boot = options.boot && [bootRecord(writeCatalog(image, root, options.boot))];
  const descriptors = trees.map((tree) => descriptor(tree, volumeId, image, modified));
  // As everywhere, the boot record comes second (El Torito §2.0).
  descriptors.splice(1, 0, ...(boot ?? []));
  descriptors.push(Buffer.from([255, ...text('CD001'), 1]));
  for (const [index, bytes] of descriptors.entries()) image.put(16 + index, bytes);
  return image.toBuffer();
}

type Directory = { entry: IsoEntry; plan: ReturnType<typeof planDirectory>; parent: number };
type Tree = { kind: TreeKind; directories: Directory[]; tables?: { size: number; little: number; big: number } };

/** Stretches of bytes; what is never put is zero. */
class Image {
  #parts: { offset: number; bytes: Uint8Array }[] = [];
  #length: number;

  constructor(
    descriptors: number,
    readonly blockSize: number,
  ) {
    this.#length = descriptors * SECTOR;
  }

  get blocks(): number {
    return this.#length / this.blockSize;
  }

  put(sector: number, bytes: Uint8Array): void {
    this.#parts.push({ offset: sector * SECTOR, bytes });
  }

  /** Puts bytes at the next block, or at the next one that begins a sector, and returns its number. */
  append(bytes: Uint8Array, alignment = SECTOR): number {
    const offset = roundUp(this.#length, alignment);
    this.#parts.push({ offset, bytes });
    this.#length = roundUp(offset + bytes.length, this.blockSize);
    return offset / this.blockSize;
  }

  toBuffer(): Buffer {
    const buffer = Buffer.alloc(this.#length);
    for (const { offset, bytes } of this.#parts) buffer.set(bytes, offset);
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
    entry.locations[tree.kind] = { block: image.append(plan.bytes), length: plan.bytes.length };
  }
  for (const { plan } of tree.directories) {
    for (const bytes of continuationSectors(plan.continuations)) writeLocation(bytes, image.append(bytes.bytes));
  }
  const little = pathTable(tree, true);
  tree.tables = { size: little.length, little: image.append(little), big: image.append(pathTable(tree, false)) };
}

/** ECMA-119 §9.4. */
function pathTable({ directories, kind }: Tree, little: boolean): Buffer {
  const records = directories.map(({ entry, plan, parent }) => {
    const identifier = plan.identifier;
    const record = Buffer.alloc(8 + identifier.length + (identifier.length % 2));
    const block = entry.locations[kind]?.block ?? 0;
    record[0] = identifier.length;
    if (little) record.writeUInt32LE(block, 2);
    else record.writeUInt32BE(block, 2);
    if (little) record.writeUInt16LE(parent + 1, 6);
    else record.writeUInt16BE(parent + 1, 6);
    record.set(identifier, 8);
    return record;
  });
  return Buffer.concat(records);
}

function writeFiles(image: Image, entry: IsoEntry): void {
  if (entry.bytes !== undefined)
    entry.locations.data = { block: image.append(entry.bytes, image.blockSize), length: entry.bytes.length };
  for (const child of entry.children?.values() ?? []) writeFiles(image, child);
}

/** Returns the sector of the catalog, after which come the images that are no files. */
function writeCatalog(image: Image, root: IsoEntry, entries: readonly BootEntry[]): number {
  const catalog = Buffer.alloc(SECTOR);
  const block = image.append(catalog);
  const perSector = SECTOR / image.blockSize;
  const blockOf = ({ image: content }: BootEntry) =>
    typeof content === 'string' ? (entryAt(root, content).locations.data?.block ?? 0) : image.append(content);
  bootCatalog(entries.map((entry) => ({ ...entry, sector: blockOf(entry) / perSector }))).copy(catalog);
  return block / perSector;
}

function entryAt(root: IsoEntry, path: string): IsoEntry {
  const found = path.split('/').reduce<IsoEntry | undefined>((entry, name) => entry?.children?.get(name), root);
  if (found === undefined) throw new Error(`no ${path} in this tree`);
  return found;
}

/** A primary (§8.4) or supplementary (§8.5) volume descriptor. */
function descriptor(
  { kind, directories, tables }: Tree,
  volumeId: string,
  { blocks, blockSize }: Image,
  modified: Date,
): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  const joliet = kind === 'joliet';
  bytes.set([kind === 'primary' ? 1 : 2, ...text('CD001'), kind === 'enhanced' ? 2 : 1]);
  const blank = (start: number, end: number, value: string) => {
    const padded = value.padEnd(end - start, ' ');
    const utf16 = Buffer.from(padded.slice(0, (end - start) / 2), 'utf16le').swap16();
    bytes.set(joliet ? utf16 : text(padded), start);
  };
  blank(8, 40, '');
  blank(40, 72, volumeId);
  both32(bytes, 80, blocks);
  if (joliet) bytes.set(text('%/E'), 88);
  both16(bytes, 120, 1);
  both16(bytes, 124, 1);
  both16(bytes, 128, blockSize);
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
  bytes[881] = kind === 'enhanced' ? 2 : 1;
  return bytes;
}
