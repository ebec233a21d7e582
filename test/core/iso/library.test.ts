import { chmod, copyFile, mkdir, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { openUnchanged } from '../../../core/http/byte-source.js';
import { IsoLibrary, type IsoLibraryOptions } from '../../../core/iso/library.js';
import { lookup } from '../../../core/iso/lookup.js';
import { makeIso } from '../../helpers/make-iso.js';

const QUICK = { settleMs: 60, pollMs: 0 };

const iso = (volumeId: string) => makeIso({ 'a.txt': volumeId, 'b.bin': Buffer.alloc(1_500_000) }, { volumeId });

async function started(t: Test, directory: string, options: IsoLibraryOptions = QUICK): Promise<IsoLibrary> {
  const library = new IsoLibrary(directory, options);
  t.teardown(() => library.close());
  await library.start();
  return library;
}

function stateOf(library: IsoLibrary, name: string): string {
  const status = library.entries().find((entry) => entry.name === name)?.status;
  if (status === undefined) return 'absent';
  return status.state === 'ready' ? `ready ${status.volume.volumeId}` : status.state;
}

/** Waits until an ISO has a state; returns the states that it had until then. */
async function until(library: IsoLibrary, name: string, expected: string): Promise<string[]> {
  const states = [stateOf(library, name)];
  const end = Date.now() + 10_000;
  const stop = library.onChange(() => {
    if (states.at(-1) !== stateOf(library, name)) states.push(stateOf(library, name));
  });
  while (stateOf(library, name) !== expected) {
    if (Date.now() > end) throw new Error(`${name} is ${stateOf(library, name)}, not ${expected}`);
    await sleep(10);
  }
  stop();
  return states;
}

t.test('what is there at the start is indexed when the start is over', async (t) => {
  const directory = t.testdir({
    'b.iso': iso('B'),
    'a.iso': iso('A'),
    'broken.iso': 'no image',
    '.hidden.iso': iso('HIDDEN'),
    'note.txt': 'text',
    'folder.iso': { 'inner.iso': 'x' },
    elsewhere: { 'c.img': iso('C') },
    'c.iso': t.fixture('symlink', 'elsewhere/c.img'),
    'dangling.iso': t.fixture('symlink', 'nowhere'),
  });
  const library = await started(t, directory);
  t.same(
    library.entries().map(({ name, status }) => `${name} ${status.state}`),
    ['a.iso ready', 'b.iso ready', 'broken.iso failed', 'c.iso ready'],
  );
  t.equal(library.entries()[0]?.path, join(directory, 'a.iso'));
  t.match(library.volume('a.iso'), { volumeId: 'A' });
  t.match(lookup(library.volume('c.iso'), 'a.txt'), { kind: 'file' });
  t.throws(() => library.volume('broken.iso'), {
    code: 'SERABUT_ERR_ISO_DAMAGED',
    where: join(directory, 'broken.iso'),
  });
});

t.test('names are looked up and never become part of a path', async (t) => {
  const library = await started(t, join(t.testdir({ 'outside.iso': iso('OUTSIDE') }), 'isos/made'));
  t.same(library.entries(), []);
  for (const name of ['x.iso', '../outside.iso', '../../outside.iso', '__proto__', '']) {
    t.throws(() => library.volume(name), { code: 'SERABUT_ERR_ISO_NOT_FOUND' });
  }
});

t.test('an ISO that is added is preparing and then ready', async (t) => {
  const directory = t.testdir({});
  const library = await started(t, directory, { settleMs: 500, pollMs: 0 });
  await writeFile(join(directory, 'new.iso'), iso('NEW'));
  await until(library, 'new.iso', 'preparing');
  t.throws(() => library.volume('new.iso'), { code: 'SERABUT_ERR_ISO_PREPARING', retryAfter: 2 });
  await until(library, 'new.iso', 'ready NEW');
});

t.test('an ISO that is removed is gone', async (t) => {
  const directory = t.testdir({ 'old.iso': iso('OLD') });
  const library = await started(t, directory);
  await rm(join(directory, 'old.iso'));
  await until(library, 'old.iso', 'absent');
  t.throws(() => library.volume('old.iso'), { code: 'SERABUT_ERR_ISO_NOT_FOUND' });
  await writeFile(join(directory, 'old.iso'), iso('AGAIN'));
  await until(library, 'old.iso', 'ready AGAIN');
});

t.test('an ISO that is replaced is preparing until the new one is indexed', async (t) => {
  const directory = t.testdir({ 'x.iso': iso('ONE'), two: iso('TWO'), three: iso('THREE') });
  const library = await started(t, directory);
  const renamed = until(library, 'x.iso', 'ready TWO');
  await rename(join(directory, 'two'), join(directory, 'x.iso'));
  t.same(await renamed, ['ready ONE', 'preparing', 'ready TWO']);
  const overwritten = until(library, 'x.iso', 'ready THREE');
  await copyFile(join(directory, 'three'), join(directory, 'x.iso'));
  t.same(await overwritten, ['ready TWO', 'preparing', 'ready THREE']);
});

t.test('an ISO that is being copied is preparing until it has been still for a while', async (t) => {
  const directory = t.testdir({});
  const library = await started(t, directory, { settleMs: 500, pollMs: 0 });
  const image = iso('COPIED');
  const handle = await open(join(directory, 'x.iso'), 'w');
  const states = new Set<string>();
  for (let position = 0; position < image.length; position += 200_000) {
    await handle.write(image.subarray(position, position + 200_000));
    await sleep(50);
    states.add(stateOf(library, 'x.iso'));
  }
  await handle.close();
  states.delete('absent');
  t.same([...states], ['preparing']);
  t.same(await until(library, 'x.iso', 'ready COPIED'), ['preparing', 'ready COPIED']);
});

t.test('a copy that stopped has failed, until the rest of it arrives', async (t) => {
  const directory = t.testdir({});
  const library = await started(t, directory);
  const image = iso('RESUMED');
  await writeFile(join(directory, 'x.iso'), image.subarray(0, 200_000));
  await until(library, 'x.iso', 'failed');
  t.throws(() => library.volume('x.iso'), { code: 'SERABUT_ERR_ISO_DAMAGED', message: /truncated/ });
  const resumed = until(library, 'x.iso', 'ready RESUMED');
  await writeFile(join(directory, 'x.iso'), image.subarray(200_000), { flag: 'a' });
  t.same(await resumed, ['failed', 'preparing', 'ready RESUMED']);
});

t.test('the newest of many replacements wins', async (t) => {
  const directory = t.testdir({ 'x.iso': iso('V0') });
  const library = await started(t, directory, { settleMs: 15, pollMs: 0 });
  for (let version = 1; version <= 20; version += 1) {
    await writeFile(join(directory, 'next'), iso(`V${version}`));
    await rename(join(directory, 'next'), join(directory, 'x.iso'));
    await sleep(version * 2);
    const shown = stateOf(library, 'x.iso');
    t.ok(shown === 'preparing' || Number(shown.slice('ready V'.length)) <= version, shown);
  }
  await until(library, 'x.iso', 'ready V20');
  await sleep(100);
  t.equal(stateOf(library, 'x.iso'), 'ready V20');
});

t.test('a start does not wait for an ISO that is still being copied', async (t) => {
  const directory = t.testdir({ 'x.iso': 'begin' });
  const writing = setInterval(() => void writeFile(join(directory, 'x.iso'), 'more', { flag: 'a' }), 10);
  t.teardown(() => clearInterval(writing));
  const library = await started(t, directory, { settleMs: 300, pollMs: 0 });
  t.equal(stateOf(library, 'x.iso'), 'preparing');
  clearInterval(writing);
  await until(library, 'x.iso', 'failed');
});

t.test('the directory is also looked at from time to time', async (t) => {
  const parent = t.testdir({
    isos: { 'x.iso': t.fixture('symlink', '../one'), 'y.iso': iso('Y') },
    one: iso('ONE'),
    two: iso('TWO'),
  });
  const directory = join(parent, 'isos');
  const library = await started(t, directory, { settleMs: 20, pollMs: 40 });
  t.equal(stateOf(library, 'x.iso'), 'ready ONE');
  await rm(join(directory, 'x.iso'));
  await symlink('../two', join(directory, 'x.iso'));
  await until(library, 'x.iso', 'ready TWO');
});

t.test('while the directory is away its ISOs are waited for, and changes are found when it is back', async (t) => {
  const parent = t.testdir({ isos: { 'x.iso': iso('X'), 'y.iso': iso('Y'), 'z.iso': iso('Z') } });
  const [directory, away] = [join(parent, 'isos'), join(parent, 'away')];
  const library = await started(t, directory, { settleMs: 20, pollMs: 20 });
  const states: string[] = [];
  library.onChange(() => states.push(...library.entries().map(({ name }) => `${name} ${stateOf(library, name)}`)));
  await rename(directory, away);
  await sleep(150);
  t.strictSame(states, [], 'nothing has changed');
  await t.rejects(openUnchanged(library.volume('x.iso').file), {
    code: 'SERABUT_ERR_FILE_CHANGED',
    message: 'the file was replaced or removed',
  });
  await rm(join(away, 'z.iso'));
  await rm(join(away, 'y.iso'));
  await writeFile(join(away, 'y.iso'), iso('NEW'));
  await rename(away, directory);
  await until(library, 'y.iso', 'ready NEW');
  await until(library, 'z.iso', 'absent');
  t.equal(stateOf(library, 'x.iso'), 'ready X');
  t.notOk(states.some((state) => state === 'x.iso preparing' || state === 'x.iso failed'));
});

t.test('a disk that fails while an image is read says nothing of the image, which is read again', async (t) => {
  const directory = t.testdir({ 'x.iso': iso('X') });
  let isBroken = true;
  const probe = await open(join(directory, 'x.iso'));
  const handles = Object.getPrototypeOf(probe) as { read: (...args: unknown[]) => Promise<unknown> };
  await probe.close();
  const { read } = handles;
  t.teardown(() => Object.assign(handles, { read }));
  handles.read = function (this: unknown, ...args: unknown[]) {
    const failed = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5, syscall: 'read' });
    return isBroken ? Promise.reject(failed) : read.apply(this, args);
  };
  const library = await started(t, directory, { settleMs: 20, pollMs: 20 });
  t.throws(() => library.volume('x.iso'), { code: 'SERABUT_ERR_FILE_UNREADABLE', message: /now \(EIO\)/ });
  isBroken = false;
  await until(library, 'x.iso', 'ready X');
});

