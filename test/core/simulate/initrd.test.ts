import { crc32, gzipSync } from 'node:zlib';
import t from 'tap';
import { readInitrd } from '../../../core/simulate/initrd.js';
import { cpio, firmwareArchive, firmwareWithoutEnd } from '../../helpers/boot-programs.js';
import { pattern } from '../../helpers/isos.js';

const initrd = gzipSync(cpio(pattern(2_000, 5)));

/** Bytes in pieces of a length, as a network brings them. */
async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

const read = (bytes: Buffer, length = 1000) => readInitrd('URL', inPieces(bytes, length));

/** A stream of xz as its header and footer tell it (xz-file-format §2.1); what is between is nothing that unpacks. */
function xz(content: Buffer): Buffer {
  const flags = Buffer.from([0, 1]);
  const check = (bytes: Buffer) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(crc32(bytes));
    return sum;
  };
  const tail = Buffer.concat([Buffer.from([3, 0, 0, 0]), flags]);
  const head = [Buffer.from('fd377a585a00', 'hex'), flags, check(flags)];
  return Buffer.concat([...head, content, check(tail), tail, Buffer.from('YZ')]);
}

/** A frame of zstd with raw blocks (RFC 8878 §3.1.1), and a checksum at its end. */
function zstd(...blocks: Buffer[]): Buffer {
  const parts = blocks.map((block, index) => {
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (index === blocks.length - 1 ? 1 : 0), 0, 3);
    return Buffer.concat([header, block]);
  });
  return Buffer.concat([Buffer.from('28b52ffd0400', 'hex'), ...parts, Buffer.alloc(4, 7)]);
}

t.test('archives of every form, one after the other, with zeros between', async (t) => {
  const packed = xz(Buffer.concat([pattern(4000, 3), Buffer.from('YZ--YZ--')]));
  const frame = zstd(pattern(5000, 1), pattern(77, 2));
  const whole = Buffer.concat([
    firmwareArchive,
    initrd,
    Buffer.alloc(7),
    packed,
    frame,
    gzipSync(Buffer.alloc(0)),
    initrd,
  ]);
  for (const length of [1, 17, 1000, whole.length]) {
    t.strictSame(await read(whole, length), {
      bytes: whole.length,
      archives: ['cpio', 'gzip of cpio', 'xz', 'zstd', 'gzip', 'gzip of cpio'],
    });
  }
});

t.test('a gzip member with a name, a comment, an extra field and a checksum of its header', async (t) => {
  const [head, rest] = [Buffer.from(initrd.subarray(0, 10)), initrd.subarray(10)];
  head[3] = 2 | 4 | 8 | 16;
  const more = Buffer.concat([Buffer.from([3, 0, 1, 2, 3]), Buffer.from('name\0comment\0'), Buffer.from([9, 9])]);
  t.strictSame((await read(Buffer.concat([head, more, rest]))).archives, ['gzip of cpio']);
});

t.test('a form that is known by its first bytes alone is taken as it is', async (t) => {
  const lz4 = Buffer.concat([Buffer.from('02214c18', 'hex'), pattern(100)]);
  t.strictSame((await read(lz4)).archives, ['lz4 (not looked into)']);
});

t.test('what is cut short, wherever, is found', async (t) => {
  for (const whole of [initrd, firmwareArchive, xz(pattern(400)), zstd(pattern(500))]) {
    for (const missing of [1, 5, 30, whole.length - 5, whole.length - 30])
      await t.rejects(read(whole.subarray(0, whole.length - missing)), { code: /cut-short|no-archive|without-end/ });
  }
  const second = Buffer.concat([initrd, Buffer.alloc(-initrd.length & 3)]);
  await t.rejects(read(Buffer.concat([second, firmwareWithoutEnd])), {
    code: 'firmware-without-end',
    message: /^URL: archive 2, which begins at byte \d+, has no end \(TRAILER!!!\)$/,
  });
});

t.test('what is damaged, or no archive, is found', async (t) => {
  const damaged = Buffer.from(initrd);
  damaged.fill(0xff, 200, 260);
  await t.rejects(read(damaged), { code: 'initrd-cut-short' });
  const header = Buffer.from(cpio(pattern(10)));
  header.write('zzzzzzzz', 94, 'latin1');
  await t.rejects(read(header), { code: 'initrd-cut-short' });
  await t.rejects(read(Buffer.from('#!/bin/sh\n')), { code: 'initrd-no-archive', message: /begins, but "#!\/bin\/sh/ });
  await t.rejects(read(Buffer.alloc(50)), { code: 'initrd-no-archive', message: 'URL has nothing in it' });
});
