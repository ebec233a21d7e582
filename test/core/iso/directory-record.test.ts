import t from 'tap';
import { directoryFiles, directoryRecords } from '../../../core/iso/directory.js';
import { extentOf, isSelfOrParent, parseDirectoryRecord } from '../../../core/iso/directory-record.js';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const geometry = { blockSize: 2048, fileSize: 0x100000 };

/** `AB.TXT;1` at block 0x20, 5 bytes, of 2026-11-23 10:20:30 one hour east of Greenwich, with a system use of `58 58`. */
const record = hex(`
  2c 00 20000000 00000020 05000000 00000005 7e0b170a141e04 00 00 00 0100 0001 08 41422e5458543b31 00 5858`);

const DAMAGED = { code: 'SERABUT_ERR_ISO_DAMAGED' };
const UNSUPPORTED = { code: 'SERABUT_ERR_ISO_UNSUPPORTED' };

function changed(offset: number, bytes: string): Buffer {
  const copy = Buffer.from(record);
  copy.set(hex(bytes), offset);
  return copy;
}

t.test('a directory record is read field by field', async (t) => {
  t.match(parseDirectoryRecord(record, geometry), {
    length: 44,
    extendedAttributeBlocks: 0,
    location: 0x20,
    dataLength: 5,
    modified: new Date('2026-11-23T09:20:30Z'),
    isDirectory: false,
    isAssociated: false,
    continues: false,
    isInterleaved: false,
    identifier: Buffer.from('AB.TXT;1'),
    systemUse: Buffer.from('XX'),
  });
});

t.test('the flags of a record are told apart', async (t) => {
  t.match(parseDirectoryRecord(changed(25, '02'), geometry), {
    isDirectory: true,
    isAssociated: false,
    continues: false,
  });
  t.match(parseDirectoryRecord(changed(25, '04'), geometry), {
    isDirectory: false,
    isAssociated: true,
    continues: false,
  });
  t.match(parseDirectoryRecord(changed(25, '80'), geometry), {
    isDirectory: false,
    isAssociated: false,
    continues: true,
  });
});

t.test('a record may fill its sector to the last byte, and not one more', async (t) => {
  t.equal(parseDirectoryRecord(record.subarray(0, 44), geometry).length, 44);
  t.throws(() => parseDirectoryRecord(record.subarray(0, 43), geometry), DAMAGED);
});

t.test('a record holds at least an identifier of one byte', async (t) => {
  const shortest = changed(0, '22');
  shortest[32] = 1;
  t.equal(parseDirectoryRecord(shortest, geometry).identifier.length, 1);
  t.throws(() => parseDirectoryRecord(changed(0, '21'), geometry), DAMAGED);
  t.throws(() => parseDirectoryRecord(changed(0, '01'), geometry), DAMAGED);
});

t.test('an identifier may reach to the end of its record, and not beyond', async (t) => {
  t.equal(parseDirectoryRecord(changed(32, '0b'), geometry).identifier.length, 11);
  t.throws(() => parseDirectoryRecord(changed(32, '0c'), geometry), DAMAGED);
});

t.test('the big-endian number counts only if the little-endian one is out of range', async (t) => {
  t.equal(parseDirectoryRecord(changed(6, '00000021'), geometry).location, 0x20);
  t.equal(parseDirectoryRecord(changed(2, '20000020'), geometry).location, 0x20);
  t.equal(parseDirectoryRecord(changed(2, 'ffffff7f7fffffff'), geometry).location, 0x7fffffff);
  t.equal(parseDirectoryRecord(changed(10, 'ffffffff'), geometry).dataLength, 5);
});

t.test('data begins after the extended attribute record', async (t) => {
  t.same(extentOf(parseDirectoryRecord(record, geometry), geometry, 'x'), { offset: 0x10000, length: 5 });
  t.same(extentOf(parseDirectoryRecord(changed(1, '03'), geometry), geometry, 'x'), { offset: 0x11800, length: 5 });
  const small = { ...geometry, blockSize: 512 };
  t.same(extentOf(parseDirectoryRecord(changed(1, '03'), small), small, 'x'), { offset: 0x4600, length: 5 });
});

t.test('an extent may end with the image, and not later', async (t) => {
  const exact = { blockSize: 2048, fileSize: 0x10005 };
  const short = { blockSize: 2048, fileSize: 0x10004 };
  t.same(extentOf(parseDirectoryRecord(record, exact), exact, 'x'), { offset: 0x10000, length: 5 });
  t.throws(() => extentOf(parseDirectoryRecord(record, short), short, 'x'), {
    ...DAMAGED,
    message: '"x" ends 1 bytes beyond the end of the image: it is truncated',
  });
});

t.test('interleaved files are refused', async (t) => {
  for (const offset of [26, 27]) {
    const parsed = parseDirectoryRecord(changed(offset, '01'), geometry);
    t.throws(() => extentOf(parsed, geometry, 'x'), UNSUPPORTED);
  }
});

t.test('the directory itself and its parent are told from files with names of one character', async (t) => {
  const named = (byte: string) => {
    const copy = changed(33, byte);
    copy[32] = 1;
    return parseDirectoryRecord(copy, geometry);
  };
  t.equal(isSelfOrParent(named('00')), true);
  t.equal(isSelfOrParent(named('01')), true);
  t.equal(isSelfOrParent(named('02')), false);
  t.equal(isSelfOrParent(parseDirectoryRecord(record, geometry)), false);
});

t.test('a length of zero leads to the next block', async (t) => {
  const bytes = Buffer.alloc(4096);
  record.copy(bytes, 0);
  record.copy(bytes, 2048);
  const extent = { offset: 0x8000, length: 4096 };
  t.equal([...directoryRecords(bytes, extent, geometry)].length, 2);
  t.equal([...directoryRecords(Buffer.alloc(4096), extent, geometry)].length, 0);
  record.copy(bytes, 512);
  t.equal([...directoryRecords(bytes, extent, { ...geometry, blockSize: 512 })].length, 3);
});

t.test('a record that crosses into the next sector is damage', async (t) => {
  const bytes = Buffer.alloc(4096);
  for (let position = 0; position < 2048 - 44; position += 44) record.copy(bytes, position);
  bytes[46 * 44] = 44;
  const extent = { offset: 0x8000, length: 4096 };
  t.throws(() => [...directoryRecords(bytes, extent, geometry)], DAMAGED);
});

t.test('extents of one file are put together until one has no flag', async (t) => {
  const first = parseDirectoryRecord(changed(25, '80'), geometry);
  const last = parseDirectoryRecord(record, geometry);
  const other = parseDirectoryRecord(changed(33, '43'), geometry);
  const associated = parseDirectoryRecord(changed(25, '04'), geometry);
  t.same(
    [...directoryFiles([first, first, last, other])].map((run) => run.length),
    [3, 1],
  );
  t.same(
    [...directoryFiles([associated, last])].map((run) => run.length),
    [1],
  );
  t.throws(() => [...directoryFiles([first])], DAMAGED);
  t.throws(() => [...directoryFiles([first, other])], DAMAGED);
});
