import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readSource } from '../../../core/http/byte-source.js';
import { isoFileSource, lookup, walk } from '../../../core/iso/lookup.js';
import type { IsoFile } from '../../../core/iso/tree.js';
import { openVolume } from '../../../core/iso/volume.js';
import { makeIso } from '../../helpers/make-iso.js';
import { entryAt, patched, patchedHex, recordAt } from '../../helpers/patch-iso.js';

const DAMAGED = { code: 'SERABUT_ERR_ISO_DAMAGED' };
const UDF_ONLY = { code: 'SERABUT_ERR_ISO_UDF_ONLY' };
const UNSUPPORTED = { code: 'SERABUT_ERR_ISO_UNSUPPORTED' };
const SECTOR = 2048;
const PVD = 16 * SECTOR;

const volumeOf = (t: Test, image: Buffer) => openVolume(join(t.testdir({ 'test.iso': image }), 'test.iso'));
const contentOf = async (volume: Awaited<ReturnType<typeof openVolume>>, path: string) =>
  `${await readSource(isoFileSource(volume, lookup(volume, path) as IsoFile), 1e6)}`;

const files = {
  'boot/Kernel Image.bin': 'kernel',
  'boot/grub/grub.cfg': 'menu',
  'empty.txt': '',
  'no-files': { directory: true },
  latest: { symlink: 'boot/grub' },
} as const;

t.test('an image with Rock Ridge has its names, links and times', async (t) => {
  const modified = new Date('2025-06-07T08:09:10Z');
  const volume = await volumeOf(t, makeIso(files, { volumeId: 'Debian 13', modified, joliet: true }));
  t.match(volume, { volumeId: 'Debian 13', names: 'rock-ridge', fileCount: 3 });
  t.same(
    [...walk(volume.root)].map(({ path, node }) => `${node.kind} ${path}`),
    [
      'directory boot',
      'file boot/Kernel Image.bin',
      'directory boot/grub',
      'file boot/grub/grub.cfg',
      'file empty.txt',
      'symlink latest',
      'directory no-files',
    ],
  );
  t.same(lookup(volume, 'boot/grub/grub.cfg').modified, modified);
  t.equal(await contentOf(volume, 'latest/grub.cfg'), 'menu');
  t.equal(await contentOf(volume, 'empty.txt'), '');
});

t.test('Joliet names are used where there is no Rock Ridge', async (t) => {
  const volume = await volumeOf(t, makeIso({ ...files, 'ünï/日本.txt': 'ü' }, { rockRidge: false, joliet: true }));
  t.match(volume, { names: 'joliet', fileCount: 4 });
  t.equal(await contentOf(volume, 'boot/Kernel Image.bin'), 'kernel');
  t.equal(await contentOf(volume, 'ünï/日本.txt'), 'ü');
});

t.test('names of an enhanced descriptor are used where there is neither Rock Ridge nor Joliet', async (t) => {
  const long = 'n'.repeat(207);
  const names = { ...files, 'Ünï/A;1': 'version', 'trailing.': 'dot', [long]: 'long' };
  const volume = await volumeOf(t, makeIso(names, { rockRidge: false, enhanced: true }));
  t.match(volume, { names: 'enhanced', fileCount: 6 });
  t.equal(await contentOf(volume, 'boot/Kernel Image.bin'), 'kernel');
  for (const [path, content] of [
    ['Ünï/A;1', 'version'],
    ['trailing.', 'dot'],
    [long, 'long'],
  ] as const)
    t.equal(await contentOf(volume, path), content);
  t.throws(() => lookup(volume, 'BOOT'), { code: 'SERABUT_ERR_FILE_NOT_FOUND' }, 'letter case matters');
  const others = { enhanced: true, joliet: true };
  t.match(await volumeOf(t, makeIso(files, others)), { names: 'rock-ridge' });
  t.match(await volumeOf(t, makeIso(files, { ...others, rockRidge: false })), { names: 'joliet' });
});

t.test('a damaged descriptor harms only an image that needs its names', async (t) => {
  for (const kind of ['joliet', 'enhanced'] as const) {
    const damaged = (rockRidge: boolean) =>
      patchedHex(makeIso(files, { rockRidge, [kind]: true }), PVD + SECTOR + 128, '03000003');
    t.match(await volumeOf(t, damaged(true)), { names: 'rock-ridge', fileCount: 3 });
    await t.rejects(volumeOf(t, damaged(false)), { ...DAMAGED, message: 'the logical block size is 3' });
  }
});

t.test('plain names are found without regard to case', async (t) => {
  const volume = await volumeOf(t, makeIso(files, { rockRidge: false }));
  t.match(volume, { names: 'plain', fileCount: 3 });
  t.equal(await contentOf(volume, 'boot/grub/grub.cfg'), 'menu');
  t.equal(await contentOf(volume, 'BOOT/GRUB/Grub.CFG'), 'menu');
});

