import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ESP, withGpt } from '../helpers/make-boot.js';
import { makeFat } from '../helpers/make-fat.js';
import { makeIso } from '../helpers/make-iso.js';
import { masters } from '../helpers/master-list.js';
import { makeImages } from '../helpers/masters.js';
import type { Seed } from './target.js';

const modified = new Date('2026-01-02T03:04:05Z');

const files = {
  'boot/grub/grub.cfg': 'menu',
  'a/long/way/down.txt': 'x',
  empty: { directory: true },
  'empty.txt': '',
  [`${'n'.repeat(200)}.txt`]: 'long name',
  [`links/${'l'.repeat(200)}`]: { symlink: `../${'t'.repeat(200)}/..//${'u'.repeat(100)}` },
  'links/absolute': { symlink: '/boot/grub' },
  'links/loop-a': { symlink: 'loop-b' },
  'links/loop-b': { symlink: './loop-a' },
  debian: { symlink: '.' },
  'big.bin': Buffer.alloc(5000, 'b'),
  '日本語/ファイル.txt': 'ü',
} as const;

const many = Object.fromEntries(
  Array.from({ length: 60 }, (_, index) => [`many/file number ${index}.txt`, index % 7 === 0 ? '' : `${index}`]),
);

const fat = makeFat(
  { 'EFI/BOOT/BOOTX64.EFI': 'x'.repeat(3000), 'EFI/a long name of a file.cfg': 'y' },
  { scattered: true },
);
const boot = [
  { platform: 0, image: 'big.bin' },
  { platform: 0xef, image: fat },
];

/** With the EFI system partition that the catalog names in a partition table too. */
function hybrid(): Buffer {
  const image = makeIso(files, { modified, boot });
  const start = image.indexOf(fat) / 512;
  return withGpt(image, [{ type: ESP, start, length: fat.length / 512 }]);
}

/** Small images of our own: the same on every machine. */
export function ownSeeds(): Seed[] {
  const seeds: Record<string, Buffer> = {
    'Rock Ridge': makeIso(files, { modified }),
    'Rock Ridge and Joliet': makeIso(files, { modified, joliet: true, splitAbove: 2048 }),
    Joliet: makeIso(files, { modified, joliet: true, rockRidge: false, splitAbove: 2048 }),
    plain: makeIso(files, { modified, rockRidge: false, splitAbove: 4096 }),
    enhanced: makeIso(files, { modified, rockRidge: false, enhanced: true }),
    'small blocks': makeIso(files, { modified, blockSize: 512 }),
    'many files': makeIso({ ...files, ...many }, { modified, splitAbove: 2048 }),
    'El Torito': makeIso(files, { modified, boot }),
    hybrid: hybrid(),
  };
  return Object.entries(seeds).map(([name, bytes]) => ({ name, bytes }));
}

/** Images larger than this take more time to copy than to read. */
const MAX_BYTES = 400_000;

/** What is installed of other programs makes more of them. */
export async function programSeeds(): Promise<Seed[]> {
  const directory = mkdtempSync(join(tmpdir(), 'serabut-fuzz-'));
  try {
    const made = await makeImages(masters, directory);
    const images = [...made].filter(([{ program }, error]) => program !== 'our own generator' && error === undefined);
    const seeds = images.map(([{ name }]) => ({ name, bytes: readFileSync(join(directory, `${name}.iso`)) }));
    return seeds.filter(({ bytes }) => bytes.length <= MAX_BYTES);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
