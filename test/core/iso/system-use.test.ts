import { open } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type DirectoryRecord, parseDirectoryRecord } from '../../../core/iso/directory-record.js';
import { ImageReader } from '../../../core/iso/image-reader.js';
import { describeByRockRidge, rockRidgeSkip } from '../../../core/iso/rock-ridge.js';
import { symlinkTarget } from '../../../core/iso/symlink-target.js';
import { parseSystemUse, systemUseEntries } from '../../../core/iso/system-use.js';

const DAMAGED = { code: 'SERABUT_ERR_ISO_DAMAGED' };
const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const signatures = (entries: readonly { signature: string }[]) => entries.map(({ signature }) => signature).join(' ');

/** Entries in hexadecimal, as the specifications print them. */
const NM_AB = '4e4d 07 01 00 6162';
const PX_FILE = '5058 24 01 a4810000000081a4 0100000000000001 0000000000000000 0000000000000000';
const PX_LINK = '5058 24 01 ffa100000000a1ff 0100000000000001 0000000000000000 0000000000000000';
const PX_DEVICE = '5058 24 01 b0610000000061b0 0100000000000001 0000000000000000 0000000000000000';
const SP = '5350 07 01 beef 00';
const ER = '4552 12 01 0a 00 00 01 525249505f3139393141';
const ce = (block: number, offset: number, length: number) => {
  const bytes = hex('4345 1c 01 0000000000000000 0000000000000000 0000000000000000');
  for (const [index, value] of [block, offset, length].entries()) {
    bytes.writeUInt32LE(value, 4 + index * 8);
    bytes.writeUInt32BE(value, 8 + index * 8);
  }
  return bytes;
};

/** A context whose image has the given bytes at the given positions. */
async function contextOf(t: Test, size: number, parts: Record<number, Buffer> = {}) {
  const image = Buffer.alloc(size);
  for (const [position, bytes] of Object.entries(parts)) image.set(bytes, Number(position));
  const handle = await open(join(t.testdir({ image }), 'image'));
  t.teardown(() => handle.close());
  return { reader: new ImageReader(handle, size), blockSize: 2048, skip: 0 };
}

function recordOf(systemUse: string, identifier = 'A.;1', flags = '00'): DirectoryRecord {
  const name = Buffer.from(identifier, 'latin1').toString('hex');
  const length = Buffer.from([identifier.length]).toString('hex');
  const padding = identifier.length % 2 === 0 ? '00' : '';
  const fixed = `00 0000000000000000 0000000000000000 7e0b170a141e00 ${flags} 00 00 01000001 ${length}`;
  const bytes = hex(`00${fixed}${name}${padding}${systemUse}`);
  bytes[0] = bytes.length;
  return parseDirectoryRecord(bytes, { blockSize: 2048, fileSize: 2048 });
}

t.test('entries follow each other until ST, zero bytes, or too few bytes for one', async (t) => {
  t.equal(signatures(parseSystemUse(hex(`${NM_AB} ${PX_FILE}`))), 'NM PX');
  t.equal(signatures(parseSystemUse(hex(`${NM_AB} 5354 04 01 ${PX_FILE}`))), 'NM');
  t.equal(signatures(parseSystemUse(hex(`${NM_AB} 0000 0000 ${PX_FILE}`))), 'NM');
  t.equal(signatures(parseSystemUse(hex(`${NM_AB} 505824`))), 'NM');
  t.equal(signatures(parseSystemUse(Buffer.alloc(0))), '');
});

t.test('an entry may reach to the end of its area, and not beyond', async (t) => {
  t.equal(signatures(parseSystemUse(hex('4e4d 05 01 00'))), 'NM');
  t.throws(() => parseSystemUse(hex('4e4d 06 01 00')), DAMAGED);
  t.equal(signatures(parseSystemUse(hex('5244 04 01'))), 'RD');
  t.throws(() => parseSystemUse(hex('5244 03 01')), DAMAGED);
});

t.test('CE leads to a continuation area after the entries that follow it', async (t) => {
  const context = await contextOf(t, 8192, { 4196: hex(PX_FILE) });
  const field = Buffer.concat([ce(2, 100, 36), hex(NM_AB)]);
  t.equal(signatures(await systemUseEntries(field, context)), 'NM PX');
});