t.test('the source of a file has the stretches and the date of the ISO file', async (t) => {
  const content = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index % 251));
  const image = makeIso({ 'big.bin': content }, { splitAbove: 4096 });
  const volume = await volumeOf(t, image);
  const file = lookup(volume, 'big.bin') as IsoFile;
  t.equal(file.size, 10_000);
  t.equal(file.extents.length, 1, 'extents that follow each other are one');
  const source = isoFileSource(volume, file);
  t.equal(source.modified.getTime(), Number(volume.file.modifiedNs / 1_000_000n));
  t.ok((await readSource(source, 10_000)).equals(content));
});

t.test('extents that do not follow each other are kept apart, in order', async (t) => {
  const image = makeIso(
    { 'big.bin': Buffer.alloc(4096, 'a'), 'other.bin': Buffer.alloc(2048, 'b') },
    { splitAbove: 2048 },
  );
  const second = recordAt(image, 'BIG.BIN;1') + (image[recordAt(image, 'BIG.BIN;1')] ?? 0);
  const elsewhere = image.readUInt32LE(recordAt(image, 'OTHER.BIN;1') + 2);
  const volume = await volumeOf(t, patched(image, second + 2, elsewhere));
  t.equal((lookup(volume, 'big.bin') as IsoFile).extents.length, 2);
  t.equal(await contentOf(volume, 'big.bin'), 'a'.repeat(2048) + 'b'.repeat(2048));
});

t.test('large directories, deep directories and long names are read', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 1200 }, (_, index) => [`many/file ${index}`, `${index}`]));
  const deep = Array.from({ length: 60 }, (_, index) => `d${index}`).join('/');
  const long = 'n'.repeat(255);
  const volume = await volumeOf(t, makeIso({ ...many, [`${deep}/end`]: 'deep', [long]: 'long' }));
  t.equal(volume.fileCount, 1202);
  t.equal(await contentOf(volume, 'many/file 1199'), '1199');
  t.equal(await contentOf(volume, `${deep}/end`), 'deep');
  t.equal(await contentOf(volume, long), 'long');
});

t.test('directories have a greatest depth', async (t) => {
  const path = (depth: number) => `${'d/'.repeat(depth)}end`;
  await t.resolves(volumeOf(t, makeIso({ [path(127)]: '' })));
  await t.rejects(volumeOf(t, makeIso({ [path(129)]: '' })), UNSUPPORTED);
});

t.test('the volume descriptors are needed, their terminator is not', async (t) => {
  const image = makeIso(files);
  const without = (sector: number) => Buffer.from(image).fill(0, sector * SECTOR, (sector + 1) * SECTOR);
  t.match(await volumeOf(t, without(17)), { fileCount: 3 });
  await t.rejects(volumeOf(t, without(16)), { ...DAMAGED, message: 'no volume descriptor: sector 16 is empty' });
  await t.rejects(volumeOf(t, Buffer.alloc(PVD + SECTOR, 'x')), UNSUPPORTED);
  await t.rejects(volumeOf(t, Buffer.alloc(PVD + SECTOR - 1)), DAMAGED);
  await t.rejects(volumeOf(t, Buffer.alloc(0)), { ...DAMAGED, message: '0 bytes are too few for an ISO 9660 image' });
});

t.test('the root directory is found although the length of its record is wrong', async (t) => {
  t.match(await volumeOf(t, patchedHex(makeIso(files), PVD + 156, '44')), { fileCount: 3 });
});

t.test('the search for volume descriptors ends', async (t) => {
  const partitions = Buffer.alloc(100 * SECTOR);
  for (let sector = 16; sector < 100; sector += 1) partitions.set(Buffer.from('\x03CD001\x01'), sector * SECTOR);
  await t.rejects(volumeOf(t, partitions), UNSUPPORTED);
});

t.test('an image that is UDF only has an error of its own', async (t) => {
  const udf = Buffer.alloc(20 * SECTOR);
  for (const [index, name] of ['BEA01', 'NSR02', 'TEA01'].entries()) udf.write(`\0${name}\x01`, (16 + index) * SECTOR);
  await t.rejects(volumeOf(t, udf), { ...UDF_ONLY, message: 'the image is UDF only, without an ISO 9660 file system' });
});

t.test('an image whose ISO 9660 side holds only a note is as good as UDF only', async (t) => {
  const bridge = (content: Record<string, string>) => {
    const image = makeIso(content, { rockRidge: false });
    const sectors = ['BEA01', 'NSR03', 'TEA01'].map((name) => Buffer.from(`\0${name}\x01`.padEnd(SECTOR, '\0')));
    const moved = Buffer.concat([image.subarray(0, 18 * SECTOR), ...sectors, image.subarray(18 * SECTOR)]);
    // The root directory moved by three sectors; what is in it is not looked at.
    return patched(moved, PVD + 156 + 2, image.readUInt32LE(PVD + 156 + 2) + 3);
  };
  for (const note of [{ 'README.TXT': 'see UDF' }, { 'readme.txt': '' }, {}]) {
    await t.rejects(volumeOf(t, bridge(note)), { ...UDF_ONLY, message: /in UDF only/ });
  }
  t.match(await volumeOf(t, bridge({ 'README.TXT': '', 'BOOT.IMG': '' })), { names: 'plain', fileCount: 2 });
});

