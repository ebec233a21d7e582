import { text } from '../../core/iso/write/fields.js';

export interface MakeFatOptions {
  readonly bits?: 12 | 16 | 32;
  /** Files and directories lie in every second cluster, so that nothing is in one piece. */
  readonly scattered?: boolean;
}

const SECTOR = 512;

/** As few clusters as there may be for entries of that many bits; FAT32 is told by another field. */
const CLUSTERS = { 12: 600, 16: 4200, 32: 600 };

/** Sectors before the allocation table, of which there is one copy. */
export const FAT_RESERVED = 2;

/** A FAT file system of `files` (path → content; directories in between are made) with one sector a cluster. */
export function makeFat(files: Readonly<Record<string, string | Uint8Array>>, options: MakeFatOptions = {}): Buffer {
  const { bits = 12, scattered = false } = options;
  const volume = new FatVolume(bits, scattered);
  const root = directoryTree(files);
  if (bits === 32) volume.rootCluster = volume.allocate(volume.directory(root));
  else volume.putRoot(volume.directory(root));
  return volume.toBuffer();
}

/** The number that follows a cluster in its chain is replaced, in place. */
export function setNext(fat: Buffer, bits: 12 | 16 | 32, cluster: number, next: number): void {
  const table = FAT_RESERVED * SECTOR;
  if (bits === 16) fat.writeUInt16LE(next, table + 2 * cluster);
  if (bits === 32) fat.writeUInt32LE(next, table + 4 * cluster);
  if (bits !== 12) return;
  const at = table + Math.floor((cluster * 3) / 2);
  const pair = fat.readUInt16LE(at);
  fat.writeUInt16LE(cluster % 2 === 0 ? (pair & 0xf000) | next : (pair & 0x000f) | (next << 4), at);
}

type Tree = Map<string, Tree | Buffer>;

function directoryTree(files: Readonly<Record<string, string | Uint8Array>>): Tree {
  const root: Tree = new Map();
  for (const [path, content] of Object.entries(files)) {
    const names = path.split('/');
    const name = names.pop() ?? '';
    let directory = root;
    for (const above of names) {
      const next = directory.get(above) ?? new Map();
      if (!(next instanceof Map)) throw new Error(`${above} is a file`);
      directory.set(above, next);
      directory = next;
    }
    directory.set(name, Buffer.from(content));
  }
  return root;
}

class FatVolume {
  readonly #bits: 12 | 16 | 32;
  readonly #step: number;
  readonly #image: Buffer;
  readonly #root: number;
  readonly #data: number;
  #free = 2;
  rootCluster = 0;

