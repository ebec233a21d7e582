import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readSource } from '../../../../core/http/byte-source.js';
import { isoFileSource, lookup, walk } from '../../../../core/iso/lookup.js';
import type { IsoDirectory, IsoFile } from '../../../../core/iso/tree.js';
import { openVolume, type Volume } from '../../../../core/iso/volume.js';
import { buildApp } from '../../../helpers/build-app.js';
import { pattern } from '../../../helpers/isos.js';
import { ESP, withGpt, withMbr } from '../../../helpers/make-boot.js';
import { makeFat } from '../../../helpers/make-fat.js';
import { makeIso } from '../../../helpers/make-iso.js';
import { patchedHex } from '../../../helpers/patch-iso.js';

const NOT_FOUND = { code: 'SERABUT_ERR_FILE_NOT_FOUND' };
const SECTOR = 2048;

const volumeOf = (t: Test, image: Buffer) => openVolume(join(t.testdir({ 'test.iso': image }), 'test.iso'));
const bytesOf = (volume: Volume, path: string) =>
  readSource(isoFileSource(volume, lookup(volume, path) as IsoFile), 10_000_000);
const paths = (volume: Volume, path = '') => [...walk(lookup(volume, path) as IsoDirectory)].map(({ path }) => path);

const shim = pattern(3000, 4);
const fat = makeFat({ 'EFI/BOOT/BOOTX64.EFI': shim, 'EFI/BOOT/grub x64.efi': 'grub' });
const loader = pattern(9000, 6);
const tree = { 'boot/loader.bin': loader, 'boot/efi.img': fat, 'a.txt': 'text' };
const both = [
  { platform: 0, image: 'boot/loader.bin' },
  { platform: 0xef, image: 'boot/efi.img', loadSize: 0 },
];
const listed = ['bios.img', 'efi', 'efi.img'];
const filesOfFat = ['EFI', 'EFI/BOOT', 'EFI/BOOT/BOOTX64.EFI', 'EFI/BOOT/grub x64.efi'];

t.test('boot images, and the files in that for UEFI, are found below .boot', async (t) => {
  const volume = await volumeOf(t, makeIso(tree, { boot: both }));
  t.strictSame(volume.notes, []);
  t.strictSame([...(lookup(volume, '.boot') as IsoDirectory).children.keys()].sort(), listed);
  t.strictSame(paths(volume, '.boot/efi'), filesOfFat);
  t.ok(
    (await bytesOf(volume, '.boot/bios.img')).equals(loader),
    'as long as the file that it is, not as what is loaded',
  );
  t.ok((await bytesOf(volume, '.boot/efi.img')).equals(fat));
  t.ok((await bytesOf(volume, '/.boot/efi/EFI/BOOT/BOOTX64.EFI')).equals(shim));
});

t.test('a file in FAT is found in any letter case, a file of the volume is not', async (t) => {
  for (const options of [
    {},
    { rockRidge: false, joliet: true },
    { rockRidge: false, enhanced: true },
    { rockRidge: false },
  ]) {
    const volume = await volumeOf(t, makeIso(tree, { ...options, boot: both }));
    for (const path of ['EFI/BOOT/BOOTX64.EFI', 'efi/boot/bootx64.efi', 'Efi/Boot/bootX64.efi']) {
      t.ok((await bytesOf(volume, `.boot/efi/${path}`)).equals(shim), `${path} by ${volume.names}`);
    }
    t.equal(`${await bytesOf(volume, '.boot/efi/efi/boot/GRUB X64.efi')}`, 'grub');
    t.throws(() => lookup(volume, '.boot/efi/EFI/BOOT/other.efi'), NOT_FOUND);
    if (volume.names !== 'plain') t.throws(() => lookup(volume, '.BOOT/EFI/EFI'), NOT_FOUND);
  }
});

