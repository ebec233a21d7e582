import { once } from 'node:events';
import { crc32, createInflateRaw } from 'node:zlib';
import { ByteReader, CutShort } from './byte-reader.js';
import { Broken } from './faults.js';
import { shown } from './programs.js';

/** What the kernel unpacks one after the other into its root file system. */
export interface Initrd {
  readonly bytes: number;
  /** Such as `cpio, gzip`; in the order of the archives. */
  readonly archives: readonly string[];
}

/** The headers of an archive in the format "newc", and their length (Linux, early-userspace/buffer-format). */
const newc = ['070701', '070702'];
const headerLength = 110;

/** How much of the text of a name is looked at. */
const longestName = 4096;

/** Forms that are known by their first bytes alone: to the kernel, not to Node. */
const otherForms: readonly [name: string, magic: string][] = [
  ['bzip2', '425a68'],
  ['lz4', '02214c18'],
  ['lzo', '894c5a4f'],
  ['lzma', '5d0000'],
];

/**
 * Reads an initrd to its end: a sequence of cpio archives, each plain or compressed, with zeros between
 * (Linux init/initramfs.c). Throws Broken for one that is cut short, and for what is no archive.
 */
export async function readInitrd(url: string, source: AsyncIterable<Uint8Array>): Promise<Initrd> {
  const reader = new ByteReader(source);
  const archives: string[] = [];
  for (;;) {
    const isMore = await skipZeros(reader);
    if (!isMore) break;
    const start = reader.offset;
    try {
      archives.push(await readArchive(reader, url));
    } catch (error) {
      if (!(error instanceof CutShort)) throw error;
      const which = `archive ${archives.length + 1}, which begins at byte ${start},`;
      if (archives.length === 0 || error.message === '')
        throw new Broken(
          'initrd-cut-short',
          `${url}: ${which} is not whole: it ends after ${reader.offset - start} bytes`,
        );
      throw new Broken('firmware-without-end', `${url}: ${which} ${error.message}`);
    }
  }
  if (archives.length === 0) throw new Broken('initrd-no-archive', `${url} has nothing in it`);
  return { bytes: reader.offset, archives };
}

async function skipZeros(reader: ByteReader): Promise<boolean> {
  for (;;) {
    const bytes = await reader.takeSome();
    if (bytes.length === 0) return false;
    const first = bytes.findIndex((byte) => byte !== 0);
    if (first < 0) continue;
    reader.putBack(bytes.subarray(first));
    return true;
  }
}

async function readArchive(reader: ByteReader, url: string): Promise<string> {
  const head = await reader.peek(24);
  if (newc.includes(head.toString('latin1', 0, 6))) return readCpio(reader);
  const magic = head.toString('hex');
  if (magic.startsWith('1f8b')) return readGzip(reader, url);
  if (magic.startsWith('fd377a585a00')) return readXz(reader);
  if (magic.startsWith('28b52ffd')) return readZstd(reader);
  const other = otherForms.find(([, first]) => magic.startsWith(first));
  if (other === undefined) {
    const message = `${url}: at byte ${reader.offset} no archive begins, but ${shown(Buffer.from(head))}`;
    throw new Broken('initrd-no-archive', message);
  }
  while ((await reader.takeSome()).length > 0);
  return `${other[0]} (not looked into)`;
}

/** Member for member to the one with which an archive ends. */
async function readCpio(reader: ByteReader): Promise<string> {
  for (let members = 0; ; members++) {
    const begins = await reader.peek(6);
    if (members > 0 && !newc.includes(begins.toString('latin1'))) throw new CutShort('has no end (TRAILER!!!)');
    const header = await reader.take(headerLength);
    const field = (index: number) => Number.parseInt(header.toString('latin1', 6 + index * 8, 14 + index * 8), 16);
    const [size, nameLength] = [field(6), field(11)];
    if (!(nameLength <= longestName) || Number.isNaN(size)) throw new CutShort('has a damaged header');
    const name = (await reader.take(nameLength)).toString('latin1');
    await reader.skip(-(headerLength + nameLength) & 3);
    if (name.startsWith('TRAILER!!!\0')) return 'cpio';
    await reader.skip(size);
    await reader.skip(-size & 3);
  }
}