t.test('block sizes are powers of two from 512 to 2048', async (t) => {
  const image = makeIso({ 'a.txt': 'text' });
  const both = (value: string) => patchedHex(image, PVD + 128, value);
  await t.rejects(volumeOf(t, both('00100010')), { ...DAMAGED, message: 'the logical block size is 4096' });
  await t.rejects(volumeOf(t, both('00000000')), DAMAGED);
  t.match(
    await volumeOf(t, both('01000800')),
    { fileCount: 1 },
    'the big-endian number where the other is out of range',
  );
});

t.test('images of every block size are read, with names of every kind', async (t) => {
  const long = 'n'.repeat(240);
  const many = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`many/file ${index}`, `content ${index}`]),
  );
  const all = { ...many, 'a.txt': 'first', 'b.txt': 'second', 'sub/dir/c.txt': 'third', 'big.bin': 'b'.repeat(5000) };
  const kinds = [
    { rockRidge: true, extra: { [long]: 'long', link: { symlink: 't'.repeat(240) } } },
    { rockRidge: false, joliet: true, extra: { ünï: 'ü' } },
    { rockRidge: false, enhanced: true, extra: { ünï: 'ü' } },
    { rockRidge: false, extra: {} },
  ];
  for (const blockSize of [512, 1024, 2048]) {
    for (const { extra, ...options } of kinds) {
      const content = { ...all, ...extra };
      const volume = await volumeOf(t, makeIso(content, { ...options, blockSize, splitAbove: 2048 }));
      for (const [path, text] of Object.entries(content)) {
        const name = volume.names === 'plain' ? path.replace(' ', '_') : path;
        if (typeof text === 'string') t.equal(await contentOf(volume, name), text, `${path} in blocks of ${blockSize}`);
        else t.match(volume.root.children.get(path), { kind: 'symlink', target: text.symlink });
      }
    }
  }
  const small = await volumeOf(t, makeIso(all, { blockSize: 512 }));
  const offset = (path: string) => (lookup(small, path) as IsoFile).extents[0]?.offset ?? 0;
  t.ok(offset('b.txt') % SECTOR > 0, 'files begin inside of sectors');
});

t.test('the first of two files with one name counts', async (t) => {
  const image = makeIso({ 'a.txt': 'first', 'b.txt': 'second' }, { rockRidge: false });
  const volume = await volumeOf(t, patchedHex(image, recordAt(image, 'B.TXT;1') + 33, '41'));
  t.equal(volume.fileCount, 1);
  t.equal(await contentOf(volume, 'a.txt'), 'first');
});

t.test('a compressed or sparse file is listed, and refused by name when it is read', async (t) => {
  const image = makeIso({ 'a-name-of-some-length.txt': 'text', 'b.txt': 'text' });
  const name = entryAt(image, recordAt(image, 'A_NAME_OF_SOME_LENGT.TXT;1'), 'NM');
  for (const [entry, compressed, message] of [
    ['5a46 10 01 707a', 'zisofs', /^"a_name_of_some_lengt\.txt" is stored compressed \(zisofs, .*only this file/],
    ['5346 10 01 0000', 'sparse', /^"a_name_of_some_lengt\.txt" is stored sparse \(Rock Ridge SF\)/],
  ] as const) {
    const volume = await volumeOf(t, patchedHex(patchedHex(image, name, entry), name + 16, '00'.repeat(14)));
    const file = lookup(volume, 'a_name_of_some_lengt.txt') as IsoFile;
    t.match(file, { compressed, size: 4 });
    t.throws(() => isoFileSource(volume, file), { ...UNSUPPORTED, message, where: volume.file.path });
    t.equal(await contentOf(volume, 'b.txt'), 'text');
  }
});

t.test('errors name the file', async (t) => {
  const directory = t.testdir({ 'x.iso': 'x' });
  await t.rejects(openVolume(join(directory, 'x.iso')), { ...DAMAGED, where: join(directory, 'x.iso') });
  await t.rejects(openVolume(join(directory, 'y.iso')), { code: 'SERABUT_ERR_ISO_NOT_FOUND' });
  await t.rejects(openVolume(directory), UNSUPPORTED);
});

t.test('a named pipe is refused, not waited for', { skip: process.platform === 'win32' }, async (t) => {
  const path = join(t.testdir({}), 'pipe.iso');
  execFileSync('mkfifo', [path]);
  await t.rejects(openVolume(path), UNSUPPORTED);
});

t.test('a file that is changed while it is indexed is not indexed', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`${index}/f`, 'x']));
  const path = join(t.testdir({ 'test.iso': makeIso(many) }), 'test.iso');
  const opening = openVolume(path);
  await writeFile(path, 'shorter');
  await t.rejects(opening, { code: /FILE_CHANGED|DAMAGED/ });
});
