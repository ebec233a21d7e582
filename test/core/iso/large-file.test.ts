import { execFileSync } from 'node:child_process';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { buildApp, type TestApp } from '../../helpers/build-app.js';
import { pattern } from '../../helpers/isos.js';
import { makeIso } from '../../helpers/make-iso.js';
import { cannotMake, makeByPycdlib } from '../../helpers/masters.js';
import { oracles } from '../../helpers/oracles.js';
import { patched, recordAt } from '../../helpers/patch-iso.js';

/**
 * A file of 5 GiB, which ISO 9660 records in several extents, compared with the same file on disk. Both are sparse. Its
 * head, its tail, the stretches around every multiple of 1 GiB and around the border between the extents, and ranges from
 * all over it are compared, and its length; not the whole: five gigabytes take a minute to send and hash, and the parts
 * that are left out are all zero bytes.
 */

const SECTOR = 2048;
const PVD = 16 * SECTOR;
const GIB = 2 ** 30;
const SIZE = 5 * GIB + 12_345;

/** The most that one extent holds: the last whole sector below 4 GiB. */
const BORDER = 2 ** 32 - SECTOR;

const places = [0, GIB, 2 * GIB, 3 * GIB, BORDER, SIZE - 25_000].map((at) => Math.max(0, at - 25_000));

async function writeMarks(file: FileHandle, start: number): Promise<void> {
  for (const [index, at] of places.entries()) await file.write(pattern(50_000, index + 1), 0, 50_000, start + at);
}

async function sparse(path: string, size: number, write: (file: FileHandle) => Promise<void>): Promise<void> {
  await using file = await open(path, 'w');
  await file.truncate(size);
  await write(file);
}

/** An image with the file in two extents, made from one with a small file in two extents. */
async function writeOwnImage(path: string): Promise<void> {
  const small = makeIso({ 'after.txt': 'after', 'large.bin': Buffer.alloc(2 * SECTOR) }, { splitAbove: SECTOR });
  const first = recordAt(small, 'LARGE.BIN;1');
  const second = first + small.readUInt8(first);
  const location = small.readUInt32LE(first + 2);
  const fields = {
    [PVD + 80]: location + Math.ceil(SIZE / SECTOR),
    [first + 10]: BORDER,
    [second + 2]: location + BORDER / SECTOR,
    [second + 10]: SIZE - BORDER,
  };
  const image = Object.entries(fields).reduce((bytes, [at, value]) => patched(bytes, Number(at), value), small);
  await sparse(path, (location + Math.ceil(SIZE / SECTOR)) * SECTOR, async (file) => {
    await file.write(image, 0, location * SECTOR, 0);
    await writeMarks(file, location * SECTOR);
  });
}

async function part(app: TestApp, iso: string, start: number, length: number): Promise<Buffer> {
  const headers = { range: `bytes=${start}-${start + length - 1}` };
  const response = await fetch(`${app.url}/iso/content/${encodeURIComponent(iso)}/large.bin`, { headers });
  return Buffer.from(await response.arrayBuffer());
}

async function compare(t: Test, app: TestApp, iso: string, original: string): Promise<void> {
  const head = await fetch(`${app.url}/iso/content/${encodeURIComponent(iso)}/large.bin`, { method: 'HEAD' });
  t.equal(head.headers.get('content-length'), `${SIZE}`);
  await using file = await open(original);
  const all = Array.from({ length: 64 }, (_, index) => Math.floor((index / 64) * SIZE) + index);
  for (const start of [...places, ...places.map((at) => at + 24_000), ...all, SIZE - 10]) {
    const length = Math.min(60_000, SIZE - start);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, start);
    if (!buffer.equals(await part(app, iso, start, length))) t.fail(`${length} bytes at ${start} differ`);
  }
  t.ok((await part(app, iso, BORDER - 1, 2)).equals(pattern(50_000, 5).subarray(24_999, 25_001)), 'across the border');
}

/** The listing of another program has the same length. */
function listedBy(oracle: string, image: string): string {
  const [lists, options] =
    oracle === 'bsdtar' ? [['-tvf', image], []] : [['-indev', image, '-find', '/', '-exec', 'lsdl', '--'], []];
  return `${execFileSync(oracle, [...lists, ...options], { stdio: ['ignore', 'pipe', 'ignore'] })}`;
}

t.test('a file of 5 GiB', async (t) => {
  const app = await buildApp(t, { start: false, files: { 'isos/.keep': '' } });
  const isos = join(app.data, 'isos');
  const original = join(isos, 'large.bin');
  await sparse(original, SIZE, (file) => writeMarks(file, 0));
  await writeOwnImage(join(isos, 'own.iso'));
  const skip = cannotMake({ program: 'pycdlib' });
  const failure = skip ? undefined : makeByPycdlib([{ name: 'large_file' }], isos);
  await app.start();

  for (const [name, iso, skipped] of [
    ['a small image that was patched', 'own.iso', false],
    ['an image of pycdlib', 'pycdlib large_file.iso', skip],
  ] as const) {
    await t.test(`in ${name} it is served as it is on disk`, { skip: skipped }, async (t) => {
      if (failure !== undefined && iso !== 'own.iso') throw failure;
      await compare(t, app, iso, original);
      for (const oracle of oracles)
        t.match(listedBy(oracle.name, join(isos, iso)), ` ${SIZE} `, `${oracle.name} says so too`);
    });
  }
});
