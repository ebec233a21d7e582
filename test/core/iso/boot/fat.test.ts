import { appendFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readSource } from '../../../../core/http/byte-source.js';
import { SECTOR } from '../../../../core/iso/limits.js';
import { isoFileSource, lookup, walk } from '../../../../core/iso/lookup.js';
import type { IsoDirectory, IsoFile } from '../../../../core/iso/tree.js';
import { openVolume, type Volume } from '../../../../core/iso/volume.js';
import { roundUp } from '../../../../core/iso/write/fields.js';
import { pattern } from '../../../helpers/isos.js';
import { FAT_RESERVED, makeFat, setNext, slot } from '../../../helpers/make-fat.js';
import { makeIso } from '../../../helpers/make-iso.js';

const WIDTHS = [12, 16, 32] as const;

const withFat = (t: Test, fat: Buffer) => {
  const image = makeIso({ 'a.txt': 'text' }, { boot: [{ platform: 0xef, image: fat, loadSize: 1 }] });
  return openVolume(join(t.testdir({ 'test.iso': image }), 'test.iso'));
};
const fileIn = (volume: Volume, path: string) => lookup(volume, `.boot/efi/${path}`) as IsoFile;
const bytesOf = (volume: Volume, path: string) => readSource(isoFileSource(volume, fileIn(volume, path)), 1e6);

const files = {
  'EFI/BOOT/BOOTX64.EFI': pattern(20_001, 2),
  'EFI/BOOT/a file with a long name.efi': pattern(512, 3),
  'EFI/many/empty.txt': '',
  ...Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`EFI/many/number ${index}.txt`, `${index}`])),
  'startup.nsh': 'shell',
};

t.test('file systems of every width are read', async (t) => {
  for (const bits of WIDTHS) {
    for (const scattered of [false, true]) {
      const volume = await withFat(t, makeFat(files, { bits, scattered }));
      t.strictSame(volume.notes, []);
      const found = [...walk(lookup(volume, '.boot/efi') as IsoDirectory)].filter(({ node }) => node.kind === 'file');
      t.strictSame(found.map(({ path }) => path).sort(), Object.keys(files).sort(), `FAT${bits}`);
      for (const [path, content] of Object.entries(files)) {
        if (!(await bytesOf(volume, path)).equals(Buffer.from(content))) t.fail(`${path} in FAT${bits}`);
      }
      t.equal(fileIn(volume, 'EFI/BOOT/BOOTX64.EFI').extents.length, scattered ? 40 : 1);
      t.same(fileIn(volume, 'EFI/many/empty.txt').extents, []);
      t.same(fileIn(volume, 'startup.nsh').modified, new Date('2026-01-02T03:04:06Z'));
    }
  }
});

t.test('nothing but FAT is taken for FAT', async (t) => {
  const fat = makeFat({ 'A.TXT': 'a' });
  for (const [name, offset, hex] of [
    ['no signature', 510, '0000'],
    ['no media', 21, '00'],
    ['sectors of 1000 bytes', 11, 'e803'],
    ['sectors of 256 bytes', 11, '0001'],
    ['sectors of 8192 bytes', 11, '0020'],
    ['no sector size', 11, '0000'],
    ['three sectors a cluster', 13, '03'],
    ['no reserved sectors', 14, '0000'],
    ['no table', 16, '00'],
  ] as const) {
    const other = Buffer.from(fat);
    other.set(Buffer.from(hex, 'hex'), offset);
    t.strictSame(
      (await withFat(t, other)).notes,
      ['What is in .boot/efi.img cannot be read: there is no FAT file system.'],
      name,
    );
  }
});

/** The last cluster of a chain, one that is marked as bad, and one that no table here has room for. */
const SPECIAL = {
  12: { end: 0xfff, bad: 0xff7, none: 0xff0 },
  16: { end: 0xffff, bad: 0xfff7, none: 0xff00 },
  32: { end: 0xfffffff, bad: 0xffffff7, none: 0xff00 },
};

/** Damages a file of two clusters in a directory of one. */
type Damage = (is: { fat: Buffer; file: number; directory: number; next: (of: number, is: number) => void }) => void;

const pointAt = (fat: Buffer, name: string) => fat.indexOf(name, FAT_RESERVED * 512, 'latin1') + 26;

