import { damaged } from './failures.js';
import type { ImageReader } from './image-reader.js';
import { MAX_CONTINUATIONS, SECTOR } from './limits.js';
import { bothEndian32 } from './numbers.js';

/** SUSP §4: one entry of a system use field: two letters, then its length, its version, its data. */
export interface SystemUseEntry {
  readonly signature: string;
  /** The whole entry, so that positions are those of the specification less one. */
  readonly bytes: Buffer;
}

/** Signature, length, version: SUSP §4.1. */
const HEADER = 4;

/** The image, and where the system use entries of its records begin. */
export interface SystemUseContext {
  readonly reader: ImageReader;
  readonly blockSize: number;
  /** SUSP §5.3: bytes to skip in each record but the first of the root; CD-XA data lies there. */
  readonly skip: number;
}

/** All entries of a field, those of its continuation areas (SUSP §5.1) included. */
export async function systemUseEntries(field: Buffer, context: SystemUseContext): Promise<SystemUseEntry[]> {
  const entries: SystemUseEntry[] = [];
  const visited = new Set<number>();
  for (let area: Buffer | undefined = field; area !== undefined; ) {
    const found = parseSystemUse(area);
    entries.push(...found.filter(({ signature }) => signature !== 'CE'));
    // An area that says CE goes on there after its own last entry; ST (§5.4) ends that area only.
    const next = found.findLast(({ signature }) => signature === 'CE');
    area = next && (await continuation(next.bytes, context, visited));
  }
  return entries;
}

/** The entries of one area. Fewer than four bytes are left over at the end, or zero bytes, or ST ends it (SUSP §4, §5.4). */
export function parseSystemUse(area: Buffer): SystemUseEntry[] {
  const entries: SystemUseEntry[] = [];
  for (let position = 0; position + HEADER <= area.length && area.readUInt16LE(position) !== 0; ) {
    const signature = area.toString('latin1', position, position + 2);
    if (signature === 'ST') break;
    const length = area.readUInt8(position + 2);
    const end = position + length;
    if (length < HEADER) throw damaged(`a system use entry of ${length} bytes is too short`);
    if (end > area.length) throw damaged(`a system use entry of ${length} bytes leaves its record`);
    entries.push({ signature, bytes: area.subarray(position, end) });
    position = end;
  }
  return entries;
}

/** SUSP §5.1, entry CE: block, offset in the block, length. An area stays inside its sector and is entered once. */
async function continuation(entry: Buffer, context: SystemUseContext, visited: Set<number>): Promise<Buffer> {
  if (entry.length < 28) throw damaged(`a CE entry of ${entry.length} bytes is too short`);
  const block = bothEndian32(entry, 4, (value) => value * context.blockSize < context.reader.size);
  const inSector = (value: number) => value <= SECTOR;
  const offset = bothEndian32(entry, 12, inSector);
  const length = bothEndian32(entry, 20, inSector);
  if (offset + length > SECTOR)
    throw damaged(`a continuation area ends ${offset + length - SECTOR} bytes past its block`);
  const position = block * context.blockSize + offset;
  if (visited.has(position)) throw damaged('continuation areas of a directory record form a loop');
  visited.add(position);
  if (visited.size > MAX_CONTINUATIONS) throw damaged(`a directory record has over ${MAX_CONTINUATIONS} continuations`);
  return context.reader.read(position, length);
}
