import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { IndexCache } from '../../../core/iso/index-cache.js';
import { IsoLibrary } from '../../../core/iso/library.js';
import { openVolume } from '../../../core/iso/volume.js';
import { makeFat } from '../../helpers/make-fat.js';
import { makeIso } from '../../helpers/make-iso.js';
import { contents } from '../../helpers/trees.js';

const iso = (volumeId: string) => makeIso({ 'a.txt': volumeId, 'b/c.txt': 'x' }, { volumeId });

interface Place {
  readonly image: string;
  readonly cache: string;
}

async function place(t: Test, image: Buffer = iso('FIRST')): Promise<Place> {
  const directory = t.testdir({ 'x.iso': image });
  return { image: join(directory, 'x.iso'), cache: join(directory, 'cache/isos') };
}

/** Opens an image with a cache of its own, as a new process would. */
async function opened({ image, cache }: Place) {
  const indexes = new IndexCache(cache);
  const volume = await indexes.open(image);
  await indexes.close();
  return volume;
}

async function indexFile({ cache }: Place): Promise<string> {
  const [name, ...others] = await readdir(cache);
  if (name === undefined || others.length > 0) throw new Error(`not one index, but ${others.length + 1}`);
  return join(cache, name);
}

/** Writes another volume identifier into an index, with a correct digest: only by this can it be seen that it is used. */
async function mark(place: Place): Promise<void> {
  await rewrite(place, (json) => json.replace('"FIRST"', '"OUT OF THE INDEX"'));
}

async function rewrite(place: Place, change: (json: string) => string): Promise<void> {
  const path = await indexFile(place);
  const text = await readFile(path, 'utf8');
  const json = change(text.slice(text.indexOf('\n') + 1));
  const digest = createHash('sha256').update(json).digest('hex');
  await writeFile(path, `${text.slice(0, text.indexOf('\n')).replace(/[0-9a-f]{64}$/, digest)}\n${json}`);
}

t.test('what comes out of an index is what is read from the image', async (t) => {
  const small = { 'a/b.txt': 'b', 'empty.txt': '', 'large.bin': Buffer.alloc(1_000_000) };
  for (const [name, image] of Object.entries({
    'Rock Ridge': makeIso(contents()),
    Joliet: makeIso(small, { rockRidge: false, joliet: true }),
    plain: makeIso(small, { rockRidge: false }),
    enhanced: makeIso(small, { rockRidge: false, enhanced: true }),
    'several extents': makeIso(small, { splitAbove: 100 * 2048 }),
    'a system partition': makeIso(small, {
      boot: [{ platform: 0xef, image: makeFat({ 'EFI/BOOT/BOOTX64.EFI': 'loader', 'long name.cfg': '' }) }],
    }),
    'a damaged system partition': makeIso(small, { boot: [{ platform: 0xef, image: Buffer.alloc(4096, 1) }] }),
  })) {
    const files = await place(t, image);
    const read = await openVolume(files.image);
    t.strictSame(await opened(files), read);
    const before = await stat(await indexFile(files));
    t.strictSame(await opened(files), read, name);
    t.equal((await stat(await indexFile(files))).ino, before.ino, 'and was not made again');
  }
});

t.test('an image is not read again as long as it is the same', async (t) => {
  const files = await place(t);
  await opened(files);
  await mark(files);
  t.equal((await opened(files)).volumeId, 'OUT OF THE INDEX');
});

t.test('an image that is another by anything is read again', async (t) => {
  const changes: Record<string, (image: string) => Promise<void>> = {
    'written to': (image) => writeFile(image, iso('OTHER')),
    'written to, with the time set back': async (image) => {
      const { atime, mtime } = await stat(image);
      await writeFile(image, iso('OTHER'));
      await utimes(image, atime, mtime);
    },
    'replaced by rename': async (image) => {
      await writeFile(`${image}.new`, iso('OTHER'));
      await rename(`${image}.new`, image);
    },
  };
  for (const [name, change] of Object.entries(changes)) {
    const files = await place(t);
    await opened(files);
    await mark(files);
    await change(files.image);
    t.equal((await opened(files)).volumeId, 'OTHER', name);
    t.equal((await opened(files)).volumeId, 'OTHER', `${name}, out of the new index`);
  }
});