  constructor(bits: 12 | 16 | 32, scattered: boolean) {
    this.#bits = bits;
    this.#step = scattered ? 2 : 1;
    const tableSectors = Math.ceil(((CLUSTERS[bits] + 2) * bits) / 8 / SECTOR);
    this.#root = (FAT_RESERVED + tableSectors) * SECTOR;
    this.#data = this.#root + (bits === 32 ? 0 : 64 * 32);
    this.#image = Buffer.alloc(this.#data + CLUSTERS[bits] * SECTOR);
    this.#bootSector(tableSectors);
    setNext(this.#image, bits, 0, this.#end);
    setNext(this.#image, bits, 1, this.#end);
  }

  get #end(): number {
    return { 12: 0xfff, 16: 0xffff, 32: 0x0fffffff }[this.#bits];
  }

  #bootSector(tableSectors: number): void {
    const sectors = this.#image.length / SECTOR;
    this.#image.set([0xeb, 0x3c, 0x90, ...text('SERABUT ')], 0);
    this.#image.writeUInt16LE(SECTOR, 11);
    this.#image.writeUInt8(1, 13);
    this.#image.writeUInt16LE(FAT_RESERVED, 14);
    this.#image.writeUInt8(1, 16);
    this.#image.writeUInt16LE(this.#bits === 32 ? 0 : 64, 17);
    this.#image.writeUInt16LE(this.#bits === 32 ? 0 : sectors, 19);
    this.#image.writeUInt8(0xf8, 21);
    this.#image.writeUInt16LE(this.#bits === 32 ? 0 : tableSectors, 22);
    if (this.#bits === 32) this.#image.writeUInt32LE(sectors, 32);
    if (this.#bits === 32) this.#image.writeUInt32LE(tableSectors, 36);
    this.#image.set([0x55, 0xaa], 510);
  }

  /** Puts content into clusters and returns the first of them; 0 for nothing. */
  allocate(content: Buffer): number {
    const clusters = Array.from(
      { length: Math.ceil(content.length / SECTOR) },
      (_, index) => this.#free + index * this.#step,
    );
    this.#free += clusters.length * this.#step;
    if (this.#free > CLUSTERS[this.#bits] + 2) throw new Error('this helper makes small file systems');
    for (const [index, cluster] of clusters.entries()) {
      content.copy(this.#image, this.#data + (cluster - 2) * SECTOR, index * SECTOR, (index + 1) * SECTOR);
      setNext(this.#image, this.#bits, cluster, clusters[index + 1] ?? this.#end);
    }
    return clusters[0] ?? 0;
  }

  directory(tree: Tree, isRoot = true): Buffer {
    const special = isRoot
      ? [slot('SERABUT    ', 0x08, 0, 0)]
      : [slot('.          ', 0x10, 0, 0), slot('..         ', 0x10, 0, 0)];
    const entries = [...tree].flatMap(([name, node], index) => {
      const isDirectory = node instanceof Map;
      const content = isDirectory ? this.directory(node, false) : node;
      const short = shortName(name, index);
      const own = slot(short, isDirectory ? 0x10 : 0x20, this.allocate(content), isDirectory ? 0 : content.length);
      return [...(isShort(name) ? [] : longSlots(name, short)), own];
    });
    // Directories end with a zero byte; so that they take several clusters, a deleted file goes first.
    return Buffer.concat([slot('\u00e5OLD    TXT', 0x20, 0, 9), ...special, ...entries, Buffer.alloc(32)]);
  }

  putRoot(directory: Buffer): void {
    if (directory.length > this.#data - this.#root) throw new Error('too many files for this root directory');
    directory.copy(this.#image, this.#root);
  }

  toBuffer(): Buffer {
    if (this.#bits === 32) this.#image.writeUInt32LE(this.rootCluster, 44);
    return this.#image;
  }
}

function isShort(name: string): boolean {
  return /^[A-Z0-9_]{1,8}(\.[A-Z0-9_]{1,3})?$/.test(name);
}

function shortName(name: string, index: number): string {
  const [stem = '', extension = ''] = isShort(name) ? name.split('.') : [`LONG~${index}`, ''];
  return stem.padEnd(8) + extension.padEnd(3);
}

/** A directory entry, of 2026-01-02 03:04:06. */
export function slot(short: string, attributes: number, cluster: number, size: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write(short, 0, 11, 'latin1');
  bytes.writeUInt8(attributes, 11);
  bytes.writeUInt16LE((3 << 11) | (4 << 5) | 3, 22);
  bytes.writeUInt16LE((46 << 9) | (1 << 5) | 2, 24);
  bytes.writeUInt16LE(cluster >> 16, 20);
  bytes.writeUInt16LE(cluster & 0xffff, 26);
  bytes.writeUInt32LE(size, 28);
  return bytes;
}

/** The pieces of a long name, last one first. */
export function longSlots(name: string, short: string): Buffer[] {
  let checksum = 0;
  for (const byte of Buffer.from(short, 'latin1')) checksum = (((checksum & 1) << 7) + (checksum >> 1) + byte) & 0xff;
  const count = Math.ceil(name.length / 13);
  const padded = Buffer.alloc(count * 26, 0xff);
  padded.write(`${name}\0`, 'utf16le');
  return Array.from({ length: count }, (_, index) => {
    const number = count - index;
    const letters = padded.subarray((number - 1) * 26, number * 26);
    const bytes = Buffer.alloc(32);
    bytes.set([index === 0 ? number | 0x40 : number], 0);
    bytes.set(letters.subarray(0, 10), 1);
    bytes.set([0x0f, 0, checksum], 11);
    bytes.set(letters.subarray(10, 22), 14);
    bytes.set(letters.subarray(22, 26), 28);
    return bytes;
  });
}