/** RFC 1952: a header, a deflated stream, and eight bytes. What comes out is looked at as an archive, too. */
async function readGzip(reader: ByteReader, url: string): Promise<string> {
  const header = await reader.take(10);
  const flags = header[3] ?? 0;
  if (flags & 4) await reader.skip((await reader.take(2)).readUInt16LE());
  for (const flag of [8, 16]) if (flags & flag) while ((await reader.take(1))[0] !== 0);
  if (flags & 2) await reader.skip(2);
  const inner = new ByteReader(inflated(reader));
  let archive = '';
  while (await skipZeros(inner)) archive = await readArchive(inner, url);
  await reader.take(8);
  return archive === '' ? 'gzip' : `gzip of ${archive}`;
}

/** What a deflated stream holds; the reader stands behind it then. */
async function* inflated(reader: ByteReader): AsyncGenerator<Buffer> {
  const engine = createInflateRaw();
  let out: Buffer[] = [];
  let failure: Error | undefined;
  engine.on('data', (bytes: Buffer) => out.push(bytes));
  engine.on('error', (error) => {
    failure = error;
  });
  const ended = once(engine, 'end').then(() => true, () => true); // biome-ignore format: one line
  let before = 0;
  for (;;) {
    const piece = await reader.takeSome();
    if (piece.length === 0) throw new CutShort();
    const isEnd = await Promise.race([ended, new Promise<false>((done) => engine.write(piece, () => done(false)))]);
    if (failure !== undefined) throw new CutShort();
    yield* out;
    out = [];
    const used = engine.bytesWritten - before;
    before = engine.bytesWritten;
    // Before its end the engine takes all that it is given.
    if (!isEnd && used === piece.length) continue;
    reader.putBack(piece.subarray(used));
    return;
  }
}

/** To the footer that fits the header: what is between cannot be unpacked here. */
async function readXz(reader: ByteReader): Promise<string> {
  const start = reader.offset;
  const flags = Buffer.from((await reader.take(12)).subarray(6, 8));
  let tail = Buffer.alloc(0);
  for (;;) {
    const piece = await reader.takeSome();
    if (piece.length === 0) throw new CutShort();
    const bytes = Buffer.concat([tail, piece]);
    const end = xzEnd(bytes, flags, reader.offset - bytes.length - start);
    if (end === undefined) {
      tail = bytes.subarray(-11);
      continue;
    }
    reader.putBack(bytes.subarray(end));
    return 'xz';
  }
}

/** Where a footer ends (xz-file-format §2.1.2): CRC, size of the index, the flags of the header, "YZ". */
function xzEnd(bytes: Buffer, flags: Buffer, offset: number): number | undefined {
  for (let at = bytes.indexOf('YZ', 10); at >= 0; at = bytes.indexOf('YZ', at + 1)) {
    const isFooter = ((offset + at + 2) & 3) === 0 && bytes.subarray(at - 2, at).equals(flags);
    if (isFooter && crc32(bytes.subarray(at - 6, at)) === bytes.readUInt32LE(at - 10)) return at + 2;
  }
  return undefined;
}

/** Block for block (RFC 8878 §3.1.1): their lengths are said. */
async function readZstd(reader: ByteReader): Promise<string> {
  await reader.take(4);
  const descriptor = (await reader.take(1))[0] ?? 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  await reader.skip((isSingle ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0) + sizeBytes);
  for (;;) {
    const header = (await reader.take(3)).readUIntLE(0, 3);
    const type = (header >> 1) & 3;
    await reader.skip(type === 1 ? 1 : header >> 3);
    if (header & 1) break;
  }
  if (descriptor & 4) await reader.skip(4);
  return 'zstd';
}
