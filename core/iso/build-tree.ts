import { directoryFiles, directoryRecords, type FileRecords } from './directory.js';
import { type DirectoryRecord, extentOf, isSelfOrParent, parseDirectoryRecord } from './directory-record.js';
import { damaged, quote, unsupported } from './failures.js';
import type { ImageReader } from './image-reader.js';
import { MAX_DEPTH, MAX_DIRECTORY_BYTES, MAX_RECORDS, SECTOR } from './limits.js';
import type { Description } from './rock-ridge.js';
import { appendExtent, type Extent, type IsoDirectory, type IsoFile, type IsoNode } from './tree.js';

/** Names and kinds of records: by Rock Ridge, by Joliet, or as ECMA-119 has them. */
export type Describe = (record: DirectoryRecord) => Description | Promise<Description>;

/** Reads all directories of a volume into a tree. Serves one tree only, because it counts. */
export class TreeBuilder {
  readonly #visited = new Set<number>();
  #records = 0;
  #files = 0;

  constructor(
    private readonly reader: ImageReader,
    private readonly blockSize: number,
    private readonly describe: Describe,
  ) {}

  get fileCount(): number {
    return this.#files;
  }

  root(record: DirectoryRecord): Promise<IsoDirectory> {
    const extent = extentOf(record, this.#geometry, '/');
    return this.#directory({ name: '', modified: record.modified, kind: 'directory' }, extent, []);
  }

  get #geometry(): { blockSize: number; fileSize: number } {
    return { blockSize: this.blockSize, fileSize: this.reader.size };
  }

  async #directory({ name, modified }: Description, extent: Extent, path: readonly string[]): Promise<IsoDirectory> {
    const children = new Map<string, IsoNode>();
    const bytes = await this.#directoryBytes(extent, path.join('/'));
    for (const records of directoryFiles(this.#counted(directoryRecords(bytes, extent, this.#geometry)))) {
      const description = await this.describe(records[0]);
      // Of two records with one name the first counts: ECMA-119 §9.3 puts the highest version first.
      if (description.kind === 'hidden' || children.has(description.name)) continue;
      children.set(description.name, await this.#node(records, description, [...path, description.name]));
    }
    return { kind: 'directory', name, modified, children };
  }

  *#counted(records: Iterable<DirectoryRecord>): Generator<DirectoryRecord> {
    for (const record of records) {
      this.#records += 1;
      if (this.#records > MAX_RECORDS) throw unsupported(`it holds more than ${MAX_RECORDS} directory records`);
      yield record;
    }
  }

  async #directoryBytes(extent: Extent, path: string): Promise<Buffer> {
    const { offset, length } = extent;
    if (length > MAX_DIRECTORY_BYTES) throw unsupported(`the directory ${quote(path)} takes ${length} bytes`);
    if (length > 0 && this.#visited.has(offset))
      throw damaged(`the directory ${quote(path)} is in the image twice: a loop`);
    this.#visited.add(offset);
    return this.reader.read(offset, length);
  }

  async #node(records: FileRecords, description: Description, path: readonly string[]): Promise<IsoNode> {
    const { name, modified, kind, target } = description;
    if (kind === 'symlink' && target !== undefined) return { kind, name, target, modified };
    if (kind !== 'directory') return this.#file(records, description, path.join('/'));
    if (path.length > MAX_DEPTH) throw unsupported(`directories lie more than ${MAX_DEPTH} deep`);
    if (records.length > 1) throw damaged(`the directory ${quote(path.join('/'))} has several extents`);
    return this.#directory(description, await this.#directoryExtent(records[0], description, path.join('/')), path);
  }

  async #directoryExtent(record: DirectoryRecord, { childLink }: Description, path: string): Promise<Extent> {
    if (childLink === undefined) return extentOf(record, this.#geometry, path);
    // RRIP §4.1.5.1: CL says only where a relocated directory begins; its own first record says how long it is.
    // Its PL, which leads back, is not needed: the path by which it was reached says what its parent is.
    const offset = childLink * this.blockSize;
    const self = parseDirectoryRecord(await this.reader.read(offset, SECTOR - (offset % SECTOR)), this.#geometry);
    if (!isSelfOrParent(self)) throw damaged(`${quote(path)} was relocated to where there is no directory`);
    return { offset, length: extentOf(self, this.#geometry, path).length };
  }

  #file(records: FileRecords, { name, modified, compressed }: Description, path: string): IsoFile {
    this.#files += 1;
    const extents: Extent[] = [];
    for (const record of records) {
      // The location of an empty file means nothing: programs record any number there.
      if (record.dataLength > 0) appendExtent(extents, extentOf(record, this.#geometry, path));
    }
    const size = extents.reduce((sum, { length }) => sum + length, 0);
    return { kind: 'file', name, size, extents, modified, ...(compressed && { compressed }) };
  }
}
