import { SECTOR } from '../limits.js';
import type { Entry } from './entry.js';
import { both16, both32, type LocationGap, roundUp, shortDate, text } from './fields.js';
import { indicator, rockRidgeEntries } from './rock-ridge.js';

/** What an entry is called in a tree; `taken` counts the names that its directory has already. */
export type Identify = (entry: Entry, taken: Map<string, number>) => Buffer;

export interface PlanOptions {
  readonly rockRidge: boolean;
  /** Which of the trees that share one image's files this is. */
  readonly kind: string;
  readonly identify: Identify;
  /** Files larger than this, a multiple of 2048, are recorded as several extents. */
  readonly splitAbove: number;
  readonly modified: Date;
  readonly blockSize: number;
}

interface Continuation {
  readonly chunk: Buffer;
  readonly gap: { bytes: Buffer; offset: number };
}

/** A record whose location is still missing, and which part of the entry's content it is. */
interface Slot {
  readonly record: Buffer;
  readonly entry: Entry;
  readonly start: number;
  readonly length: number | undefined;
}

export interface DirectoryPlan {
  readonly bytes: Buffer;
  readonly subdirectories: readonly Entry[];
  readonly identifier: Buffer;
  readonly continuations: readonly Continuation[];
  /** Writes all locations into `bytes`, once the entries have theirs. */
  readonly resolve: () => void;
}

/** The identifiers that the parents gave their directories, for the path tables. */
const identifiers = new WeakMap<Entry, Record<string, Buffer>>();

const ROOT = Buffer.from([0]);

export function planDirectory(entry: Entry, parent: Entry, options: PlanOptions): DirectoryPlan {
  const tree = options.kind;
  const named = identified([...(entry.children?.values() ?? [])], options);
  for (const { child, identifier } of named) {
    identifiers.set(child, { ...identifiers.get(child), [tree]: identifier });
  }
  const continuations: Continuation[] = [];
  const slots = [
    slot(entry, Buffer.from([0]), options, continuations, entry === parent ? indicator() : []),
    slot(parent, Buffer.from([1]), options, continuations, []),
    ...named.flatMap(({ child, identifier }) => fileSlots(child, identifier, options, continuations)),
  ];
  const packed = pack(slots, options.blockSize);
  return {
    bytes: packed.bytes,
    subdirectories: named.map(({ child }) => child).filter((child) => child.children !== undefined),
    identifier: identifiers.get(entry)?.[tree] ?? ROOT,
    continuations: continuations.map(({ chunk, gap }) => ({ chunk, gap: packed.moved(gap) })),
    resolve: () => packed.resolve(tree),
  };
}

/** Puts continuation areas (SUSP §5.1) into sectors, none across two. */
export function continuationSectors(continuations: readonly Continuation[]): (LocationGap & { bytes: Buffer })[] {
  const result: { bytes: Buffer; gaps: { bytes: Buffer; offset: number }[] }[] = [];
  let used = SECTOR;
  for (const { chunk, gap } of continuations) {
    if (used + chunk.length > SECTOR) {
      result.push({ bytes: Buffer.alloc(SECTOR), gaps: [] });
      used = 0;
    }
    const sector = result.at(-1);
    sector?.bytes.set(chunk, used);
    sector?.gaps.push(gap);
    both32(gap.bytes, gap.offset + 8, used);
    both32(gap.bytes, gap.offset + 16, chunk.length);
    used += chunk.length;
  }
  return result;
}

function identified(children: Entry[], { identify, rockRidge }: PlanOptions): { child: Entry; identifier: Buffer }[] {
  const shown = children.filter((child) => rockRidge || child.symlink === undefined);
  const taken = new Map<string, number>();
  const named = shown.map((child) => ({
    child,
    identifier: identify(child, taken),
  }));
  const version = (identifier: Buffer) => identifier.toString('latin1').replace(/;1$/, '');
  return named.sort((a, b) => (version(a.identifier) < version(b.identifier) ? -1 : 1));
}