t.test('continuation areas that lead back to one another are damage', async (t) => {
  const context = await contextOf(t, 8192, { 4096: ce(3, 0, 28), 6144: ce(2, 0, 28) });
  await t.rejects(systemUseEntries(ce(2, 0, 28), context), DAMAGED);
});

t.test('a chain of continuation areas has an end', async (t) => {
  const parts = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [index * 28, ce(0, (index + 1) * 28, 28)]));
  await t.rejects(systemUseEntries(ce(0, 0, 28), await contextOf(t, 4096, parts)), {
    ...DAMAGED,
    message: 'a directory record has over 64 continuations',
  });
});

t.test('a continuation area may end with its block, and not later', async (t) => {
  const context = await contextOf(t, 8192);
  t.same(await systemUseEntries(ce(3, 2000, 48), context), []);
  await t.rejects(systemUseEntries(ce(3, 2000, 49), context), DAMAGED);
  await t.rejects(systemUseEntries(ce(3, 0xffffffff, 1), context), DAMAGED);
  await t.rejects(systemUseEntries(ce(4, 0, 1), context), DAMAGED, 'beyond the end of the image');
  await t.rejects(systemUseEntries(hex('4345 08 01 00000000'), context), DAMAGED, 'without its fields');
});

t.test('Rock Ridge is recognised by SP and ER, or PX in the place of ER', async (t) => {
  const context = await contextOf(t, 2048);
  const skipOf = (systemUse: string, identifier = '\0') => rockRidgeSkip(recordOf(systemUse, identifier), context);
  t.equal(await skipOf(SP + ER), 0);
  t.equal(await skipOf(SP + PX_FILE), 0);
  t.equal(await skipOf(`5350 07 01 beef 0e ${ER}`), 14);
  t.equal(await skipOf(`${'00'.repeat(14)} ${SP} ${ER}`), 0, 'after CD-XA data');
  t.equal(await skipOf(''), undefined);
  t.equal(await skipOf(SP), undefined);
  t.equal(await skipOf(ER), undefined);
  t.equal(await skipOf(`5350 07 01 beee 00 ${ER}`), undefined);
  t.equal(await skipOf(`5350 06 01 beef ${ER}`), undefined);
  t.equal(await skipOf(`${SP} 4552 12 01 0a 00 00 01 41414141414141414141`), undefined, 'another extension');
  t.equal(await skipOf(`${SP} 4552 04 01`), undefined);
  t.equal(await skipOf(SP + ER, 'X'), undefined, 'not the record of the directory itself');
});

t.test('names of several NM entries are joined', async (t) => {
  const context = await contextOf(t, 2048);
  const nameOf = async (systemUse: string) => (await describeByRockRidge(recordOf(systemUse), context)).name;
  t.equal(await nameOf(NM_AB), 'ab');
  t.equal(
    await nameOf('4e4d 06 01 01 61 4e4d 06 01 00 62 4e4d 06 01 00 63'),
    'ab',
    'up to the one that is not continued',
  );
  t.equal(await nameOf('4e4d 06 01 01 61'), 'a');
  t.equal(await nameOf(PX_FILE), 'a', 'the plain name where there is no NM');
  t.equal(await nameOf('4e4d 08 01 01 61e697 4e4d 06 01 00 a5'), 'a日', 'a character across two entries');
});

t.test('a name has at most 255 bytes', async (t) => {
  const context = await contextOf(t, 2048, {
    0: hex(`4e4d fa 01 01 ${'61'.repeat(245)} 4e4d 0f 01 00 ${'62'.repeat(10)}`),
  });
  const record = recordOf(ce(0, 0, 265).toString('hex'));
  t.equal((await describeByRockRidge(record, context)).name.length, 255);
  const longer = await contextOf(t, 2048, {
    0: hex(`4e4d fa 01 01 ${'61'.repeat(245)} 4e4d 10 01 00 ${'62'.repeat(11)}`),
  });
  await t.rejects(describeByRockRidge(recordOf(ce(0, 0, 266).toString('hex')), longer), DAMAGED);
});

t.test('names that would leave their directory are damage', async (t) => {
  const context = await contextOf(t, 2048);
  for (const entry of [
    '4e4d 05 01 02',
    '4e4d 05 01 04',
    '4e4d 06 01 00 2e',
    '4e4d 07 01 00 2e2e',
    '4e4d 08 01 00 612f62',
  ])
    await t.rejects(describeByRockRidge(recordOf(entry), context), DAMAGED);
  await t.rejects(describeByRockRidge(recordOf('4e4d 07 01 00 6100'), context), DAMAGED);
  await t.rejects(describeByRockRidge(recordOf('4e4d 05 01 00'), context), DAMAGED);
});