t.test(
  'an ISO that may not be read fails, and is read once it may',
  { skip: process.getuid?.() === 0 && 'root may read all' },
  async (t) => {
    const directory = t.testdir({ 'x.iso': iso('X') });
    await chmod(join(directory, 'x.iso'), 0);
    const library = await started(t, directory, { settleMs: 20, pollMs: 40 });
    t.throws(() => library.volume('x.iso'), { code: 'SERABUT_ERR_FILE_UNREADABLE' });
    await chmod(join(directory, 'x.iso'), 0o600);
    await until(library, 'x.iso', 'ready X');
  },
);

t.test('after the end nothing is noticed and nobody is called', async (t) => {
  const directory = t.testdir({ 'x.iso': iso('X') });
  const library = await started(t, directory, { settleMs: 10, pollMs: 10 });
  let calls = 0;
  library.onChange(() => {
    calls += 1;
  });
  await library.close();
  await writeFile(join(directory, 'y.iso'), iso('Y'));
  await mkdir(join(directory, 'sub'));
  await sleep(100);
  t.equal(calls, 0);
  t.equal(stateOf(library, 'y.iso'), 'absent');
  await library.close();
});

t.test('a start that is ended half-way ends', async (t) => {
  const directory = t.testdir({ 'x.iso': iso('X') });
  const library = new IsoLibrary(directory, { settleMs: 60_000 });
  const starting = library.start();
  await sleep(200);
  await library.close();
  await t.resolves(starting);
});