t.test('the tree of the volume and its count stay what the image has', async (t) => {
  const [plain, booting] = [await volumeOf(t, makeIso(tree)), await volumeOf(t, makeIso(tree, { boot: both }))];
  t.strictSame(paths(booting), paths(plain));
  t.equal(booting.fileCount, 3);
  t.strictSame([...booting.root.children.keys()], ['a.txt', 'boot']);
  t.equal(plain.boot, undefined);
  t.throws(() => lookup(plain, '.boot'), NOT_FOUND);
  t.throws(() => lookup(booting, 'boot/.boot'), NOT_FOUND, 'in the root only');
});

t.test('an entry of the image that is called .boot wins', async (t) => {
  const directory = await volumeOf(t, makeIso({ ...tree, '.boot/own.txt': 'own' }, { boot: both }));
  t.strictSame(paths(directory, '.boot'), ['own.txt']);
  t.throws(() => lookup(directory, '.boot/efi.img'), NOT_FOUND);
  t.match(lookup(await volumeOf(t, makeIso({ ...tree, '.boot': 'file' }, { boot: both })), '.boot'), { kind: 'file' });
});

t.test('symbolic links lead into .boot and out of it', async (t) => {
  const links = { shim: { symlink: '.boot/efi/EFI/BOOT/BOOTX64.EFI' }, back: { symlink: '.boot/efi/../../a.txt' } };
  const volume = await volumeOf(t, makeIso({ ...tree, ...links }, { boot: both }));
  t.match(lookup(volume, 'shim'), { name: 'BOOTX64.EFI' });
  t.match(lookup(volume, 'back'), { name: 'a.txt' });
});

t.test('an image that is no file of the volume has the length of its file system', async (t) => {
  for (const loadSize of [0, 1, 4, 0xffff]) {
    const volume = await volumeOf(t, makeIso({ 'a.txt': '' }, { boot: [{ platform: 0xef, image: fat, loadSize }] }));
    t.ok((await bytesOf(volume, '.boot/efi.img')).equals(fat), `load size ${loadSize}`);
    t.strictSame(volume.notes, []);
  }
});

t.test('without a file or a file system the length is that of the emulated disk, or what is loaded', async (t) => {
  const content = pattern(3_000_000, 8);
  const lengthOf = async (media: number, loadSize = 4) => {
    const volume = await volumeOf(
      t,
      makeIso({ 'a.txt': '' }, { boot: [{ platform: 0, image: content, media, loadSize }] }),
    );
    const image = lookup(volume, '.boot/bios.img') as IsoFile;
    t.ok((await bytesOf(volume, '.boot/bios.img')).equals(content.subarray(0, image.size)));
    return image.size;
  };
  for (const [media, length] of [
    [1, 1_228_800],
    [2, 1_474_560],
    [3, 2_949_120],
    [0, 2048],
    [4, 2048],
  ] as const)
    t.equal(await lengthOf(media), length);
  t.equal(await lengthOf(0, 9), 4608);
});

t.test('several images for one platform are numbered', async (t) => {
  const other = makeFat({ 'EFI/BOOT/BOOTAA64.EFI': 'arm' });
  const boot = [...both, { platform: 0xef, image: other }, { platform: 0, image: 'a.txt' }];
  const volume = await volumeOf(t, makeIso(tree, { boot }));
  t.strictSame([...(volume.boot?.children.keys() ?? [])].sort(), [
    'bios-2.img',
    'bios.img',
    'efi',
    'efi-2',
    'efi-2.img',
    'efi.img',
  ]);
  t.equal(`${await bytesOf(volume, '.boot/efi-2/EFI/BOOT/BOOTAA64.EFI')}`, 'arm');
  t.equal(`${await bytesOf(volume, '.boot/bios-2.img')}`, 'text');
});

