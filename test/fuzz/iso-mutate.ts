import { otherNumber, overwrite, spoilText } from './bytes.js';
import { randomEntries } from './iso-entries.js';
import { type Field, SECTOR } from './iso-fields.js';
import { IsoMap } from './iso-map.js';
import type { Random } from './random.js';
import type { Seed } from './target.js';

type Mutation = (image: Mutated, random: Random) => void;

/** Changes of fields are chosen most often: they are what a reader acts on. */
const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  ...([changeField, changeField, changeField, changeField, changeField, changeField] as const),
  writeEntries,
  copyRegion,
  (image, random) => (random.oneIn(2) ? copySector : changeAnyByte)(image, random),
];

/** Makes one image: a seed with between one and about a dozen mutations, and now and then cut or grown. */
export function isoMutator(seeds: readonly Seed[]): (random: Random) => Uint8Array {
  const originals = seeds.map(({ bytes }) => new Original(Buffer.from(bytes)));
  return (random) => {
    const original = random.pickOf(originals);
    if (original === undefined) throw new Error('there is no image to begin with');
    const image = new Mutated(Buffer.from(original.map.bytes), original);
    do random.pick(MUTATIONS)(image, random);
    while (!random.oneIn(3));
    return random.oneIn(40) ? resized(image.bytes, random) : image.bytes;
  };
}

/** A seed with its map, and the numbers in it, which make the best wrong numbers elsewhere. */
class Original {
  readonly map: IsoMap;
  readonly fields: readonly (readonly Field[])[];
  readonly regions: readonly (readonly { offset: number; length: number }[])[];
  readonly numbers: readonly number[];

  constructor(bytes: Buffer) {
    const map = new IsoMap(bytes);
    this.map = map;
    const { descriptors, records, entries, tables, boot } = map;
    const weighed = [descriptors, records, records, records, entries, entries, entries, tables, boot];
    this.fields = weighed.map(({ all }) => all).filter((fields) => fields.length > 0);
    this.regions = [map.wholeRecords, map.systemUse, map.wholeEntries].filter((regions) => regions.length > 0);
    const numbers = [...records.all, ...entries.all].filter(({ kind }) => kind === 'both32');
    this.numbers = [...new Set(numbers.map(({ offset }) => bytes.readUInt32LE(offset))), bytes.length / SECTOR];
  }
}

class Mutated {
  constructor(
    readonly bytes: Buffer,
    readonly original: Original,
  ) {}
}

function changeField({ bytes, original }: Mutated, random: Random): void {
  const field = random.pickOf(random.pickOf(original.fields) ?? []);
  if (field !== undefined) writeField(bytes, field, original.numbers, random);
}

function writeField(bytes: Buffer, { kind, offset, length }: Field, numbers: readonly number[], random: Random): void {
  const other = (value: number) => otherNumber(value, numbers, random) >>> 0;
  switch (kind) {
    case 'both32':
      writeBoth(bytes, offset, 4, other(bytes.readUInt32LE(offset)), random);
      return;
    case 'both16':
      writeBoth(bytes, offset, 2, other(bytes.readUInt16LE(offset)) & 0xffff, random);
      return;
    case 'le32':
    case 'le16':
      bytes.writeUIntLE(other(bytes.readUIntLE(offset, length)) % 256 ** length, offset, length);
      return;
    case 'be32':
      bytes.writeUInt32BE(other(bytes.readUInt32BE(offset)), offset);
      return;
    case 'byte':
      bytes[offset] = other(bytes[offset] ?? 0);
      return;
    case 'flags':
      bytes[offset] = random.oneIn(4) ? random.below(256) : (bytes[offset] ?? 0) ^ (1 << random.below(8));
      return;
    case 'signature':
      bytes.write(random.pick(SIGNATURES), offset, 'latin1');
      return;
    case 'text':
      spoilText(bytes.subarray(offset, offset + length), random);
  }
}

const SIGNATURES = 'CE CL PL RE NM SL PX PN TF SP ST PD ER ES RR ZF SF AA \0\0'.split(' ') as [string, ...string[]];

/** Both halves of a number, or only one, so that they disagree. */
function writeBoth(bytes: Buffer, offset: number, size: number, value: number, random: Random): void {
  const halves = random.below(6);
  if (halves !== 0) bytes.writeUIntLE(value, offset, size);
  if (halves !== 1) bytes.writeUIntBE(value, offset + size, size);
}

/** Puts made-up entries into a system use field, or into any sector with metadata, where a CE may lead. */
function writeEntries({ bytes, original }: Mutated, random: Random): void {
  const { systemUse, sectors } = original.map;
  const field = random.oneIn(4) ? undefined : random.pickOf(systemUse);
  const start = field?.offset ?? (random.pickOf(sectors) ?? 0) * SECTOR;
  bytes.set(randomEntries(field?.length ?? 1 + random.below(SECTOR), original.map.sectors, random), start);
}

function copyRegion({ bytes, original }: Mutated, random: Random): void {
  const regions = random.pickOf(original.regions) ?? [];
  const [from, to] = [random.pickOf(regions), random.pickOf(regions)];
  if (from !== undefined && to !== undefined) overwrite(bytes, from, to);
}

function copySector({ bytes, original }: Mutated, random: Random): void {
  const [from, to] = [random.pickOf(original.map.sectors) ?? 0, random.pickOf(original.map.sectors) ?? 0];
  if (random.oneIn(8)) bytes.fill(0, to * SECTOR, (to + 1) * SECTOR);
  else bytes.copyWithin(to * SECTOR, from * SECTOR, (from + 1) * SECTOR);
}

function changeAnyByte({ bytes, original }: Mutated, random: Random): void {
  const sector = random.pickOf(original.map.sectors) ?? 0;
  bytes[sector * SECTOR + random.below(SECTOR)] = random.below(256);
}

function resized(bytes: Buffer, random: Random): Uint8Array {
  if (random.oneIn(4)) return Buffer.concat([bytes, Buffer.alloc(random.below(4) * SECTOR + 1)]);
  const length = random.below(bytes.length);
  return bytes.subarray(0, random.oneIn(2) ? length : length - (length % SECTOR));
}
