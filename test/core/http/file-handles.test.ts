import { renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type ByteSource, fileSource, identityOf, joinSources } from '../../../core/http/byte-source.js';
import { FileHandles, type FileHandlesOptions } from '../../../core/http/file-handles.js';

const identity = (path: string) => identityOf(path, statSync(path, { bigint: true }));

function handles(t: Test, options: FileHandlesOptions = {}): FileHandles {
  const handles = new FileHandles(options);
  t.teardown(() => handles.close());
  return handles;
}

/** Sources of files of a directory. */
function sources(t: Test, ...names: string[]): ByteSource[] {
  const directory = t.testdir(Object.fromEntries(names.map((name) => [name, `content of ${name}`])));
  return names.map((name) => fileSource(identity(join(directory, name))));
}

const fileOf = ({ segments: [segment] }: ByteSource) => {
  if (segment?.kind !== 'file') throw new Error('no file');
  return segment.file;
};

async function until(check: () => boolean): Promise<void> {
  for (let tries = 0; !check() && tries < 500; tries++) await sleep(10);
}

t.test('all who read one file share one handle', async (t) => {
  const files = handles(t);
  const [a, b] = sources(t, 'a', 'b') as [ByteSource, ByteSource];
  const readers = await Promise.all([a, b, joinSources([a, b, a]), a].map((source) => files.openAll(source)));
  t.equal(files.openCount, 2);
  t.equal(new Set(readers.slice(2).map((reader) => reader.fd(fileOf(a)))).size, 1);
  for (const reader of readers) reader.close();
  t.equal(files.openCount, 2, 'and stay for a while');
});

t.test('a file that nobody reads is closed after a while', async (t) => {
  const files = handles(t, { idleMs: 30, lookMs: 10 });
  const [a] = sources(t, 'a') as [ByteSource];
  const first = await files.openAll(a);
  await sleep(100);
  t.equal(files.openCount, 1, 'not while it is read');
  first.close();
  const second = await files.openAll(a);
  second.close();
  await until(() => files.openCount === 0);
  t.equal(files.openCount, 0);
});

for (const [name, change] of Object.entries({
  'written to': (path: string) => writeFileSync(path, 'CONTENT', { flag: 'r+' }),
  'cut short': (path: string) => truncateSync(path, 3),
  removed: (path: string) => rmSync(path),
  'replaced by rename': (path: string) => {
    writeFileSync(`${path}.new`, 'other');
    renameSync(`${path}.new`, path);
  },
})) {
  t.test(`a file that is ${name} is refused to new readers at once, and to old ones soon`, async (t) => {
    const files = handles(t, { lookMs: 20 });
    const [a] = sources(t, 'a') as [ByteSource];
    const reader = await files.openAll(a);
    t.type(reader.fd(fileOf(a)), 'number');
    await sleep(10); // The times of a file are those of the system's clock tick.
    change(fileOf(a).path);
    await t.rejects(reader.requireUnchanged(), { code: 'SERABUT_ERR_FILE_CHANGED' });
    await t.rejects(files.openAll(a), { code: 'SERABUT_ERR_FILE_CHANGED', status: 503, retryAfter: 1 });
    await until(() => reader.fd(fileOf(a)) === undefined);
    t.equal(reader.fd(fileOf(a)), undefined);
    t.equal(files.openCount, 1, 'open for as long as it is read');
    reader.close();
    await until(() => files.openCount === 0);
    t.equal(files.openCount, 0);
  });
}

t.test('a file that changes is noticed even if nobody opens it again', async (t) => {
  const files = handles(t, { lookMs: 20, idleMs: 60_000 });
  const [a] = sources(t, 'a') as [ByteSource];
  (await files.openAll(a)).close();
  rmSync(fileOf(a).path);
  await until(() => files.openCount === 0);
  t.equal(files.openCount, 0);
});

t.test('no more files are open than allowed; idle ones give way', async (t) => {
  const files = handles(t, { limit: 2 });
  const [a, b, c] = sources(t, 'a', 'b', 'c') as [ByteSource, ByteSource, ByteSource];
  const [first, second] = await Promise.all([files.openAll(a), files.openAll(b)]);
  await t.rejects(files.openAll(c), { code: 'SERABUT_ERR_BUSY', status: 503, retryAfter: 5 });
  await t.rejects(files.openAll(joinSources([a, c])), { code: 'SERABUT_ERR_BUSY' });
  second.close();
  const third = await files.openAll(c);
  t.equal(files.openCount, 2);
  await t.rejects(files.openAll(b), { code: 'SERABUT_ERR_BUSY' });
  first.close();
  third.close();
  t.resolves(files.openAll(b));
});

t.test('many that come at once for many files open no more than allowed', async (t) => {
  const files = handles(t, { limit: 3 });
  const all = sources(t, 'a', 'b', 'c', 'd', 'e', 'f');
  const results = await Promise.allSettled(all.map((source) => files.openAll(source)));
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 3);
  t.equal(files.openCount, 3);
});

t.test('after the end nothing is open but what is still read', async (t) => {
  const files = handles(t);
  const [a, b] = sources(t, 'a', 'b') as [ByteSource, ByteSource];
  const reader = await files.openAll(a);
  (await files.openAll(b)).close();
  await files.close();
  t.equal(files.openCount, 1);
  t.equal(reader.fd(fileOf(a)), undefined);
  reader.close();
  await until(() => files.openCount === 0);
  t.equal(files.openCount, 0);
});
