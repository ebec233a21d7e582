import { damaged, quote, unsupported } from '../failures.js';
import type { ImageReader } from '../image-reader.js';
import { MAX_DEPTH, MAX_RECORDS } from '../limits.js';
import type { Extent, IsoDirectory, IsoNode } from '../tree.js';
import { FatChains } from './fat-chains.js';
import { type FatEntry, fatEntries } from './fat-directory.js';
import type { FatGeometry } from './fat-geometry.js';

/** All files of a FAT file system as a directory of this name. Throws nothing but a SerabutError. */
export async function readFatTree(reader: ImageReader, geometry: FatGeometry, name: string): Promise<IsoDirectory> {
  const builder = new FatTreeBuilder(reader, geometry, await FatChains.read(reader, geometry));
  return builder.root(name);
}

class FatTreeBuilder {
  #records = 0;

  constructor(
    private readonly reader: ImageReader,
    private readonly geometry: FatGeometry,
    private readonly chains: FatChains,
  ) {}

  root(name: string): Promise<IsoDirectory> {
    const { root } = this.geometry;
    const extents = 'cluster' in root ? this.chains.directory(root.cluster) : [root];
    return this.#directory(name, new Date(0), extents, []);
  }

  async #directory(
    name: string,
    modified: Date,
    extents: readonly Extent[],
    path: readonly string[],
  ): Promise<IsoDirectory> {
    if (path.length > MAX_DEPTH) throw unsupported(`its directories lie more than ${MAX_DEPTH} deep`);
    const stretches: Buffer[] = [];
    for (const { offset, length } of extents) stretches.push(await this.reader.read(offset, length));
    const children = new Map<string, IsoNode>();
    for (const entry of fatEntries(Buffer.concat(stretches))) {
      this.#records += 1;
      if (this.#records > MAX_RECORDS) throw unsupported(`it holds more than ${MAX_RECORDS} files`);
      if (!children.has(entry.name)) children.set(entry.name, await this.#node(entry, [...path, entry.name]));
    }
    return { kind: 'directory', name, modified, children, ignoresCase: true };
  }

  async #node({ name, isDirectory, size, modified, ...entry }: FatEntry, path: readonly string[]): Promise<IsoNode> {
    // Only FAT32 has numbers of more than sixteen bits; elsewhere the other half holds something else.
    const cluster = this.geometry.bits === 32 ? entry.cluster : entry.cluster % 0x10000;
    if (!isDirectory) {
      return { kind: 'file', name, size, modified, extents: this.chains.file(cluster, size, quote(path.join('/'))) };
    }
    const extents = this.chains.directory(cluster);
    if (extents.length === 0) throw damaged(`the directory ${quote(path.join('/'))} has no cluster`);
    return this.#directory(name, modified, extents, path);
  }
}
