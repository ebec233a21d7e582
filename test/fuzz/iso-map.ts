import { FieldList, type Region, SECTOR } from './iso-fields.js';
import { mapBootCatalog, mapPartitions } from './iso-map-boot.js';
import { mapEntries } from './iso-map-entries.js';

/**
 * Where in an image the numbers, names and flags are that its reader acts on. Made from images that are as they should be;
 * it trusts them.
 */
export class IsoMap {
  readonly descriptors: FieldList;
  readonly records: FieldList;
  readonly entries: FieldList;
  readonly tables: FieldList;
  readonly boot: FieldList;
  /** Whole directory records, their system use fields, and the entries of these. */
  readonly wholeRecords: Region[] = [];
  readonly systemUse: Region[] = [];
  readonly wholeEntries: Region[] = [];
  /** Whole sectors that hold any field. */
  readonly sectors: readonly number[];
  blockSize = SECTOR;
  readonly #directories = new Set<number>();

  constructor(readonly bytes: Buffer) {
    const list = () => new FieldList(bytes.length);
    [this.descriptors, this.records, this.entries, this.tables, this.boot] = [list(), list(), list(), list(), list()];
    for (let sector = 16; this.#isDescriptor(sector); sector += 1) this.#descriptor(sector * SECTOR);
    mapPartitions(bytes, this.boot);
    const fields = [this.descriptors, this.records, this.entries, this.tables, this.boot].flatMap(({ all }) => all);
    const sectors = new Set(fields.map(({ offset }) => Math.floor(offset / SECTOR)));
    this.sectors = [...sectors].filter((sector) => (sector + 1) * SECTOR <= bytes.length);
  }

  #isDescriptor(sector: number): boolean {
    return this.bytes.toString('latin1', sector * SECTOR + 1, sector * SECTOR + 6) === 'CD001';
  }

  /** ECMA-119 §8.4 and §8.5. */
  #descriptor(at: number): void {
    const type = this.bytes[at];
    this.descriptors
      .add('byte', at)
      .add('text', at + 1, 5)
      .add('byte', at + 6);
    if (type === 0) mapBootCatalog(this.bytes, at, this.boot);
    if (type !== 1 && type !== 2) return;
    this.descriptors
      .add('text', at + 40, 32)
      .add('both32', at + 80)
      .add('text', at + 88, 32);
    this.descriptors.addMany('both16', [at + 120, at + 124, at + 128]);
    this.descriptors
      .add('both32', at + 132)
      .add('le32', at + 140)
      .add('be32', at + 148);
    this.#pathTable(this.bytes.readUInt32LE(at + 140) * this.blockSize, this.bytes.readUInt32LE(at + 132));
    this.#recordFields(at + 156, 34);
    this.#directory(at + 156);
  }

  /** §9.4; the little-endian one. */
  #pathTable(start: number, length: number): void {
    for (let at = start; at < start + length; ) {
      const named = this.bytes[at] ?? 1;
      this.tables
        .addMany('byte', [at, at + 1])
        .add('le32', at + 2)
        .add('le16', at + 6);
      this.tables.add('text', at + 8, named);
      at += 8 + named + (named % 2);
    }
  }

  /** The directory that the record at `record` is of, and all below. */
  #directory(record: number): void {
    const start = this.bytes.readUInt32LE(record + 2) * this.blockSize;
    const end = start + this.bytes.readUInt32LE(record + 10);
    if (this.#directories.has(start)) return;
    this.#directories.add(start);
    for (let at = start; at < end; ) {
      const length = this.bytes[at] ?? 0;
      if (length > 0) this.#record(at, length);
      at = length > 0 ? at + length : (Math.floor(at / SECTOR) + 1) * SECTOR;
    }
  }

  #record(at: number, length: number): void {
    this.wholeRecords.push({ offset: at, length });
    this.#recordFields(at, length);
    if (((this.bytes[at + 25] ?? 0) & 0x02) !== 0) this.#directory(at);
  }

  /** §9.1. */
  #recordFields(at: number, length: number): void {
    const named = this.bytes[at + 32] ?? 1;
    this.records.addMany('byte', [at, at + 1, at + 26, at + 27, at + 32]);
    this.records
      .addMany('both32', [at + 2, at + 10])
      .add('text', at + 18, 7)
      .add('flags', at + 25);
    this.records.add('both16', at + 28).add('text', at + 33, named);
    const use = at + 33 + named + ((named + 1) % 2);
    if (use >= at + length) return;
    this.systemUse.push({ offset: use, length: at + length - use });
    mapEntries(this, use, at + length);
  }
}
