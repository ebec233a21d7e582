import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { SerabutError } from '../../../core/errors.js';
import { Throttle } from '../../../core/images/throttle.js';
import { Snapshot } from '../../../core/resources/snapshot.js';
import { resource, sha256, startKeeper } from '../../helpers/images.js';
import { pattern } from '../../helpers/isos.js';
import { startMirror, status } from '../../helpers/mirror.js';

const DAY = 24 * 3_600_000;
const bytes = pattern(300_000);
const distro = (image: string) => resource('Distro', 'debian', { plugin: 'debian', image });

t.test(
  'an image that changes on the disk is found, said, still served, and downloaded anew when it is removed',
  async (t) => {
    const mirror = await startMirror(t);
    mirror.files.set('/deb.iso', bytes);
    const { store, data, clock } = startKeeper(t, t.testdir({}));
    store.put(resource('Image', 'deb', { type: 'iso', url: `${mirror.url}/deb.iso`, sha256: sha256(bytes) }));
    await store.until('Image', 'deb', 'Verified=True ChecksumMatches');
    const path = join(data, 'isos/deb.iso');
    const damaged = damage(path);
    clock.now += 7 * DAY - 1;
    await delay(60);
    t.same(store.said('Image', 'deb').at(-1), 'Verified=True ChecksumMatches', 'its time has not come');
    clock.now += 1;
    await store.until('Image', 'deb', 'Verified=False Damaged');
    t.match(
      store.message('Image', 'deb', 'Verified'),
      `its sha256 is ${sha256(damaged)}, and was ${sha256(bytes)}. It is still served`,
    );
    await until(() => store.told.length > 1);
    t.same(store.told, ['deb Normal Downloaded', 'deb Warning ImageDamaged']);
    t.ok(readFileSync(path).equals(damaged));
    clock.now += 7 * DAY;
    await delay(60);
    t.equal(store.told.length, 2, 'it is told once');
    rmSync(path);
    await store.until('Image', 'deb', 'Verified=True ChecksumMatches');
    t.ok(readFileSync(path).equals(bytes));
  },
);

t.test('a damage that is gone is no damage any more', async (t) => {
  const data = t.testdir({ isos: { 'a.iso': bytes } });
  const { store, clock } = startKeeper(t, data);
  store.put(resource('Image', 'a', { type: 'iso', path: 'a.iso', sha256: sha256(bytes) }));
  await store.until('Image', 'a', 'Verified=True ChecksumMatches');
  damage(join(data, 'isos/a.iso'));
  clock.now += 7 * DAY;
  await store.until('Image', 'a', 'Verified=False Damaged');
  t.match(store.message('Image', 'a', 'Verified'), /See to the disk; copy it again$/);
  damage(join(data, 'isos/a.iso'));
  clock.now += 7 * DAY;
  await store.until('Image', 'a', 'Verified=True ChecksumMatches');
});

t.test('a download that is kept for Distros alone comes with the first and goes after the last', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('/deb.iso', bytes);
  const { store, data, clock, logged } = startKeeper(t, t.testdir({}));
  const image = resource('Image', 'deb', { type: 'iso', url: `${mirror.url}/deb.iso`, keep: 'referenced' });
  const path = join(data, 'isos/deb.iso');
  store.put(image);
  await store.until('Image', 'deb', 'Downloaded=False NotReferenced');
  t.same(mirror.requests, []);
  store.put(image, distro('deb'));
  await store.until('Image', 'deb', 'Downloaded=True Downloaded');
  store.put(image);
  await until(() => record(data).unreferencedMs !== undefined);
  clock.now += 7 * DAY - 1;
  store.put(image, distro('deb'));
  await until(() => record(data).unreferencedMs === undefined);
  store.put(image);
  await until(() => record(data).unreferencedMs !== undefined);
  store.become(new Snapshot([], [new SerabutError('SERABUT_ERR_RESOURCE_INVALID', 'it may be the one')]));
  clock.now += 7 * DAY;
  await delay(60);
  t.ok(existsSync(path), 'while a document cannot be read nothing is removed');
  store.put();
  clock.now += 7 * DAY;
  await until(() => !existsSync(path));
  await until(() => logged.some((line) => line.startsWith('an image that nothing refers to is removed')));
  t.notOk(existsSync(join(data, 'isos/.serabut/deb.iso.file.json')));
});

