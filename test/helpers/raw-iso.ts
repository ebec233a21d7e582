import { SECTOR } from '../../core/iso/limits.js';
import { both16, both32, text } from '../../core/iso/write/fields.js';
import { entry, indicator } from '../../core/iso/write/rock-ridge.js';

/** A directory record, field by field: nothing that is asked for is corrected. */
export interface RawRecord {
  readonly name: string | Uint8Array;
  readonly location?: number;
  readonly length?: number;
  readonly flags?: number;
  readonly extendedAttributes?: number;
  readonly unitSize?: number;
  readonly systemUse?: Uint8Array;
}

/** ECMA-119 §9.1. */
export function rawRecord({
  name,
  location = 0,
  length = 0,
  systemUse = Buffer.alloc(0),
  ...fields
}: RawRecord): Buffer {
  const identifier = Buffer.from(name);
  const use = 33 + identifier.length + ((identifier.length + 1) % 2);
  const record = Buffer.alloc(use + systemUse.length + ((use + systemUse.length) % 2));
  record[0] = record.length;
  record[1] = fields.extendedAttributes ?? 0;
  both32(record, 2, location);
  both32(record, 10, length);
  record.set([126, 0, 2, 3, 4, 5, 0, fields.flags ?? 0, fields.unitSize ?? 0], 18);
  both16(record, 28, 1);
  record[32] = identifier.length;
  record.set(identifier, 33);
  record.set(systemUse, use);
  return record;
}

/** A directory of records, none across two sectors, after those for itself and its parent. */
export function rawDirectory(records: readonly Uint8Array[], self: Partial<RawRecord> = {}): Buffer {
  const own = [rawRecord({ flags: 2, ...self, name: '\0' }), rawRecord({ name: '\x01', flags: 2 })];
  const parts: Uint8Array[] = [];
  let used = 0;
  for (const record of [...own, ...records]) {
    const room = SECTOR - (used % SECTOR);
    if (record.length > room) parts.push(Buffer.alloc(room));
    used += record.length > room ? room + record.length : record.length;
    parts.push(record);
  }
  return Buffer.concat([...parts, Buffer.alloc((SECTOR - (used % SECTOR)) % SECTOR)]);
}

const FIRST_FREE = 20;

/** Where `rawIso` puts the root directory. */
export const ROOT = FIRST_FREE;

export interface RawIso {
  readonly root: Uint8Array;
  /** What lies in other sectors. */
  readonly sectors?: Readonly<Record<number, Uint8Array>>;
  /** Descriptors after the primary one; the terminator is not added to them. */
  readonly descriptors?: readonly Uint8Array[];
}

/** An image with a root directory in sector 20, and whatever else is put into other sectors. */
export function rawIso({ root, sectors = {}, descriptors = [terminator] }: RawIso): Buffer {
  const parts: [number, Uint8Array][] = [
    ...descriptors.map((bytes, index): [number, Uint8Array] => [17 + index, bytes]),
    [ROOT, root],
    ...Object.entries(sectors).map(([sector, bytes]): [number, Uint8Array] => [Number(sector), bytes]),
  ];
  const end = Math.max(...parts.map(([sector, bytes]) => sector + Math.ceil(bytes.length / SECTOR)));
  const image = Buffer.alloc(end * SECTOR);
  image.set(rawDescriptor(1, { name: '\0', flags: 2, location: ROOT, length: root.length }, end), 16 * SECTOR);
  for (const [sector, bytes] of parts) image.set(bytes, sector * SECTOR);
  return image;
}

const terminator = Buffer.from('\xffCD001\x01', 'latin1');

/** ECMA-119 §8.4 and §8.5, what readers look at. */
export function rawDescriptor(type: 1 | 2, root: RawRecord, sectors: number, escapes = ''): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.set([type, ...text('CD001'), 1]);
  bytes.fill(' ', 40, 72);
  both32(bytes, 80, sectors);
  bytes.set(text(escapes), 88);
  both16(bytes, 128, SECTOR);
  bytes.set(rawRecord(root), 156);
  return bytes;
}

/** What the root's record of itself has where Rock Ridge is used. */
export const rockRidge = Buffer.concat(indicator());

/** A system use entry of numbers in both byte orders, such as CE, CL and PX. */
export function numbers(signature: string, ...values: readonly number[]): Buffer {
  const data = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) both32(data, index * 8, value);
  return entry(signature, data);
}

export function nameEntry(name: string | Uint8Array, flags = 0): Buffer {
  return entry('NM', [flags, ...Buffer.from(name)]);
}
