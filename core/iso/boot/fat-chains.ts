import { damaged, unsupported } from '../failures.js';
import type { ImageReader } from '../image-reader.js';
import { MAX_DIRECTORY_BYTES, MAX_FAT_BYTES, MAX_FAT_EXTENTS } from '../limits.js';
import { appendExtent, type Extent } from '../tree.js';
import type { FatGeometry } from './fat-geometry.js';

/** The chains of clusters that files and directories of one FAT file system consist of. */
export class FatChains {
  readonly #geometry: FatGeometry;
  readonly #table: Buffer;
  /** Each cluster is in one chain at most, which bounds all chains together and finds the loops. */
  readonly #used: Uint8Array;
  #extents = 0;

  private constructor(geometry: FatGeometry, table: Buffer) {
    this.#geometry = geometry;
    this.#table = table;
    this.#used = new Uint8Array(geometry.clusters.count + 2);
  }

  static async read(reader: ImageReader, geometry: FatGeometry): Promise<FatChains> {
    const { table, bits, clusters } = geometry;
    const needed = Math.min(table.length, Math.ceil(((clusters.count + 2) * bits) / 8));
    if (needed > MAX_FAT_BYTES) throw unsupported(`its allocation table takes ${needed} bytes`);
    return new FatChains(geometry, await reader.read(table.offset, needed));
  }

  /** Where a file lies. Clusters that a chain has beyond the size of its file are left alone. */
  file(first: number, size: number, name: string): Extent[] {
    const extents: Extent[] = [];
    let missing = size;
    for (const offset of this.#clusters(first, Math.ceil(size / this.#geometry.clusters.size))) {
      const length = Math.min(missing, this.#geometry.clusters.size);
      this.#append(extents, { offset, length });
      missing -= length;
    }
    if (missing > 0) throw damaged(`the clusters of ${name} end ${missing} bytes too early`);
    return extents;
  }

  /** A directory is as long as its chain. */
  directory(first: number): Extent[] {
    const { size } = this.#geometry.clusters;
    const extents: Extent[] = [];
    let length = 0;
    for (const offset of this.#clusters(first, Number.POSITIVE_INFINITY)) {
      length += size;
      if (length > MAX_DIRECTORY_BYTES) throw unsupported(`a directory takes more than ${MAX_DIRECTORY_BYTES} bytes`);
      this.#append(extents, { offset, length: size });
    }
    return extents;
  }

  /** The offsets of at most `limit` clusters from `first` to the end of its chain. */
  *#clusters(first: number, limit: number): Generator<number> {
    const { offset, size, count } = this.#geometry.clusters;
    for (let cluster = first, done = 0; done < limit && !this.#isEnd(cluster); done += 1) {
      if (cluster < 2 || cluster >= count + 2) throw damaged(`a chain leads to cluster ${cluster} of ${count}`);
      if (this.#used[cluster] !== 0) throw damaged(`cluster ${cluster} is in two chains, or twice in one: a loop`);
      this.#used[cluster] = 1;
      yield offset + (cluster - 2) * size;
      cluster = this.#next(cluster);
    }
  }

  /** The last cluster of a chain has one of the eight highest numbers as its next one. */
  #isEnd(cluster: number): boolean {
    const highest = { 12: 0xfff, 16: 0xffff, 32: 0x0fffffff }[this.#geometry.bits];
    return cluster > highest - 8 && cluster <= highest;
  }

  #next(cluster: number): number {
    switch (this.#geometry.bits) {
      case 12: {
        // Two entries share three bytes.
        const pair = this.#table.readUInt16LE(Math.floor((cluster * 3) / 2));
        return cluster % 2 === 0 ? pair & 0xfff : pair >> 4;
      }
      case 16:
        return this.#table.readUInt16LE(cluster * 2);
      case 32:
        // The four highest bits are reserved.
        return this.#table.readUInt32LE(cluster * 4) & 0x0fffffff;
    }
  }

  #append(extents: Extent[], extent: Extent): void {
    const before = extents.length;
    appendExtent(extents, extent);
    this.#extents += extents.length - before;
    if (this.#extents > MAX_FAT_EXTENTS) throw unsupported(`its files lie in more than ${MAX_FAT_EXTENTS} pieces`);
  }
}