/** ECMA-119 §7.5 and §7.6: upper case, at most thirty characters, unique in its directory. */
export function plainIdentifier({ name, children }: Entry, taken: Map<string, number>): Buffer {
  const clean = (part: string, length: number) =>
    part
      .toUpperCase()
      .replace(/[^A-Z0-9_]/g, '_')
      .slice(0, length);
  const dot = children === undefined ? name.lastIndexOf('.') : -1;
  const stem = clean(dot > 0 ? name.slice(0, dot) : name, 20);
  const tail = children !== undefined ? '' : `.${dot > 0 ? clean(name.slice(dot + 1), 6) : ''};1`;
  for (let count = taken.get(stem + tail) ?? 0; ; count += 1) {
    const identifier = (count === 0 ? stem : stem.slice(0, 20 - `${count}`.length) + count) + tail;
    taken.set(stem + tail, count + 1);
    if (count > 0 && taken.has(identifier)) continue;
    taken.set(identifier, Math.max(1, taken.get(identifier) ?? 0));
    return text(identifier);
  }
}

/** One record; for a file that is larger than `splitAbove`, several. */
function fileSlots(entry: Entry, identifier: Buffer, options: PlanOptions, continuations: Continuation[]): Slot[] {
  const size = entry.size ?? 0;
  if (size <= options.splitAbove) return [slot(entry, identifier, options, continuations, [])];
  const starts = Array.from({ length: Math.ceil(size / options.splitAbove) }, (_, index) => index * options.splitAbove);
  return starts.map((start) => {
    const part = slot(entry, identifier, options, continuations, []);
    const length = Math.min(options.splitAbove, size - start);
    if (start + length < size) part.record[25] = 0x80;
    return { ...part, start, length };
  });
}

/** ECMA-119 §9.1. */
function slot(entry: Entry, identifier: Buffer, options: PlanOptions, more: Continuation[], first: Buffer[]): Slot {
  const entries = options.rockRidge ? [...first, ...rockRidgeEntries(entry, identifier, options.modified)] : [];
  const base = 33 + identifier.length + ((identifier.length + 1) % 2);
  const { field, rest } = fit(entries, 254 - base);
  const record = Buffer.alloc(base + field.length + ((base + field.length) % 2));
  record[0] = record.length;
  record.set(shortDate(options.modified), 18);
  if (entry.children !== undefined || entry.name === '') record[25] = 0x02;
  both16(record, 28, 1);
  record[32] = identifier.length;
  record.set(identifier, 33);
  record.set(field, base);
  if (rest.length > 0) more.push({ chunk: rest, gap: { bytes: record, offset: base + field.length - 24 } });
  return { record, entry, start: 0, length: undefined };
}

/** As many entries as there is room for; the rest goes into a continuation area, named by a CE entry at the end. */
function fit(entries: readonly Buffer[], room: number): { field: Buffer; rest: Buffer } {
  const all = Buffer.concat(entries);
  if (all.length <= room) return { field: all, rest: Buffer.alloc(0) };
  const sizeUpTo = (index: number) => entries.slice(0, index + 1).reduce((sum, entry) => sum + entry.length, 0);
  const overflow = entries.findIndex((_, index) => sizeUpTo(index) > room - 28);
  const rest = Buffer.concat(entries.slice(overflow));
  if (rest.length > SECTOR) throw new RangeError('a name and a link together of more than 2048 bytes are not written');
  return { field: Buffer.concat([...entries.slice(0, overflow), Buffer.from('CE\x1c\x01'), Buffer.alloc(24)]), rest };
}

/** Puts records into sectors, none across two (§6.8.1.1). */
function pack(slots: readonly Slot[], blockSize: number) {
  const placed = new Map<Buffer, number>();
  let end = 0;
  for (const { record } of slots) {
    if ((end % SECTOR) + record.length > SECTOR) end = roundUp(end, SECTOR);
    placed.set(record, end);
    end += record.length;
  }
  const bytes = Buffer.alloc(roundUp(end, SECTOR));
  for (const [record, position] of placed) bytes.set(record, position);
  const resolve = (tree: string) => {
    for (const { record, entry, start, length } of slots) {
      const location = entry.children === undefined && entry.name !== '' ? entry.locations.data : entry.locations[tree];
      both32(bytes, (placed.get(record) ?? 0) + 2, (location?.block ?? 0) + start / blockSize);
      both32(bytes, (placed.get(record) ?? 0) + 10, length ?? location?.length ?? 0);
    }
  };
  const moved = (gap: Continuation['gap']) => ({ bytes, offset: (placed.get(gap.bytes) ?? 0) + gap.offset });
  return { bytes, resolve, moved };
}