t.test('of very many images only some are read, which is noted', async (t) => {
  const boot = Array.from({ length: 12 }, () => ({ platform: 0xef, image: fat }));
  const volume = await volumeOf(t, makeIso(tree, { boot }));
  t.strictSame(volume.notes, ['Of 12 boot images only 8 are read.']);
  t.equal(volume.boot?.children.size, 16);
});

/** The image with a file system after its end, and where that is, in units of 512 bytes. */
function appended(image: Buffer): { image: Buffer; start: number; length: number } {
  return { image: Buffer.concat([image, fat]), start: image.length / 512, length: fat.length / 512 };
}

t.test('an appended partition is found by MBR and by GPT', async (t) => {
  const { image, start, length } = appended(makeIso(tree, { boot: both.slice(0, 1) }));
  const other = { type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', start: 1, length: 1 };
  for (const hybrid of [
    withMbr(image, [
      { type: 0x83, start: 1, length: 2 },
      { type: 0xef, start, length },
    ]),
    withGpt(image, [other, { type: ESP, start, length }]),
  ]) {
    const volume = await volumeOf(t, hybrid);
    t.strictSame(volume.notes, []);
    t.ok((await bytesOf(volume, '.boot/efi/EFI/BOOT/BOOTX64.EFI')).equals(shim));
    t.ok((await bytesOf(volume, '.boot/efi.img')).equals(fat));
    t.equal(volume.fileCount, 3);
  }
});

t.test('a partition that the catalog names too is one image', async (t) => {
  const image = makeIso(tree, { boot: both });
  const [extent] = (lookup(await volumeOf(t, image), '.boot/efi.img') as IsoFile).extents;
  const start = extent?.offset ?? 0;
  const hybrid = withMbr(image, [{ type: 0xef, start: start / 512, length: fat.length / 512 }]);
  t.strictSame([...((await volumeOf(t, hybrid)).boot?.children.keys() ?? [])].sort(), listed);
});

t.test('what is a system partition is for UEFI, whatever the catalog says', async (t) => {
  const image = makeIso(tree, { boot: [{ platform: 0, image: 'boot/efi.img' }] });
  const [extent] = (lookup(await volumeOf(t, image), '.boot/bios.img') as IsoFile).extents;
  const start = (extent?.offset ?? 0) / 512;
  const volume = await volumeOf(t, withMbr(image, [{ type: 0xef, start, length: fat.length / 512 }]));
  t.strictSame([...(volume.boot?.children.keys() ?? [])], ['efi.img', 'efi']);
});

t.test('partitions that are of no use are noted, and the volume is read', async (t) => {
  const { image, start, length } = appended(makeIso(tree));
  const cases: [Buffer, RegExp[]][] = [
    [
      withMbr(image, [{ type: 0xef, start: 1 << 30, length }]),
      [/^What is in \.boot\/efi\.img cannot be read: there is no FAT/, /ends \d+ bytes beyond/],
    ],
    [withMbr(image, [{ type: 0xef, start: start - 1, length: 1 }]), [/there is no FAT file system/]],
    [
      withGpt(image, [{ type: ESP, start: start + 1, length: -start }]),
      [/^The partition table cannot be read: a partition ends before/],
    ],
    [patchedHex(withGpt(image, []), 512 + 84, '10000000'), [/^The partition table cannot be read/]],
    [
      patchedHex(withGpt(image, [{ type: ESP, start, length }]), 512 + 72, 'ffffffffffffffff'),
      [/^The partition table .* beyond the end/],
    ],
    [withMbr(image, [{ type: 0xef, start, length: 0 }]), []],
    [patchedHex(withMbr(image, [{ type: 0xef, start, length }]), 510, '0000'), []],
  ];
  for (const [hybrid, notes] of cases) {
    const volume = await volumeOf(t, hybrid);
    t.equal(volume.notes.length, notes.length, volume.notes.join('\n'));
    for (const [index, note] of notes.entries()) t.match(volume.notes[index], note);
    t.strictSame(paths(volume), ['a.txt', 'boot', 'boot/efi.img', 'boot/loader.bin']);
    t.throws(() => lookup(volume, '.boot/efi'), NOT_FOUND);
  }
});

t.test('an image cut before its appended partition is read, with a note', async (t) => {
  const { image, start, length } = appended(makeIso(tree));
  const hybrid = withGpt(image, [{ type: ESP, start, length }]);
  const volume = await volumeOf(t, hybrid.subarray(0, hybrid.length - 512));
  t.match(volume.notes, [
    /^What is in \.boot\/efi\.img cannot be read: the FAT file system ends 512 bytes beyond/,
    /^\.boot\/efi\.img/,
  ]);
  t.equal(volume.boot, undefined);
  t.equal(`${await bytesOf(volume, 'a.txt')}`, 'text');
});

t.test('a damaged catalog leaves the volume without boot images', async (t) => {
  const image = makeIso(tree, { boot: both });
  const catalog = image.readUInt32LE(17 * SECTOR + 0x47) * SECTOR;
  for (const [damaged, note] of [
    [patchedHex(image, catalog + 1, '01'), /^The El Torito boot catalog cannot be read: the checksum/],
    [patchedHex(image, 17 * SECTOR + 0x47, 'ffffff7f'), /^The El Torito boot catalog cannot be read: 2048 bytes at/],
    [patchedHex(image, catalog + 32, '99'), /an entry begins with 153/],
  ] as const) {
    const volume = await volumeOf(t, damaged);
    t.match(volume, { boot: undefined, fileCount: 3 });
    t.equal(volume.notes.length, 1);
    t.match(volume.notes[0], note);
  }
  const outside = await volumeOf(t, patchedHex(image, catalog + 32 + 8, 'ffffffff'));
  t.match(outside.notes, [/^\.boot\/bios\.img cannot be read: it ends \d+ bytes beyond/]);
  t.strictSame([...(outside.boot?.children.keys() ?? [])].sort(), ['efi', 'efi.img']);
});

t.test('a UEFI image without a FAT file system is there as it is', async (t) => {
  const content = pattern(4096, 9);
  const volume = await volumeOf(t, makeIso({ 'efi.bin': content }, { boot: [{ platform: 0xef, image: 'efi.bin' }] }));
  t.ok((await bytesOf(volume, '.boot/efi.img')).equals(content));
  t.strictSame(volume.notes, ['What is in .boot/efi.img cannot be read: there is no FAT file system.']);
});

t.test('an entry without any length is noted', async (t) => {
  const boot = [{ platform: 0, image: new Uint8Array(2048), loadSize: 0 }];
  const volume = await volumeOf(t, makeIso(tree, { boot }));
  t.strictSame(volume.notes, ['.boot/bios.img cannot be read: nothing says how long it is.']);
});

t.test('what is below .boot is served as other files are', async (t) => {
  const { url } = await buildApp(t, { files: { 'isos/a.iso': makeIso(tree, { boot: both }) } });
  const get = (path: string, headers = {}) => fetch(`${url}/iso/content/a.iso/${path}`, { headers });
  t.equal(await (await get('')).text(), 'a.txt\nboot/\n', 'the root has what the image has');
  t.equal(await (await get('.boot/')).text(), 'bios.img\nefi.img\nefi/\n');
  t.equal(await (await get('.boot/efi/EFI/BOOT/')).text(), 'BOOTX64.EFI\ngrub x64.efi\n');
  const whole = await get('.boot/efi/efi/boot/bootx64.efi');
  t.equal(whole.headers.get('content-type'), 'application/efi');
  t.ok(Buffer.from(await whole.arrayBuffer()).equals(shim));
  const part = await get('.boot/efi/EFI/BOOT/BOOTX64.EFI', { range: 'bytes=500-1600' });
  t.equal(part.status, 206);
  t.ok(Buffer.from(await part.arrayBuffer()).equals(shim.subarray(500, 1601)));
});
