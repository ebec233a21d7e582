import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { SerabutError } from '../../../core/errors.js';
import { resource, sha256, startKeeper } from '../../helpers/images.js';
import { pattern } from '../../helpers/isos.js';
import { cutAfter, stallAfter, startMirror } from '../../helpers/mirror.js';

const bytes = pattern(900_000);

t.test('an Image with a url is downloaded, verified and put in place', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('/d/deb.iso', bytes);
  const { store, data } = startKeeper(t, t.testdir({}));
  const digest = sha256(bytes);
  store.put(resource('Image', 'deb', { type: 'iso', url: `${mirror.url}/d/deb.iso`, sha256: digest }));
  await store.until('Image', 'deb', 'Verified=True ChecksumMatches');
  t.same(store.said('Image', 'deb'), [
    'Downloaded=True Downloaded',
    'Indexed=Unknown Preparing',
    'Verified=True ChecksumMatches',
  ]);
  t.match(store.statusOf('Image', 'deb'), { size: bytes.length, digest: `sha256:${digest}` });
  t.ok(readFileSync(join(data, 'isos/deb.iso')).equals(bytes));
  t.same(readdirSync(join(data, 'isos/.serabut')), ['deb.iso.file.json'], 'no part is left');
  t.same(store.told, ['deb Normal Downloaded']);
});

t.test('what nothing is said about is downloaded as well, and its status says that it is not verified', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('/fw.cpio.gz', bytes);
  const { store, data } = startKeeper(t, t.testdir({}));
  store.put(resource('Image', 'fw', { type: 'firmware', url: `${mirror.url}/fw.cpio.gz?mirror=1` }));
  await store.until('Image', 'fw', 'Downloaded=True Downloaded');
  t.same(store.said('Image', 'fw'), ['Downloaded=True Downloaded', 'Verified=Unknown NoChecksum']);
  t.ok(readFileSync(join(data, 'firmware/fw.cpio.gz')).equals(bytes));
});

t.test('a server that stalls is left, and asked for the rest', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('/deb.iso', bytes);
  mirror.wrong.set('/deb.iso', stallAfter(300_000));
  const { store, data, clock } = startKeeper(t, t.testdir({}));
  store.put(resource('Image', 'deb', { type: 'iso', url: `${mirror.url}/deb.iso`, sha256: sha256(bytes) }));
  await store.until('Image', 'deb', 'Downloaded=False ImageDownload');
  t.match(
    store.message('Image', 'deb', 'Downloaded'),
    /stalled: it sent nothing for too long, after 300000 of 900000 bytes/,
  );
  mirror.wrong.set('/deb.iso', cutAfter(300_000));
  clock.now += 5_000;
  await store.until('Image', 'deb', /Downloaded=False Downloading/);
  await store.until('Image', 'deb', 'Downloaded=False ImageDownload');
  t.match(store.message('Image', 'deb', 'Downloaded'), /ended the connection early, after \d+ of 900000 bytes/);
  mirror.wrong.clear();
  clock.now += 5_000;
  await store.until('Image', 'deb', 'Verified=True ChecksumMatches');
  t.match(mirror.requests, ['/deb.iso', '/deb.iso bytes=300000-', /^\/deb.iso bytes=[3-6]\d{5}-$/]);
  t.ok(readFileSync(join(data, 'isos/deb.iso')).equals(bytes));
});

t.test('a changed Image is downloaded anew, and what was there is served until the new one is whole', async (t) => {
  const mirror = await startMirror(t);
  const next = pattern(700_000, 7);
  mirror.files.set('/a.iso', bytes).set('/b.iso', next);
  const { store, data, clock } = startKeeper(t, t.testdir({}));
  const image = (path: string, digest: string) =>
    resource('Image', 'deb', { type: 'iso', path: 'deb.iso', url: `${mirror.url}${path}`, sha256: digest });
  store.put(image('/a.iso', sha256(bytes)));
  await store.until('Image', 'deb', 'Downloaded=True Downloaded');
  mirror.wrong.set('/b.iso', stallAfter(1000));
  store.put(image('/b.iso', sha256(next)));
  await store.until('Image', 'deb', 'Downloaded=False ImageDownload');
  t.match(store.message('Image', 'deb', 'Downloaded'), /The file that is there is served until then\.$/);
  t.ok(readFileSync(join(data, 'isos/deb.iso')).equals(bytes));
  mirror.files.set('/b.iso', pattern(700_000, 8));
  mirror.wrong.clear();
  clock.now += 5_000;
  await store.until('Image', 'deb', 'Verified=False ImageDiffers');
  t.match(
    store.message('Image', 'deb', 'Verified'),
    new RegExp(`its sha256 is ${sha256(pattern(700_000, 8))}, but ${sha256(next)} is expected`),
  );
  t.ok(readFileSync(join(data, 'isos/deb.iso')).equals(bytes));
  t.same(readdirSync(join(data, 'isos/.serabut')), ['deb.iso.file.json'], 'the wrong bytes are gone');
  mirror.files.set('/b.iso', next);
  clock.now += 6 * 3_600_000;
  await store.until('Image', 'deb', 'Verified=True ChecksumMatches');
  t.ok(readFileSync(join(data, 'isos/deb.iso')).equals(next));
});

