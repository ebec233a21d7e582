import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { readSource } from '../../../../core/http/byte-source.js';
import { isoFileSource, lookup, walk } from '../../../../core/iso/lookup.js';
import type { IsoDirectory, IsoFile } from '../../../../core/iso/tree.js';
import { openVolume, type Volume } from '../../../../core/iso/volume.js';
import { pattern } from '../../../helpers/isos.js';
import type { IsoContent } from '../../../helpers/make-iso.js';
import { missing, sha256, treeOnDisk, writeTree } from '../../../helpers/trees.js';

const quiet = (program: string, ...options: string[]) => execFileSync(program, options, { stdio: 'ignore' });
const bytesOf = (volume: Volume, path: string) =>
  readSource(isoFileSource(volume, lookup(volume, path) as IsoFile), 100_000_000);

async function treeBelow(volume: Volume, path: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const found of walk(lookup(volume, path) as IsoDirectory)) {
    tree[found.path] =
      found.node.kind === 'directory' ? 'directory' : sha256(await bytesOf(volume, `${path}/${found.path}`));
  }
  return tree;
}

const onSystemPartition: Record<string, IsoContent> = {
  'EFI/BOOT/BOOTX64.EFI': pattern(930_001, 2),
  'EFI/BOOT/grubx64.efi': pattern(2_000_003, 3),
  'EFI/debian/grub.cfg': 'search --file --set=root /.disk/info',
  'EFI/debian/a rather long name with bl anks and dots.and.more.cfg': 'x',
  'EFI/debian/empty.cfg': '',
  'EFI/debian/ünïcödé 日本語.txt': 'y',
  ...Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`EFI/fonts/font number ${index}.pf2`, `${index}`])),
};