t.test('an index that is damaged, hostile or of another version is made again', async (t) => {
  const changes: Record<string, (json: string) => string> = {
    'an extent behind the end': (json) => json.replace(/\["f","a.txt",(\d+),\[\d+,/, '["f","a.txt",$1,[999999999,'),
    'an extent before the beginning': (json) => json.replace(/\["f","a.txt",(\d+),\[\d+,/, '["f","a.txt",$1,[-2048,'),
    'an extent of half a byte': (json) => json.replace(/\["f","a.txt",(\d+),\[\d+,/, '["f","a.txt",$1,[0.5,'),
    'an extent too long': (json) => json.replace(/(\["f","a.txt",\d+,\[\d+),\d+/, '$1,99999999'),
    'half an extent': (json) => json.replace(/(\["f","a.txt",\d+,\[\d+),\d+/, '$1'),
    'a name that climbs': (json) => json.replace('"a.txt"', '".."'),
    'a name with a slash': (json) => json.replace('"a.txt"', '"../a"'),
    'one name twice': (json) => json.replace('"b"', '"a.txt"'),
    'a root that is a file': (json) => json.replace('"root":["d"', '"root":["f"'),
    'an unknown kind': (json) => json.replace('["f","a.txt"', '["q","a.txt"'),
    'a date that is none': (json) => json.replace(/("a.txt"),\d+/, '$1,"now"'),
    'nodes nested without end': (json) =>
      json.replace(/"root":.*/, `"root":${'["d","x",0,['.repeat(5000)}${']]'.repeat(5000)}}`),
    'no object': () => '[]',
    'no JSON': () => 'serabut',
    nothing: () => '',
  };
  for (const [name, change] of Object.entries(changes)) {
    const files = await place(t);
    const volume = await opened(files);
    const index = await readFile(await indexFile(files), 'utf8');
    await rewrite(files, change);
    t.not(await readFile(await indexFile(files), 'utf8'), index, `${name}: changed`);
    t.strictSame(await opened(files), volume, name);
    t.equal(await readFile(await indexFile(files), 'utf8'), index, `${name}: mended`);
  }
});

t.test('an index that is cut off anywhere, or altered anywhere, is made again', async (t) => {
  const files = await place(t);
  const volume = await opened(files);
  await mark(files);
  const path = await indexFile(files);
  const whole = await readFile(path);
  for (let length = 0; length < whole.length; length += 7) {
    await writeFile(path, whole.subarray(0, length));
    t.strictSame(await opened(files), volume, `${length} bytes`);
  }
  for (let at = 0; at < whole.length; at += 7) {
    const altered = Buffer.from(whole);
    altered[at] = (altered[at] ?? 0) ^ 1;
    await writeFile(path, altered);
    t.strictSame(await opened(files), volume, `altered at ${at}`);
  }
});

t.test('an index of one image is not taken for another', async (t) => {
  const files = await place(t);
  await opened(files);
  await mark(files);
  const index = await readFile(await indexFile(files));
  const other = { ...files, image: `${files.image}.iso` };
  await rm(files.cache, { recursive: true });
  await rename(files.image, other.image);
  await opened(other);
  await writeFile(await indexFile(other), index);
  t.equal((await opened(other)).volumeId, 'FIRST');
});

t.test('without a directory that can be written to, or with a file in its place, images are read', async (t) => {
  const files = await place(t);
  await mkdir(join(files.cache, '..'));
  await writeFile(files.cache, 'in the way');
  t.equal((await opened(files)).volumeId, 'FIRST');
  t.equal((await opened(files)).volumeId, 'FIRST');
  t.equal(await readFile(files.cache, 'utf8'), 'in the way');
});

t.test(
  'a directory that can only be read is used',
  { skip: process.getuid?.() === 0 && 'root may write' },
  async (t) => {
    const files = await place(t);
    await opened(files);
    await mark(files);
    await chmod(files.cache, 0o500);
    t.teardown(() => chmod(files.cache, 0o700));
    t.equal((await opened(files)).volumeId, 'OUT OF THE INDEX');
    await writeFile(files.image, iso('OTHER'));
    t.equal((await opened(files)).volumeId, 'OTHER');
  },
);

t.test('errors of images are those without a cache, and are not kept', async (t) => {
  const files = await place(t, Buffer.from('no image'));
  await t.rejects(opened(files), { code: 'SERABUT_ERR_ISO_DAMAGED', where: files.image });
  await t.rejects(opened({ ...files, image: `${files.image}.gone` }), { code: 'SERABUT_ERR_ISO_NOT_FOUND' });
  await t.rejects(readdir(files.cache), { code: 'ENOENT' });
});

t.test('the library keeps indexes for the images that there are, and nothing else', async (t) => {
  const directory = t.testdir({ isos: { 'a.iso': iso('A'), 'b.iso': iso('B'), 'c.iso': 'no image' } });
  const cacheDirectory = join(directory, 'cache');
  const start = async () => {
    const library = new IsoLibrary(join(directory, 'isos'), { settleMs: 20, pollMs: 30, cacheDirectory });
    t.teardown(() => library.close());
    await library.start();
    return library;
  };
  const first = await start();
  await first.close();
  const [one = '', two = '', ...others] = await readdir(cacheDirectory);
  t.same(others, []);
  t.match(one, /^[0-9a-f]{64}$/);

  const left = `${one}.12345678-1234-1234-1234-123456789abc`;
  const gone = 'f'.repeat(64);
  for (const name of [left, gone, 'somebody.else']) await writeFile(join(cacheDirectory, name), 'x');
  const second = await start();
  t.equal(second.volume('a.iso').volumeId, 'A');
  await second.close();
  t.same((await readdir(cacheDirectory)).sort(), [one, two, 'somebody.else'].sort());

  const third = await start();
  await rm(join(directory, 'isos/a.iso'));
  const count = async () => (await readdir(cacheDirectory)).length;
  for (let tries = 0; (await count()) > 2 && tries < 500; tries++) await sleep(10);
  await third.close();
  t.equal(await count(), 2, 'the index of an image that is gone is gone');
});