t.test('an Image that only moved, and whose sha256 is the same, is not downloaded again', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('/a.iso', bytes);
  const { store } = startKeeper(t, t.testdir({}));
  const image = (path: string) =>
    resource('Image', 'deb', { type: 'iso', path: 'deb.iso', url: `${mirror.url}${path}`, sha256: sha256(bytes) });
  store.put(image('/a.iso'));
  await store.until('Image', 'deb', 'Downloaded=True Downloaded');
  store.put(image('/moved/a.iso'));
  while (!store.message('Image', 'deb', 'Downloaded').includes('/moved/a.iso')) await once(store, 'status');
  t.match(store.said('Image', 'deb'), [/^Downloaded=True/, /^Indexed/, /^Verified=True/]);
  t.same(mirror.requests, ['/a.iso']);
});

t.test(
  'a server that begins again goes on where the last one ended, and says nothing while another one acts',
  async (t) => {
    const mirror = await startMirror(t);
    mirror.files.set('/deb.iso', bytes);
    mirror.wrong.set('/deb.iso', stallAfter(400_000));
    const data = t.testdir({});
    const image = resource('Image', 'deb', { type: 'iso', url: `${mirror.url}/deb.iso` });
    const first = startKeeper(t, data, { stallMs: 60_000 });
    first.store.put(image);
    await first.store.until('Image', 'deb', 'Downloaded=False Downloading');
    while (Number(first.store.statusOf('Image', 'deb')?.downloadedBytes) < 400_000) await once(first.store, 'status');
    await first.keeper.close();
    t.same(first.store.told, [], 'that the server ends is no failure');
    mirror.wrong.clear();
    const second = startKeeper(t, data);
    second.store.isActing = false;
    second.store.put(image);
    second.keeper.wake();
    t.equal(second.store.applied, 0);
    second.store.isActing = true;
    await second.store.until('Image', 'deb', 'Downloaded=True Downloaded');
    t.same(mirror.requests, ['/deb.iso', '/deb.iso bytes=400000-']);
    t.ok(readFileSync(join(data, 'isos/deb.iso')).equals(bytes));
  },
);

t.test('a download ends when its Image goes, and when another server acts', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('/a.iso', bytes).set('/b.iso', bytes);
  mirror.wrong.set('/a.iso', stallAfter(400_000));
  const { store, data } = startKeeper(t, t.testdir({}), { stallMs: 60_000 });
  const a = resource('Image', 'a', { type: 'iso', url: `${mirror.url}/a.iso` });
  const b = resource('Image', 'b', { type: 'iso', url: `${mirror.url}/b.iso` });
  store.put(a);
  await store.until('Image', 'a', 'Downloaded=False Downloading');
  store.put(b);
  await store.until('Image', 'b', 'Downloaded=True Downloaded');
  while (existsSync(join(data, 'isos/.serabut/a.iso.part'))) await delay(5);
  t.notOk(existsSync(join(data, 'isos/.serabut/a.iso.part.json')), 'the part of the Image that is gone is removed');
  mirror.wrong.set('/a.iso', (request, response, all) => {
    store.isActing = false;
    cutAfter(400_000)(request, response, all);
  });
  store.put(a, b);
  await once(store, 'status');
  await delay(60);
  t.same(store.told, ['b Normal Downloaded'], 'no failure is told');
});

t.test('a file that somebody put there is taken if it is the image, and never overwritten if not', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('/good.iso', bytes).set('/other.iso', bytes);
  const data = t.testdir({ isos: { 'good.iso': bytes, 'other.iso': 'mine', 'plain.iso': 'as it is' } });
  const { store } = startKeeper(t, data);
  const image = (name: string, more = {}) =>
    resource('Image', name, { type: 'iso', url: `${mirror.url}/${name}.iso`, ...more });
  store.put(image('good', { sha256: sha256(bytes) }), image('other', { sha256: sha256(bytes) }), image('plain'));
  await store.until('Image', 'good', 'Verified=True ChecksumMatches');
  await store.until('Image', 'other', 'Downloaded=False ImageInTheWay');
  await store.until('Image', 'plain', 'Downloaded=True Present');
  t.same(mirror.requests, []);
  t.match(
    store.message('Image', 'other', 'Downloaded'),
    /was put there by somebody, or was changed .* Remove or rename that file/s,
  );
  t.match(store.message('Image', 'other', 'Downloaded'), 'nothing was overwritten. The file that is there is served');
  t.equal(readFileSync(join(data, 'isos/other.iso'), 'utf8'), 'mine');
  rmSync(join(data, 'isos/other.iso'));
  await store.until('Image', 'other', 'Verified=True ChecksumMatches');
  t.ok(readFileSync(join(data, 'isos/other.iso')).equals(bytes), 'it is downloaded as soon as the file is gone');
});

