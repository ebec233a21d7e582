import type { VolumeDescriptor } from './descriptors.js';
import { type DirectoryRecord, parseDirectory, parseRecord } from './directory-record.js';
import { plainName, usableName, utf16Name } from './names.js';
import type { ImageReader } from './reader.js';
import { type RockRidge, readRockRidge, suspSkip } from './system-use.js';
import type { IsoDirectory, IsoNode } from './tree.js';

/** What one image may hold; a Debian DVD has some 5,000 entries, 12 levels deep. */
const limits = { entries: 1_000_000, depth: 64, directorySize: 64 * 1024 * 1024 } as const;

/** How names are written in the tree that was read. */
export type Names = 'rock-ridge' | 'joliet' | 'plain';

/** Reads the directories below a volume descriptor's root into a tree. */
export async function readTree(
  descriptor: VolumeDescriptor,
  reader: ImageReader,
): Promise<{ root: IsoDirectory; names: Names }> {
  const walk = new Walk(descriptor, reader);
  const root = await walk.root();
  return { root, names: walk.names };
}

class Walk {
  names: Names;
  /** Bytes that SUSP passes over in each record; undefined without Rock Ridge. */
  #skip: number | undefined;
  #entries = 0;
  /** Each directory is read once: a second way to one is a loop, or an attack by exponential growth. */
  readonly #seen = new Set<number>();

  constructor(
    private readonly descriptor: VolumeDescriptor,
    private readonly reader: ImageReader,
  ) {
    this.names = descriptor.joliet ? 'joliet' : 'plain';
  }

  async root(): Promise<IsoDirectory> {
    const { root, joliet } = this.descriptor;
    if (!joliet) {
      const self = parseRecord(await this.#bytes(root.location, 255), this.reader);
      this.#skip = suspSkip(self.systemUse);
      if (this.#skip !== undefined) this.names = 'rock-ridge';
    }
    return this.#directory('', root, 0);
  }

  async #directory(name: string, record: DirectoryRecord, depth: number): Promise<IsoDirectory> {
    const { reader } = this;
    if (depth > limits.depth) throw reader.damaged(`its directories are more than ${limits.depth} levels deep`);
    if (record.size > limits.directorySize) throw reader.damaged(`a directory of ${record.size} bytes`);
    if (this.#seen.has(record.location))
      throw reader.damaged(`the directory at block ${record.location} is reached twice`);
    this.#seen.add(record.location);
    const bytes = await this.#bytes(record.location, record.size);
    const children = new Map<string, IsoNode>();
    for (const extents of files(parseDirectory(bytes, reader))) {
      if (++this.#entries > limits.entries) throw reader.damaged(`it has more than ${limits.entries} entries`);
      const node = await this.#node(extents, depth);
      if (node !== undefined && !children.has(node.name)) children.set(node.name, node);
    }
    return { kind: 'directory', name, modified: record.modified, children };
  }

  /** The file, directory or link that one or several records are; undefined for what is not to be seen. */
  async #node(records: readonly [DirectoryRecord, ...DirectoryRecord[]], depth: number): Promise<IsoNode | undefined> {
    const [first] = records;
    if (isSelfOrParent(first)) return undefined;
    const extra = this.#skip === undefined ? undefined : await this.#rockRidge(first);
    if (extra?.isRelocated) return undefined;
    const name = extra?.name ?? (this.descriptor.joliet ? utf16Name(first.identifier) : plainName(first.identifier));
    if (!usableName(name)) throw this.reader.damaged(`an entry has the name ${JSON.stringify(name)}`);
    const modified = extra?.modified ?? first.modified;
    if (extra?.childLink !== undefined) return this.#directory(name, await this.#self(extra.childLink), depth + 1);
    if (extra?.target !== undefined) return { kind: 'symlink', name, target: extra.target, modified };
    if (first.isDirectory) return this.#directory(name, first, depth + 1);
    const extents = records.filter(({ size }) => size > 0).map((record) => this.#extent(record, name));
    const size = extents.reduce((sum, { length }) => sum + length, 0);
    return { kind: 'file', name, size, extents, modified, ...(extra?.isCompressed ? { compressed: true } : {}) };
  }

  #extent({ location, size }: DirectoryRecord, name: string) {
    const offset = location * this.descriptor.blockSize;
    this.reader.requireInside(offset, size, `the file ${JSON.stringify(name)}`);
    return { offset, length: size };
  }

  #rockRidge(record: DirectoryRecord): Promise<RockRidge> {
    return readRockRidge(record.systemUse, this.#skip ?? 0, this.descriptor.blockSize, this.reader);
  }

  /** The record that a directory has of itself: the first one in it. */
  async #self(location: number): Promise<DirectoryRecord> {
    const record = parseRecord(await this.#bytes(location, 255), this.reader);
    return { ...record, location };
  }

  #bytes(location: number, length: number): Promise<Buffer> {
    return this.reader.read(location * this.descriptor.blockSize, length, 'a directory');
  }
}

/** Puts the records of a file of several extents together: they stand one behind the other (ECMA-119 §6.5.1). */
function* files(records: Iterable<DirectoryRecord>): Generator<[DirectoryRecord, ...DirectoryRecord[]]> {
  let open: [DirectoryRecord, ...DirectoryRecord[]] | undefined;
  for (const record of records) {
    const goesOn = open?.[0].identifier.equals(record.identifier);
    if (open !== undefined && goesOn) open.push(record);
    else {
      if (open !== undefined) yield open;
      open = [record];
    }
    if (record.hasMoreExtents) continue;
    yield open;
    open = undefined;
  }
  if (open !== undefined) yield open;
}

function isSelfOrParent({ identifier }: DirectoryRecord): boolean {
  return identifier.length === 1 && (identifier[0] === 0 || identifier[0] === 1);
}
