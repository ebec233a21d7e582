import { both32 } from './both-endian.js';
import { shortDate } from './directory-record.js';
import type { ImageReader } from './reader.js';

/** How many continuation areas one record may have, and bytes all of them. */
const mostContinuations = 32;
const mostBytes = 65_536;
/** PATH_MAX of Linux: longer targets of symbolic links work nowhere. */
const longestTarget = 4096;
const longestName = 1024;

/** What Rock Ridge says of one file (RRIP §4). */
export interface RockRidge {
  readonly name: string | undefined;
  /** Target of a symbolic link. */
  readonly target: string | undefined;
  readonly modified: Date | undefined;
  /** Block of a directory that was moved elsewhere because it lies too deep (CL, §4.1.5.1). */
  readonly childLink: number | undefined;
  /** This is where such a directory was moved to; it is to be passed over here (RE, §4.1.5.3). */
  readonly isRelocated: boolean;
  /** The content is compressed by zisofs (ZF). */
  readonly isCompressed: boolean;
}

/** One entry of a system use area: two letters, and the bytes behind the version (SUSP §4). */
interface Entry {
  readonly signature: string;
  readonly data: Buffer;
}

/**
 * How many bytes to pass over in each system use area but the first (SP, SUSP §5.3). Undefined when the root's own
 * record does not begin with SP: the image does not use the protocol.
 */
export function suspSkip(rootSelf: Buffer): number | undefined {
  // A disc in XA format has 14 bytes of its own in front (SUSP §5.3, note on CD-ROM XA).
  for (const at of [0, 14]) {
    const isSp = rootSelf.toString('latin1', at, at + 2) === 'SP' && rootSelf.length >= at + 7;
    if (isSp && rootSelf.readUInt16BE(at + 4) === 0xbeef) return rootSelf[at + 6];
  }
  return undefined;
}

/** Reads all entries of a record's system use area, with its continuations, and what they mean. */
export async function readRockRidge(
  area: Buffer,
  skip: number,
  blockSize: number,
  reader: ImageReader,
): Promise<RockRidge> {
  const meaning = new Meaning(reader, blockSize);
  for await (const entry of entries(area.subarray(skip), blockSize, reader)) meaning.add(entry);
  return meaning.result();
}

/** What the entries of one record add up to. */
class Meaning {
  readonly #names: Buffer[] = [];
  readonly #link = new LinkTarget();
  readonly #found: { -readonly [Field in keyof RockRidge]: RockRidge[Field] } = {
    name: undefined,
    target: undefined,
    modified: undefined,
    childLink: undefined,
    isRelocated: false,
    isCompressed: false,
  };

  constructor(
    private readonly reader: ImageReader,
    private readonly blockSize: number,
  ) {}

  add({ signature, data }: Entry): void {
    switch (signature) {
      case 'NM':
        this.#names.push(nameOf(data));
        break;
      case 'SL':
        this.#link.add(data);
        break;
      case 'TF':
        this.#found.modified = modificationTime(data);
        break;
      case 'CL':
        if (data.length >= 8) this.#found.childLink = both32(data, 0, this.reader.size / this.blockSize);
        break;
      case 'RE':
        this.#found.isRelocated = true;
        break;
      case 'ZF':
        this.#found.isCompressed = true;
    }
  }

  result(): RockRidge {
    const name = Buffer.concat(this.#names);
    const { target } = this.#link;
    if (name.length > longestName) throw this.reader.damaged(`a name of ${name.length} bytes`);
    if ((target?.length ?? 0) > longestTarget) throw this.reader.damaged('a symbolic link with an endless target');
    return { ...this.#found, name: name.length > 0 ? name.toString('utf8') : undefined, target };
  }
}

/** The entries in order; CE leads on to a further area when the one at hand is through (SUSP §5.1). */
async function* entries(first: Buffer, blockSize: number, reader: ImageReader): AsyncGenerator<Entry> {
  let area: Buffer | undefined = first;
  let bytes = 0;
  for (let count = 0; area !== undefined; count++) {
    let next: Buffer | undefined;
    for (const entry of parseEntries(area)) {
      if (entry.signature !== 'CE') yield entry;
      else next = entry.data;
    }
    if (next === undefined || next.length < 24) return;
    const length = both32(next, 16);
    bytes += length;
    if (count >= mostContinuations || bytes > mostBytes) throw reader.damaged('an endless chain of continuation areas');
    const offset = both32(next, 0, reader.size / blockSize) * blockSize + both32(next, 8);
    area = await reader.read(offset, length, 'a continuation area');
  }
}

/** Signature, length, version, data (SUSP §4). Ends at ST, at what is too short, or at the end of the area. */
function* parseEntries(area: Buffer): Generator<Entry> {
  for (let at = 0; at + 4 <= area.length; ) {
    const signature = area.toString('latin1', at, at + 2);
    const length = area[at + 2] ?? 0;
    if (length < 4 || at + length > area.length || signature === 'ST') return;
    yield { signature, data: area.subarray(at + 4, at + length) };
    at += length;
  }
}

/** NM: flags, then a part of the name. The flags for "." and ".." carry no name (RRIP §4.1.4). */
function nameOf(data: Buffer): Buffer {
  const flags = data[0] ?? 0;
  return (flags & 0x06) !== 0 ? Buffer.alloc(0) : data.subarray(1);
}

/** TF: flags say which times stand there, in a fixed order, in the short or the long form (RRIP §4.1.6). */
function modificationTime(data: Buffer): Date | undefined {
  const flags = data[0] ?? 0;
  const size = (flags & 0x80) !== 0 ? 17 : 7;
  const at = 1 + ((flags & 0x01) !== 0 ? size : 0);
  if ((flags & 0x02) === 0 || at + size > data.length) return undefined;
  const bytes = data.subarray(at, at + size);
  return size === 7 ? shortDate(bytes) : longDate(bytes);
}

/** `YYYYMMDDhhmmsscc` in digits and the offset from Greenwich in quarters of an hour (ECMA-119 §8.4.26.1). */
function longDate(bytes: Buffer): Date | undefined {
  const digits = bytes.toString('latin1', 0, 14);
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits)?.map(Number) ?? [];
  if (year === undefined || month === undefined) return undefined;
  return new Date(Date.UTC(year, month - 1, day, hour, (minute ?? 0) - bytes.readInt8(16) * 15, second));
}

/** SL: a path in components, over as many entries as it takes (RRIP §4.1.3). */
class LinkTarget {
  #parts: string[] = [];
  #continues = false;
  #found = false;

  add(data: Buffer): void {
    this.#found = true;
    for (let at = 1; at + 2 <= data.length; ) {
      const flags = data[at] ?? 0;
      const end = at + 2 + (data[at + 1] ?? 0);
      this.#component(flags, data.toString('utf8', at + 2, Math.min(end, data.length)));
      at = end;
    }
  }

  #component(flags: number, text: string): void {
    const part = (flags & 0x02) !== 0 ? '.' : (flags & 0x04) !== 0 ? '..' : (flags & 0x08) !== 0 ? '' : text;
    const last = this.#parts.length - 1;
    if (this.#continues && last >= 0) this.#parts[last] += part;
    else this.#parts.push(part);
    this.#continues = (flags & 0x01) !== 0;
  }

  /** The path with slashes; a root component is an empty first part. */
  get target(): string | undefined {
    if (!this.#found) return undefined;
    return this.#parts.length === 1 && this.#parts[0] === '' ? '/' : this.#parts.join('/');
  }
}
