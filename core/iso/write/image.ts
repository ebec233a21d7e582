import { SECTOR } from '../limits.js';
import type { Entry } from './entry.js';
import { roundUp, text, writeLocation } from './fields.js';
import { continuationSectors, type PlanOptions, planDirectory } from './records.js';

/** An image that is not yet anywhere: its length, and stretches of its bytes. What lies in none of them is zero. */
export class Image {
  readonly #parts: { offset: number; bytes: Uint8Array }[] = [];
  #length: number;

  constructor(
    descriptors: number,
    readonly blockSize: number = SECTOR,
  ) {
    this.#length = (16 + descriptors) * SECTOR;
  }

  get length(): number {
    return this.#length;
  }

  get blocks(): number {
    return this.#length / this.blockSize;
  }

  get parts(): readonly { readonly offset: number; readonly bytes: Uint8Array }[] {
    return this.#parts;
  }

  /** Puts bytes at one of the sectors that were kept free for descriptors. */
  put(sector: number, bytes: Uint8Array): void {
    this.#parts.push({ offset: sector * SECTOR, bytes });
  }

  /** Adds what is missing to a length, as images are padded; a block that is begun counts. */
  extendTo(length: number): void {
    this.#length = Math.max(this.#length, roundUp(length, this.blockSize));
  }

  /** Keeps room at the next block, or at the next one that begins a sector, and returns its number. */
  reserve(length: number, alignment = SECTOR): number {
    const offset = roundUp(this.#length, alignment);
    this.#length = roundUp(offset + length, this.blockSize);
    return offset / this.blockSize;
  }

  /** Puts bytes there. */
  append(bytes: Uint8Array, alignment = SECTOR): number {
    const block = this.reserve(bytes.length, alignment);
    this.#parts.push({ offset: block * this.blockSize, bytes });
    return block;
  }
}

/** A directory hierarchy; several may share the files of one image. */
export interface Tree {
  readonly kind: string;
  readonly directories: readonly { entry: Entry; plan: ReturnType<typeof planDirectory>; parent: number }[];
}

/** A tree that is in the image, with its path tables. */
export interface WrittenTree extends Tree {
  readonly tables: { readonly size: number; readonly little: number; readonly big: number };
}

/** All directories in the order of the path table (ECMA-119 §6.9.1): level by level, within a level by parent. */
export function planTree(root: Entry, options: PlanOptions): Tree {
  const directories = [{ entry: root, plan: planDirectory(root, root, options), parent: 0 }];
  for (const [index, { entry, plan }] of directories.entries()) {
    for (const child of plan.subdirectories) {
      directories.push({ entry: child, plan: planDirectory(child, entry, options), parent: index });
    }
  }
  return { kind: options.kind, directories };
}

/** Puts directories, continuation areas and path tables into the image. Where files lie is still missing in them. */
export function writeTree(image: Image, tree: Tree): WrittenTree {
  for (const { entry, plan } of tree.directories) {
    entry.locations[tree.kind] = { block: image.append(plan.bytes), length: plan.bytes.length };
  }
  for (const { plan } of tree.directories) {
    for (const bytes of continuationSectors(plan.continuations)) writeLocation(bytes, image.append(bytes.bytes));
  }
  const little = pathTable(tree, true);
  const tables = { size: little.length, little: image.append(little), big: image.append(pathTable(tree, false)) };
  return { ...tree, tables };
}

/** Puts the files below an entry into the image, or keeps room for those that are all zero bytes. */
export function writeFiles(image: Image, entry: Entry): void {
  const { bytes, size } = entry;
  if (size !== undefined) {
    const block = bytes ? image.append(bytes, image.blockSize) : image.reserve(size, image.blockSize);
    entry.locations.data = { block, length: size };
  }
  for (const child of entry.children?.values() ?? []) writeFiles(image, child);
}

/** Writes into all directories where files and directories are, once they are somewhere. */
export function resolveLocations({ directories }: Tree): void {
  for (const { plan } of directories) plan.resolve();
}

/** What ends the volume descriptors (§8.3). */
export const descriptorSetTerminator = Buffer.from([255, ...text('CD001'), 1]);

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
