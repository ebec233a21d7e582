import { longDate, shortDate } from './dates.js';
import { type DirectoryRecord, isSelfOrParent } from './directory-record.js';
import { damaged } from './failures.js';
import { MAX_NAME_BYTES } from './limits.js';
import { checkedName, decodeText, plainName } from './names.js';
import { bothEndian32 } from './numbers.js';
import { symlinkTarget } from './symlink-target.js';
import { parseSystemUse, type SystemUseContext, type SystemUseEntry, systemUseEntries } from './system-use.js';

/** What a directory record is about, whichever naming it was read by. */
export interface Description {
  readonly name: string;
  readonly modified: Date;
  readonly kind: 'file' | 'directory' | 'symlink' | 'hidden';
  readonly target?: string;
  readonly compressed?: 'zisofs' | 'sparse';
  /** Where a relocated directory really is (RRIP §4.1.5.1), in blocks. */
  readonly childLink?: number;
}

/** RRIP §4.3, the identifiers that ER announces it by: version 1.09, 1.12, and the draft of the standard. */
const EXTENSIONS = ['RRIP_1991A', 'IEEE_P1282', 'IEEE_1282'];

/** RRIP §4.1.4.1, flags of NM: continued; the name is `.`; the name is `..`. */
const NAME_CONTINUES = 0x01;
const NAME_IS_SPECIAL = 0x06;

/** RRIP §4.1.6, flags of TF. */
const HAS_CREATION = 0x01;
const HAS_MODIFICATION = 0x02;
const LONG_FORM = 0x80;

/** RRIP §4.1.1, file types within the mode of PX. */
const TYPE_MASK = 0o170000;
const SYMLINK = 0o120000;
const STORED_TYPES = [0, 0o040000, 0o100000];

/**
 * SUSP §5.3: the first record of the root begins with SP where SUSP is used, after 14 bytes of CD-XA data on such discs.
 * Returns how many bytes to skip in all other records; undefined if Rock Ridge is not used.
 */
export async function rockRidgeSkip(rootSelf: DirectoryRecord, context: SystemUseContext): Promise<number | undefined> {
  if (!isSelfOrParent(rootSelf)) return undefined;
  const start = [0, 14].find((offset) => rootSelf.systemUse.toString('latin1', offset, offset + 2) === 'SP');
  if (start === undefined) return undefined;
  const field = rootSelf.systemUse.subarray(start);
  const indicator = parseSystemUse(field)[0]?.bytes;
  if (indicator === undefined || indicator.length < 7 || indicator.readUInt16BE(4) !== 0xbeef) return undefined;
  const entries = await systemUseEntries(field, context);
  return entries.some(announcesRockRidge) ? indicator.readUInt8(6) : undefined;
}

/** ER (SUSP §5.5), or PX or the RR of version 1.09, since some programs leave ER out. */
function announcesRockRidge({ signature, bytes }: SystemUseEntry): boolean {
  if (signature === 'PX' || signature === 'RR') return true;
  if (signature !== 'ER' || bytes.length < 8) return false;
  return EXTENSIONS.includes(bytes.toString('latin1', 8, 8 + bytes.readUInt8(4)));
}

/** What a record is by its Rock Ridge entries. */
export async function describeByRockRidge(record: DirectoryRecord, context: SystemUseContext): Promise<Description> {
  const entries = await systemUseEntries(record.systemUse.subarray(context.skip), context);
  const all = (signature: string) => entries.filter((entry) => entry.signature === signature).map(({ bytes }) => bytes);
  const childLink = first(all('CL'), 12);
  const links = all('SL');
  const kind = kindOf(record, first(all('PX'), 12), links.length > 0, childLink !== undefined);
  // RRIP §4.1.5.3: RE marks the place where a relocated directory was moved to; it is shown where CL points from.
  const hidden = all('RE').length > 0;
  return {
    name: nameOf(all('NM')) ?? plainName(record.identifier),
    modified: modificationOf(all('TF')) ?? record.modified,
    kind: hidden ? 'hidden' : kind,
    ...(kind === 'symlink' && !hidden && { target: symlinkTarget(links) }),
    ...(all('ZF').length > 0 && { compressed: 'zisofs' as const }),
    ...(all('SF').length > 0 && { compressed: 'sparse' as const }),
    ...(childLink && { childLink: bothEndian32(childLink, 4) }),
  };
}

/** The first entry of a kind, which has at least `length` bytes. */
function first(entries: readonly Buffer[], length: number): Buffer | undefined {
  const [entry] = entries;
  if (entry !== undefined && entry.length < length)
    throw damaged(`a Rock Ridge entry of ${entry.length} bytes is too short`);
  return entry;
}

function kindOf(record: DirectoryRecord, px: Buffer | undefined, links: boolean, moved: boolean): Description['kind'] {
  if (moved || record.isDirectory) return 'directory';
  const type = px === undefined ? 0 : bothEndian32(px, 4) & TYPE_MASK;
  if (links && (type === 0 || type === SYMLINK)) return 'symlink';
  // Devices, pipes and sockets (and links without a target) have no content to serve.
  return STORED_TYPES.includes(type) ? 'file' : 'hidden';
}

/** RRIP §4.1.4: the pieces of the name up to the first that is not continued. */
function nameOf(entries: readonly Buffer[]): string | undefined {
  const pieces: Buffer[] = [];
  for (const entry of entries) {
    const flags = entry[4] ?? 0;
    if ((flags & NAME_IS_SPECIAL) !== 0) throw damaged('a file is named "." or ".." by its NM entry');
    pieces.push(entry.subarray(5));
    if ((flags & NAME_CONTINUES) === 0) break;
  }
  if (pieces.length === 0) return undefined;
  const name = Buffer.concat(pieces);
  if (name.length > MAX_NAME_BYTES)
    throw damaged(`a name of ${name.length} bytes, where at most ${MAX_NAME_BYTES} fit`);
  return checkedName(decodeText(name));
}

/** RRIP §4.1.6: the times that the flags announce, in the order of the flags: creation, then modification. */
function modificationOf(entries: readonly Buffer[]): Date | undefined {
  for (const entry of entries) {
    const flags = entry[4] ?? 0;
    if ((flags & HAS_MODIFICATION) === 0) continue;
    const [size, parse] = (flags & LONG_FORM) !== 0 ? [17, longDate] : [7, shortDate];
    const position = 5 + ((flags & HAS_CREATION) !== 0 ? size : 0);
    if (position + size > entry.length)
      throw damaged(`a TF entry of ${entry.length} bytes lacks the time it announces`);
    return parse(entry, position);
  }
  return undefined;
}