t.test('a wall clock that is set changes nothing of what is waited for', async (t) => {
  const mirror = await startMirror(t);
  let wall = Date.UTC(2026, 10, 28);
  const { store, data, clock } = startKeeper(t, t.testdir({}), { now: () => wall });
  const image = resource('Image', 'deb', { type: 'iso', url: `${mirror.url}/deb.iso`, keep: 'referenced' });
  mirror.files.set('/deb.iso', bytes);
  mirror.wrong.set('/deb.iso', status(503));
  store.put(image, distro('deb'));
  await store.until('Image', 'deb', 'Downloaded=False ImageDownload');
  mirror.wrong.clear();
  wall -= DAY;
  clock.now += 5_000;
  await store.until('Image', 'deb', 'Downloaded=True Downloaded');
  store.put(image);
  await until(() => record(data).unreferencedMs !== undefined);
  wall += 365 * DAY;
  await delay(60);
  t.ok(existsSync(join(data, 'isos/deb.iso')));
  clock.now += 7 * DAY;
  await until(() => !existsSync(join(data, 'isos/deb.iso')));
});

t.test('what is kept always, what a person put there, and what a person replaced is not removed', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('/always.iso', bytes).set('/mine.iso', bytes).set('/replaced.iso', bytes);
  const data = t.testdir({ isos: { 'mine.iso': bytes, 'stranger.iso': bytes } });
  const { store, clock } = startKeeper(t, data);
  const image = (name: string, keep: string) =>
    resource('Image', name, { type: 'iso', url: `${mirror.url}/${name}.iso`, keep });
  store.put(image('always', 'always'), image('mine', 'always'), image('replaced', 'always'));
  for (const name of ['always', 'mine', 'replaced']) await store.until('Image', name, /^Downloaded=True/);
  store.put(image('always', 'always'), image('mine', 'referenced'), image('replaced', 'referenced'));
  await until(() => record(data, 'replaced').unreferencedMs !== undefined);
  writeFileSync(join(data, 'isos/replaced.iso'), 'mine');
  store.put();
  await until(() => !existsSync(join(data, 'isos/.serabut/mine.iso.file.json')));
  clock.now += 8 * DAY;
  await until(() => !existsSync(join(data, 'isos/.serabut/replaced.iso.file.json')));
  for (const name of ['always', 'mine', 'replaced', 'stranger']) t.ok(existsSync(join(data, `isos/${name}.iso`)), name);
});

t.test('notes that cannot be read make no file a downloaded one', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('/a.iso', bytes);
  const hidden = {
    'a.iso.file.json': '{"owned":true}',
    'a.iso.part': 'x',
    'a.iso.part.json': '[',
    'b.iso.file.json': '{',
  };
  const data = t.testdir({ isos: { '.serabut': hidden, 'b.iso': 'b' } });
  const { store } = startKeeper(t, data);
  store.put(resource('Image', 'a', { type: 'iso', url: `${mirror.url}/a.iso` }));
  await store.until('Image', 'a', 'Downloaded=True Downloaded');
  t.same(mirror.requests, ['/a.iso']);
  t.ok(existsSync(join(data, 'isos/b.iso')));
});

t.test('a throttle lets so many bytes through, however large the pieces are', async (t) => {
  let now = 0;
  const throttle = new Throttle(
    1_000_000,
    () => now,
    async (ms) => {
      now += ms;
    },
  );
  const { signal } = new AbortController();
  for (let piece = 0; piece < 200; piece += 1) await throttle.took(piece % 2 === 0 ? 1_000 : 65_000, signal);
  t.ok(now > 6_500 && now <= 6_620, `${now} ms for 6.6 MB`);
  now += 60_000;
  const before = now;
  await throttle.took(100_000, signal);
  t.equal(now - before, 100, 'a pause is not made up for');
  await new Throttle(
    undefined,
    () => now,
    () => Promise.reject(new Error('no need to wait')),
  ).took(1e9, signal);
});

t.test('what the store refuses is written later', async (t) => {
  const data = t.testdir({ isos: { 'a.iso': bytes } });
  const { store, logged } = startKeeper(t, data);
  const apply = store.applyStatus.bind(store);
  store.applyStatus = () => Promise.reject(new Error('no connection'));
  store.put(resource('Image', 'a', { type: 'iso', path: 'a.iso' }));
  await until(() => logged.some((line) => line.startsWith('a status is not written')));
  store.applyStatus = apply;
  await store.until('Image', 'a', 'Downloaded=True Present');
  const { applied } = store;
  await delay(60);
  t.equal(store.applied, applied, 'what has not changed is not written again');
});

/** Turns a byte in the middle round, or back, as a disk would: size and times stay as they were, to the nanosecond. */
function damage(path: string): Buffer {
  const content = readFileSync(path);
  content[content.length >> 1] = (content[content.length >> 1] ?? 0) ^ 0xff;
  const times = `${path}.times`;
  execFileSync('touch', ['-r', path, times]);
  writeFileSync(path, content);
  execFileSync('touch', ['-r', times, path]);
  return content;
}

function record(data: string, name = 'deb'): { unreferencedMs?: number } {
  return JSON.parse(readFileSync(join(data, `isos/.serabut/${name}.iso.file.json`), 'utf8'));
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); await delay(5))
    if (Date.now() > end) throw new Error('it never holds');
}
