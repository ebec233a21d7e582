import { dosDate } from '../dates.js';
import { checkedName, decodeText } from '../names.js';

/** What a directory of a FAT file system says of one file. */
export interface FatEntry {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly cluster: number;
  readonly size: number;
  readonly modified: Date;
}

/** Microsoft, "FAT: General Overview of On-Disk Format" 1.03, "FAT Directory Structure". */
const SLOT = 32;
const DELETED = 0xe5;
const DOT = 0x2e;
/** The first byte of a name that begins with the byte that marks deleted ones. */
const STANDS_FOR_DELETED = 0x05;
const VOLUME_LABEL = 0x08;
const DIRECTORY = 0x10;
const LONG_NAME = 0x0f;
/** Set by Windows NT where a short name is in lower case: its first part, its extension. */
const LOWER_STEM = 0x08;
const LOWER_EXTENSION = 0x10;

/** The same, "FAT Long Directory Entries": number and end mark in the first byte, letters in three places. */
const LAST_PIECE = 0x40;
const LETTERS = [
  [1, 11],
  [14, 26],
  [28, 32],
] as const;

const utf16 = new TextDecoder('utf-16le', { ignoreBOM: true });

/** The entries of a directory; those for itself, its parent and the label of the volume left out. */
export function* fatEntries(bytes: Buffer): Generator<FatEntry> {
  let pieces: Buffer[] = [];
  for (let position = 0; position + SLOT <= bytes.length && bytes[position] !== 0; position += SLOT) {
    const slot = bytes.subarray(position, position + SLOT);
    const [first = 0, attributes = 0] = [slot[0], slot[11]];
    const isPiece = (attributes & 0x3f) === LONG_NAME && first !== DELETED;
    if (isPiece && (first & LAST_PIECE) !== 0) pieces = [slot];
    else if (isPiece) pieces.push(slot);
    else {
      if (first !== DELETED && first !== DOT && (attributes & VOLUME_LABEL) === 0) yield entryOf(slot, pieces);
      pieces = [];
    }
  }
}

function entryOf(slot: Buffer, pieces: readonly Buffer[]): FatEntry {
  return {
    name: checkedName(longName(pieces, slot) ?? shortName(slot)),
    isDirectory: (slot.readUInt8(11) & DIRECTORY) !== 0,
    cluster: slot.readUInt16LE(20) * 0x10000 + slot.readUInt16LE(26),
    size: slot.readUInt32LE(28),
    modified: dosDate(slot.readUInt16LE(24), slot.readUInt16LE(22)),
  };
}

/** Eight letters and three, padded with blanks. */
function shortName(slot: Buffer): string {
  const letters = Buffer.from(slot.subarray(0, 11));
  if (letters[0] === STANDS_FOR_DELETED) letters[0] = DELETED;
  const part = (start: number, end: number, lowerCase: number) => {
    const text = decodeText(letters.subarray(start, end)).trimEnd();
    return (slot.readUInt8(12) & lowerCase) === 0 ? text : text.toLowerCase();
  };
  const [stem, extension] = [part(0, 8, LOWER_STEM), part(8, 11, LOWER_EXTENSION)];
  return extension === '' ? stem : `${stem}.${extension}`;
}

/**
 * The pieces of a long name precede the entry that they belong to, last one first. Undefined unless all are there and
 * belong to it: programs that know no long names leave stray ones behind.
 */
function longName(pieces: readonly Buffer[], slot: Buffer): string | undefined {
  const checksum = checksumOf(slot);
  const fits = (piece: Buffer, index: number) =>
    (piece.readUInt8(0) & ~LAST_PIECE) === pieces.length - index && piece[13] === checksum;
  if (((pieces[0]?.[0] ?? 0) & LAST_PIECE) === 0 || !pieces.every(fits)) return undefined;
  const letters = pieces.toReversed().flatMap((piece) => LETTERS.map(([start, end]) => piece.subarray(start, end)));
  return utf16.decode(Buffer.concat(letters)).split('\0', 1)[0];
}

/** "ChkSum()": each byte of the short name added to the sum so far, which is rotated to the right by one bit. */
function checksumOf(slot: Buffer): number {
  return slot.subarray(0, 11).reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0);
}