t.test('what a record is follows from its mode and its entries', async (t) => {
  const context = await contextOf(t, 2048);
  const describe = (systemUse: string, flags = '00') =>
    describeByRockRidge(recordOf(systemUse, 'A.;1', flags), context);
  const link = '534c 08 01 00 00 01 62';
  t.match(await describe(PX_FILE), { kind: 'file', modified: new Date('2026-11-23T10:20:30Z') });
  t.match(await describe(PX_LINK + link), { kind: 'symlink', target: 'b' });
  t.match(await describe(link), { kind: 'symlink', target: 'b' }, 'a link without PX');
  t.match(await describe(PX_FILE + link), { kind: 'file' });
  t.match(await describe(PX_LINK), { kind: 'hidden' }, 'a link without a target');
  t.match(await describe(PX_DEVICE), { kind: 'hidden' });
  t.match(await describe('', '02'), { kind: 'directory' });
  t.match(await describe('5245 04 01', '02'), { kind: 'hidden' }, 'a relocated directory in its new place');
  t.match(await describe('434c 0c 01 2100000000000021'), { kind: 'directory', childLink: 0x21 });
  t.match(await describe('5a46 10 01 707a 04 0f 0000000000000000'), { kind: 'file', compressed: 'zisofs' });
  t.match(await describe('5346 15 01 0000000000000000 0000000000000000 01'), { kind: 'file', compressed: 'sparse' });
  await t.rejects(describe('434c 08 01 21000000'), DAMAGED);
  await t.rejects(describe('5058 08 01 ffa10000'), DAMAGED);
});

t.test('the modification time is that of TF, in either form', async (t) => {
  const context = await contextOf(t, 2048);
  const modified = async (systemUse: string) => (await describeByRockRidge(recordOf(systemUse), context)).modified;
  const long = Buffer.from('2020010203040500\0').toString('hex');
  t.same(await modified('5446 0c 01 02 78010203040500'), new Date('2020-01-02T03:04:05Z'));
  t.same(await modified('5446 13 01 03 01010101010100 78010203040500'), new Date('2020-01-02T03:04:05Z'));
  t.same(await modified(`5446 16 01 82 ${long}`), new Date('2020-01-02T03:04:05Z'));
  t.same(await modified('5446 0c 01 04 78010203040500'), new Date('2026-11-23T10:20:30Z'), 'access time only');
  await t.rejects(modified('5446 0b 01 02 780102030405'), DAMAGED);
  await t.rejects(modified('5446 0c 01 03 78010203040500'), DAMAGED);
});

t.test('targets of symbolic links are spelled by components', async (t) => {
  const target = (...entries: string[]) => symlinkTarget(entries.map(hex));
  t.equal(target('534c 0b 01 00 0001 61 0001 62'), 'a/b');
  t.equal(target('534c 0c 01 00 0800 0400 0001 61'), '/../a');
  t.equal(target('534c 07 01 00 0200'), '.');
  t.equal(target('534c 07 01 00 0800'), '/');
  t.equal(target('534c 0b 01 00 0101 61 0001 62'), 'ab', 'a component in two pieces');
  t.equal(target('534c 08 01 01 0001 61', '534c 08 01 00 0001 62'), 'a/b', 'components in two entries');
  t.equal(target('534c 08 01 01 0101 61', '534c 08 01 00 0001 62'), 'ab', 'a component across two entries');
  t.equal(target('534c 08 01 00 0101 61'), 'a', 'a component that is never continued');
});

t.test('symbolic links without a target, or with too long a one, are damage', async (t) => {
  const piece = hex(`534c fb 01 00 00f4 ${'61'.repeat(244)}`);
  t.equal(symlinkTarget(Array(16).fill(piece)).length, 16 * 245 - 1);
  t.throws(() => symlinkTarget(Array(17).fill(piece)), DAMAGED);
  t.throws(() => symlinkTarget([hex('534c 05 01 00')]), DAMAGED);
  t.throws(() => symlinkTarget([hex('534c 08 01 00 0001 00')]), DAMAGED);
  t.throws(() => symlinkTarget([hex('534c 08 01 00 0002 61')]), DAMAGED, 'a component that leaves its entry');
});