const damages = (bits: 12 | 16 | 32): [string, Damage, RegExp][] => {
  const { end, bad, none } = SPECIAL[bits];
  const twice = /cluster \d+ is in two chains, or twice in one: a loop/;
  const nowhere = /a chain leads to cluster \d+ of \d+/;
  return [
    ['a loop of a file', ({ file, next }) => next(file, file), twice],
    ['a loop of a directory', ({ directory, next }) => next(directory, directory), twice],
    ['a file that goes on in a directory', ({ file, directory, next }) => next(file, directory), twice],
    ['a directory in itself', ({ fat, directory }) => fat.writeUInt16LE(directory, pointAt(fat, 'A       TXT')), twice],
    ['a chain that leaves the table', ({ file, next }) => next(file, none), nowhere],
    ['a free cluster', ({ file, next }) => next(file, 0), nowhere],
    ['a bad cluster', ({ file, next }) => next(file, bad), nowhere],
    ['a file without clusters', ({ fat }) => fat.writeUInt16LE(0, pointAt(fat, 'A       TXT')), nowhere],
    ['a chain too short', ({ file, next }) => next(file, end), /the clusters of "D\/A\.TXT" end 488 bytes too early/],
  ];
};

t.test('damage of any chain is noted, and all else can be read', async (t) => {
  for (const bits of WIDTHS) {
    for (const [name, damage, note] of damages(bits)) {
      const fat = makeFat({ 'D/A.TXT': pattern(1000, 5) }, { bits });
      const file = fat.readUInt16LE(pointAt(fat, 'A       TXT'));
      const directory = fat.readUInt16LE(pointAt(fat, 'D          '));
      damage({ fat, file, directory, next: (of, is) => setNext(fat, bits, of, is) });
      const volume = await withFat(t, fat);
      t.equal(volume.notes.length, 1, `${name} in FAT${bits}`);
      t.match(volume.notes[0], /^What is in \.boot\/efi\.img cannot be read: /);
      t.match(volume.notes[0], note, `${name} in FAT${bits}`);
      t.strictSame([...(volume.boot?.children.keys() ?? [])], ['efi.img'], 'the image itself is there');
      t.ok((await readSource(isoFileSource(volume, lookup(volume, '.boot/efi.img') as IsoFile), 1e7)).equals(fat));
      t.equal(volume.fileCount, 1);
    }
  }
});

t.test('a directory needs a cluster', async (t) => {
  const fat = makeFat({ 'D/A.TXT': 'a' });
  fat.writeUInt16LE(0xfff, pointAt(fat, 'D          '));
  t.match((await withFat(t, fat)).notes, [/the directory "D" has no cluster/]);
});

t.test('directories have a greatest depth', async (t) => {
  const deep = (depth: number) => makeFat({ [`${'D/'.repeat(depth)}A.TXT`]: 'a' });
  t.strictSame((await withFat(t, deep(128))).notes, []);
  t.match((await withFat(t, deep(129))).notes, [/directories lie more than 128 deep/]);
});

/** A FAT32 file system of `clusters` clusters of `sectors` sectors, with a root directory in all of them; mostly a hole. */
async function withLargeFat(
  t: Test,
  clusters: number,
  sectors: number,
  next: (cluster: number) => number,
  root: string | Buffer = '',
) {
  const image = makeIso({ 'a.txt': '' }, { boot: [{ platform: 0xef, image: makeFat({}, { bits: 32 }) }] });
  const start = image.length - roundUp(makeFat({}, { bits: 32 }).length, SECTOR);
  const table = Buffer.alloc(Math.ceil((clusters + 2) / 128) * 512);
  for (let cluster = 2; cluster < clusters + 2; cluster += 1) table.writeUInt32LE(next(cluster), cluster * 4);
  image.writeUInt8(sectors, start + 13);
  image.writeUInt32LE(FAT_RESERVED + table.length / 512 + clusters * sectors, start + 32);
  image.writeUInt32LE(table.length / 512, start + 36);
  const path = join(t.testdir({ 'test.iso': image.subarray(0, start + FAT_RESERVED * 512) }), 'test.iso');
  await appendFile(path, table);
  await appendFile(path, root);
  await truncate(path, start + FAT_RESERVED * 512 + table.length + clusters * sectors * 512);
  return openVolume(path);
}

t.test('file systems beyond the limits are noted', async (t) => {
  const follows = (cluster: number) => cluster + 1;
  const tooLarge = await withLargeFat(t, 524_288, 1, follows);
  t.match(tooLarge.notes, [/its allocation table takes 2097160 bytes/]);
  const scattered = (cluster: number) => (cluster === 2 ? 0xfffffff : cluster + 2);
  const file = slot('A          ', 0x20, 3, 66_000 * 512);
  t.match((await withLargeFat(t, 135_000, 1, scattered, file)).notes, [/its files lie in more than 65536 pieces/]);
  t.match((await withLargeFat(t, 600, 128, follows)).notes, [/a directory takes more than 33554432 bytes/]);
  const entry = `SAME    TXT${' '}${'\0'.repeat(20)}`;
  const flood = await withLargeFat(
    t,
    300,
    128,
    (cluster) => (cluster < 260 ? cluster + 1 : 0xfffffff),
    entry.repeat(500_001),
  );
  t.match(flood.notes, [/it holds more than 500000 files/]);
  for (const volume of [tooLarge, flood]) t.equal(volume.fileCount, 1);
});