t.test('a local file is compared with the sha256 of its Image', async (t) => {
  const data = t.testdir({ isos: { 'a.iso': 'a', 'b.iso': 'b', 'c.iso': 'c' } });
  const { store } = startKeeper(t, data);
  const digest = sha256(Buffer.from('a'));
  store.put(
    resource('Image', 'a', { type: 'iso', path: 'a.iso', sha256: digest }),
    resource('Image', 'b', { type: 'iso', path: 'b.iso', sha256: digest }),
    resource('Image', 'c', { type: 'iso', path: 'c.iso' }),
    resource('Image', 'd', { type: 'iso', path: 'd.iso', sha256: digest }),
    resource('Image', 'e', { type: 'iso', path: 'a.iso' }),
  );
  await store.until('Image', 'a', 'Verified=True ChecksumMatches');
  await store.until('Image', 'b', 'Verified=False ImageDiffers');
  t.same(store.said('Image', 'b')[0], 'Downloaded=True Present');
  t.same(store.said('Image', 'c'), [
    'Downloaded=True Present',
    'Indexed=Unknown Preparing',
    'Verified=Unknown NoChecksum',
  ]);
  t.same(store.said('Image', 'd')[0], 'Downloaded=False Missing');
  t.same(store.said('Image', 'e')[0], 'Downloaded=False ImageInTheWay');
  t.match(store.message('Image', 'e', 'Downloaded'), /Image "a" has the path isos\/a.iso as well/);
  t.match(store.said('Image', 'e')[1], 'Indexed=Unknown Preparing', 'it is served all the same');
});

t.test('an image that was verified but not yet put in place is put there by the next server', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('/deb.iso', bytes);
  const data = t.testdir({});
  const image = resource('Image', 'deb', { type: 'iso', url: `${mirror.url}/deb.iso` });
  const first = startKeeper(t, data);
  first.store.put(image);
  await first.store.until('Image', 'deb', 'Downloaded=True Downloaded');
  await first.keeper.close();
  renameSync(join(data, 'isos/deb.iso'), join(data, 'isos/.serabut/deb.iso.part'));
  writeFileSync(join(data, 'isos/deb.iso'), 'the one before');
  const second = startKeeper(t, data);
  second.store.put(image);
  await second.store.until('Image', 'deb', 'Downloaded=True Downloaded');
  t.ok(readFileSync(join(data, 'isos/deb.iso')).equals(bytes));
  t.same(mirror.requests, ['/deb.iso']);
});

t.test('downloads go by the proxy that is named', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('http://mirror.invalid/deb.iso', bytes);
  const { store, data } = startKeeper(t, t.testdir({}), { proxy: mirror.url });
  store.put(resource('Image', 'deb', { type: 'iso', url: 'http://mirror.invalid/deb.iso', limit: 5 }));
  await store.until('Image', 'deb', 'Downloaded=True Downloaded');
  t.same(mirror.requests, ['http://mirror.invalid/deb.iso']);
  t.ok(readFileSync(join(data, 'isos/deb.iso')).equals(bytes));
});

t.test('a resource that is removed while its status is written is no failure', async (t) => {
  const { store, logged } = startKeeper(t, t.testdir({}));
  const conflict = new SerabutError('SERABUT_ERR_CONFLICT', 'there is no Image "a"');
  let refused = 0;
  store.applyStatus = async () => {
    refused += 1;
    throw conflict;
  };
  store.put(resource('Image', 'a', { type: 'iso', path: 'a.iso' }));
  while (refused < 2) await delay(5);
  t.same(logged, []);
});

t.test('what has come is indexed, and said to be, while the next Image is downloaded', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('/good.iso', bytes).set('/slow.iso', bytes);
  mirror.wrong.set('/slow.iso', stallAfter(1000));
  const { store, isos } = startKeeper(t, t.testdir({}), { stallMs: 60_000 });
  const image = (name: string) => resource('Image', name, { type: 'iso', url: `${mirror.url}/${name}.iso` });
  store.put(image('good'), image('slow'));
  await store.until('Image', 'slow', 'Downloaded=False Downloading');
  const volume = { volumeId: 'GOOD' };
  isos.push({ name: 'good.iso', status: { state: 'ready', volume } } as unknown as (typeof isos)[number]);
  await store.until('Image', 'good', 'Indexed=True Indexed');
  t.match(store.statusOf('Image', 'good'), { volumeId: 'GOOD' });
  t.match(store.said('Image', 'slow'), ['Downloaded=False Downloading']);
});