/** Makes `image` by a program, fills it, and leaves gaps that the last file has to go around. */
async function fillFat(directory: string, image: string): Promise<void> {
  const source = join(directory, 'system');
  await rm(source, { recursive: true, force: true });
  await writeTree(source, onSystemPartition);
  const mtools = (program: string, ...options: string[]) =>
    execFileSync(program, ['-i', image, ...options], { stdio: 'ignore', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  await writeTree(
    join(directory, 'gaps'),
    Object.fromEntries([...Array(12).keys()].map((n) => [`G${n}`, pattern(40_000, n)])),
  );
  for (let n = 0; n < 12; n += 1) mtools('mcopy', join(directory, 'gaps', `G${n}`), `::/G${n}`);
  for (let n = 0; n < 12; n += 2) mtools('mdel', `::/G${n}`);
  mtools('mcopy', '-s', join(source, 'EFI'), '::/');
  for (let n = 1; n < 12; n += 2) mtools('mdel', `::/G${n}`);
}

const FORMATS: Record<string, (image: string) => void> = {
  'mkfs.vfat -F 12': (image) => quiet('mkfs.vfat', '-F', '12', '-C', image, '6000'),
  'mkfs.vfat -F 16': (image) => quiet('mkfs.vfat', '-F', '16', '-s', '1', '-C', image, '6000'),
  'mkfs.vfat -F 32': (image) => quiet('mkfs.vfat', '-F', '32', '-C', image, '40000'),
  mformat: (image) => quiet('mformat', '-C', '-i', image, '-T', '12000', '-h', '2', '-s', '32', '::'),
};

const BIOS = ['-b', 'isolinux.bin', '-c', 'boot.cat', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'];
const ALSO_EFI = ['-eltorito-alt-boot', '-e', 'efi.img', '-no-emul-boot'];
const APPENDED = ['--interval:appended_partition_2:all::', '-no-emul-boot'];
const ESP = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';

/** How distributions call xorriso; `efi` is the path of the image on disk. */
const LAYOUTS: Record<string, { options: (efi: string) => string[]; inTree: boolean; bios: boolean }> = {
  'a file of the volume, named by catalog and GPT, as Debian has it': {
    options: () => ['-r', '-J', ...BIOS, ...ALSO_EFI, '-isohybrid-gpt-basdat'],
    inTree: true,
    bios: true,
  },
  'an appended partition, named by catalog and GPT, as Ubuntu and Fedora have it': {
    options: (efi) => [
      '-r',
      '-J',
      ...BIOS,
      '-append_partition',
      '2',
      ESP,
      efi,
      '-appended_part_as_gpt',
      '-eltorito-alt-boot',
      '-e',
      ...APPENDED,
    ],
    inTree: false,
    bios: true,
  },
  'an appended partition that only the GPT names': {
    options: (efi) => ['--norock', '-J', '-append_partition', '2', ESP, efi, '-appended_part_as_gpt'],
    inTree: false,
    bios: false,
  },
  'an appended partition that only the MBR names': {
    options: (efi) => ['--norock', '-append_partition', '2', '0xef', efi],
    inTree: false,
    bios: false,
  },
};

for (const [format, make] of Object.entries(FORMATS)) {
  const skip = missing('xorriso', 'mkfs.vfat', 'mformat', 'mcopy', 'mdel');
  t.test(
    `a system partition by ${format} is read as mtools reads it, wherever xorriso puts it`,
    { skip },
    async (t) => {
      const directory = t.testdir({ isolinux: pattern(40_000, 9) });
      const efi = join(directory, 'efi.img');
      make(efi);
      await fillFat(directory, efi);
      await mkdir(join(directory, 'read'));
      execFileSync('mcopy', ['-s', '-i', efi, '::/EFI', join(directory, 'read')], {
        env: { ...process.env, LC_ALL: 'C.UTF-8' },
      });
      const expected = await treeOnDisk(join(directory, 'read'));
      t.strictSame(expected, await treeOnDisk(join(directory, 'system')), 'the comparison itself is sound');
      // One format in all layouts, the others in one: to make images takes its time.
      const layouts = Object.entries(LAYOUTS).filter(([, { inTree }]) => inTree || format === 'mkfs.vfat -F 16');
      for (const [name, { options, inTree, bios }] of layouts) {
        const [source, iso] = [join(directory, 'source'), join(directory, 'test.iso')];
        await rm(source, { recursive: true, force: true });
        await mkdir(source);
        await cp(join(directory, 'isolinux'), join(source, 'isolinux.bin'));
        if (inTree) await cp(efi, join(source, 'efi.img'));
        quiet('xorriso', '-as', 'mkisofs', ...options(efi), '-o', iso, source);
        const volume = await openVolume(iso);
        t.strictSame(volume.notes, [], name);
        t.strictSame(await treeBelow(volume, '.boot/efi'), expected, name);
        const largest = lookup(volume, '.boot/efi/EFI/BOOT/grubx64.efi') as IsoFile;
        // FAT32 has to be so large here that nothing needs to fill the gaps.
        if (!format.endsWith('32')) t.ok(largest.extents.length > 1, 'a file in several pieces is among them');
        t.equal(sha256(await bytesOf(volume, '.boot/efi.img')), sha256(await readFile(efi)), 'the image as it is');
        if (bios)
          t.ok(
            (await bytesOf(volume, '.boot/bios.img')).equals(await bytesOf(volume, 'isolinux.bin')),
            'that for BIOS',
          );
        t.equal(volume.boot?.children.has('bios.img'), bios);
      }
    },
  );
}

const LONG_NAMES = {
  'Some Dir/Long mixed Case name.with.dots.txt': 'a',
  [`${'x'.repeat(200)}.txt`]: 'b',
  'trailing.': 'c',
  'a;1': 'd',
  'ünï/日本語.txt': 'e',
  UPPER: 'f',
};

for (const [program, options] of [
  ['genisoimage', ['-iso-level', '4']],
  ['xorriso', ['-as', 'mkisofs', '--norock', '-iso-level', '4']],
] as const) {
  t.test(`long names by an enhanced descriptor of ${program} are read`, { skip: missing(program) }, async (t) => {
    const directory = t.testdir({ source: {} });
    await writeTree(join(directory, 'source'), LONG_NAMES);
    quiet(program, ...options, '-o', join(directory, 'test.iso'), join(directory, 'source'));
    const volume = await openVolume(join(directory, 'test.iso'));
    t.match(volume, { names: 'enhanced', boot: undefined, notes: [] });
    t.strictSame(await treeBelow(volume, ''), await treeOnDisk(join(directory, 'source')));
  });
}

t.test('an image with UDF beside ISO 9660 is read', { skip: missing('genisoimage') }, async (t) => {
  const directory = t.testdir({ source: { 'a.txt': 'text', dir: { 'b.txt': 'more' } } });
  quiet('genisoimage', '-udf', '-r', '-o', join(directory, 'test.iso'), join(directory, 'source'));
  const volume = await openVolume(join(directory, 'test.iso'));
  t.strictSame(await treeBelow(volume, ''), await treeOnDisk(join(directory, 'source')));
});

t.test(
  'of a UDF image with nothing but a note in ISO 9660 the error says so',
  { skip: missing('genisoimage') },
  async (t) => {
    const directory = t.testdir({ source: { 'readme.txt': 'This disc contains a "UDF" file system.' } });
    quiet('genisoimage', '-udf', '-o', join(directory, 'test.iso'), join(directory, 'source'));
    await t.rejects(openVolume(join(directory, 'test.iso')), { code: 'SERABUT_ERR_ISO_UDF_ONLY' });
  },
);

t.test(
  'a file that was compressed by mkzftree is refused, others are read',
  { skip: missing('genisoimage', 'mkzftree') },
  async (t) => {
    const directory = t.testdir({ source: { 'packed.txt': 'z'.repeat(100_000), 'tiny.txt': 'text' } });
    quiet('mkzftree', join(directory, 'source'), join(directory, 'packed'));
    quiet('genisoimage', '-r', '-z', '-o', join(directory, 'test.iso'), join(directory, 'packed'));
    const volume = await openVolume(join(directory, 'test.iso'));
    t.throws(() => isoFileSource(volume, lookup(volume, 'packed.txt') as IsoFile), {
      code: 'SERABUT_ERR_ISO_UNSUPPORTED',
      message: /^"packed\.txt" is stored compressed \(zisofs/,
    });
    t.equal(
      `${await bytesOf(volume, 'tiny.txt')}`,
      `${await buffer(createReadStream(join(directory, 'packed/tiny.txt')))}`,
    );
  },
);
