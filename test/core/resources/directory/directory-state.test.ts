import { readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { DirectoryStore } from '../../../../core/resources/directory/directory-store.js';
import { DurableFiles } from '../../../../core/resources/directory/durable-files.js';
import type { Stored } from '../../../../core/resources/store.js';
import { resources } from '../../../helpers/build-app.js';
import { openStore, problems, silent } from '../../../helpers/directory-store.js';
import { failing } from '../../../helpers/failing-files.js';
import { specOfInstallation, specOfMachine, statusOfInstallation, statusOfMachine } from '../store-conformance.js';

const machine = { kind: 'Machine', name: 'a', spec: { serial: 'a' } };
const state = (some: object) =>
  JSON.stringify({ kind: 'Machine', name: 'a', version: 3, status: { generation: 2 }, ...some });

const unreadable = {
  'no JSON': '{"kind":"Machine","name":"a","ver',
  'an empty file': '',
  'a status of another shape': state({ status: { generation: 'two' } }),
  'a field that is not known': state({ more: 1 }),
  'what is of another name': state({ name: 'b' }),
  'what is of another kind': state({ kind: 'Image', status: { conditions: [] } }),
  'more than could ever be kept': ' '.repeat(1024 * 1024) + state({}),
};

for (const [what, text] of Object.entries(unreadable)) {
  t.test(`a Machine of which ${what} is kept is not used, and the file stays as it is`, async (t) => {
    const data = t.testdir({
      resources: { 'a.yaml': resources(machine) },
      state: { Machine: { 'a.json': text } },
    });
    const logged: string[] = [];
    const store = await openStore(t, data, { log: (_level, _fields, message) => logged.push(message) });
    t.equal(store.get('Machine', 'a'), undefined);
    t.match(problems(store), [/^state\/Machine\/a\.json: what is known of Machine "a" cannot be read/]);
    t.strictSame(logged, ['SERABUT_ERR_STORE']);
    const create = store.create('Machine', 'a', specOfMachine(), statusOfMachine());
    await t.rejects(create, { code: 'SERABUT_ERR_STORE' });
    await store.close();
    t.equal(await readFile(join(data, 'state/Machine/a.json'), 'utf8'), text);
  });
}

t.test('an Installation that cannot be read is neither there nor written over', async (t) => {
  const store = await openStore(t, t.testdir({ state: { Installation: { 'a-1.json': '{}' } } }));
  t.equal(store.get('Installation', 'a-1'), undefined);
  const create = store.create('Installation', 'a-1', specOfInstallation(), statusOfInstallation());
  await t.rejects(create, { code: 'SERABUT_ERR_STORE', where: 'state/Installation/a-1.json' });
});

t.test('what is known of an Image and cannot be read is forgotten, and written anew', async (t) => {
  const image = { kind: 'Image', name: 'i', spec: { type: 'iso', path: 'i.iso' } };
  const data = t.testdir({ resources: { 'a.yaml': resources(image) }, state: { Image: { 'i.json': '{' } } });
  const store = await openStore(t, data);
  t.equal(store.statusOf('Image', 'i'), undefined);
  t.strictSame(store.errors, []);
  await store.applyStatus('Image', 'i', { conditions: [] });
  t.strictSame(store.statusOf('Image', 'i'), { conditions: [] });
});

t.test('a status that is the same again is not written again', async (t) => {
  const image = { kind: 'Image', name: 'i', spec: { type: 'iso', path: 'i.iso' } };
  const data = t.testdir({ resources: { 'a.yaml': resources(image) } });
  const store = await openStore(t, data);
  const inode = () => statSync(join(data, 'state/Image/i.json')).ino;
  await store.applyStatus('Image', 'i', { conditions: [], size: 1 });
  const before = inode();
  await store.applyStatus('Image', 'i', { conditions: [], size: 1 });
  t.equal(inode(), before);
  await store.applyStatus('Image', 'i', { conditions: [], size: 2 });
  t.not(inode(), before);
});

t.test('when a directory of state cannot be read, the server does not start: it would take it for empty', async (t) => {
  const store = new DirectoryStore(t.testdir({ state: { Machine: 'a file' } }), silent);
  t.teardown(() => store.close());
  await t.rejects(store.start(), { code: 'SERABUT_ERR_STORE', where: 'state/Machine' });
});

for (const call of ['write', 'sync', 'rename'] as const) {
  t.test(`when the disk is full (${call}), nothing has changed, and it goes on when there is room`, async (t) => {
    let isFull = false;
    const data = t.testdir({ resources: {} });
    const files = new DurableFiles(failing(call, 'ENOSPC', () => isFull));
    const store = await openStore(t, data, { ...silent, files });
    const first = await store.create('Installation', 'a-1', specOfInstallation(), statusOfInstallation());
    isFull = true;
    const told: unknown[] = [];
    store.onObject((...all) => told.push(all));
    const full = { code: 'SERABUT_ERR_STORE', message: /ENOSPC/ };
    await t.rejects(store.writeStatus(first, statusOfInstallation({ attempt: 1 })), full);
    await t.rejects(store.create('Installation', 'a-2', specOfInstallation(), statusOfInstallation()), full);
    t.equal(store.get('Installation', 'a-1'), first);
    t.equal(store.get('Installation', 'a-2'), undefined);
    t.strictSame(told, []);
    t.strictSame(readdirSync(join(data, 'state/Installation')), ['a-1.json']);
    isFull = false;
    const second = await store.writeStatus(first, statusOfInstallation({ attempt: 1 }));
    t.equal(second.status.attempt, 1);
  });
}

t.test('what is in its place on the disk is in memory too, even when it is not sure to be durable', async (t) => {
  let isBroken = false;
  const files = new DurableFiles(failing('sync directory', 'EIO', () => isBroken));
  const store = await openStore(t, t.testdir({ resources: {} }), { ...silent, files });
  const first = await store.create('Installation', 'a-1', specOfInstallation(), statusOfInstallation());
  isBroken = true;
  const failed = { code: 'SERABUT_ERR_STORE', message: /EIO/ };
  await t.rejects(store.writeStatus(first, statusOfInstallation({ attempt: 1 })), failed);
  const second = store.get('Installation', 'a-1') as Stored<'Installation'>;
  t.equal(second.status.attempt, 1);
  await t.rejects(store.remove(second), failed);
  t.equal(store.get('Installation', 'a-1'), undefined);
});

t.test('a status that could not be read again is not written', async (t) => {
  const store = await openStore(t, t.testdir({ resources: {} }));
  const first = await store.create('Installation', 'a-1', specOfInstallation(), statusOfInstallation());
  const wrong = statusOfInstallation({ phase: 'Lost' as 'Failed' });
  await t.rejects(store.writeStatus(first, wrong), { code: 'SERABUT_ERR_INTERNAL', message: /status\.phase/ });
  t.equal(store.get('Installation', 'a-1'), first);
});

t.test('a name that could lead out of the directory is refused', async (t) => {
  const store = await openStore(t, t.testdir({ resources: {} }));
  for (const name of ['', '../a', '.a', 'a/b', 'A', 'a\0', 'x'.repeat(101)]) {
    const create = store.create('Machine', name, specOfMachine(), statusOfMachine());
    await t.rejects(create, { code: 'SERABUT_ERR_BAD_REQUEST' }, JSON.stringify(name));
  }
});

t.test('a second server on one data directory is refused until the first has ended', async (t) => {
  const data = t.testdir({ resources: {} });
  const first = await openStore(t, data);
  const second = new DirectoryStore(data, silent);
  await t.rejects(second.start(), { code: 'SERABUT_ERR_DATA_TAKEN', where: join(data, 'state/lock') });
  await second.close();
  await first.close();
  const third = await openStore(t, data);
  t.equal(third.isActing, true);
});

t.test('one that only reads needs no lock, and writes nothing', async (t) => {
  const data = t.testdir({ resources: { 'a.yaml': resources(machine) } });
  const acting = await openStore(t, data);
  await acting.writeStatus(acting.get('Machine', 'a') as Stored<'Machine'>, statusOfMachine({ generation: 5 }));
  writeFileSync(join(data, 'state/Machine/.7.tmp'), 'being written');
  const reading = await openStore(t, data, { ...silent, readOnly: true });
  t.equal(reading.isActing, false);
  const object = reading.get('Machine', 'a') as Stored<'Machine'>;
  t.equal(object.status.generation, 5);
  await t.rejects(reading.writeStatus(object, statusOfMachine()), { code: 'SERABUT_ERR_STORE', message: /only reads/ });
  t.strictSame(readdirSync(join(data, 'state/Machine')).sort(), ['.7.tmp', 'a.json']);
});

t.test('what a killed process was writing is removed at the start, what is not ours stays', async (t) => {
  const data = t.testdir({ state: { Machine: { '.1.tmp': 'half', 'note.txt': 'mine' } } });
  const store = await openStore(t, data);
  t.strictSame(readdirSync(join(data, 'state/Machine')), ['note.txt']);
  t.strictSame([...store.all('Machine')], []);
});

t.test('nothing can be written before all has been read, nor after the end', async (t) => {
  const store = new DirectoryStore(t.testdir({ resources: {} }), silent);
  const create = () => store.create('Machine', 'a', specOfMachine(), statusOfMachine());
  await t.rejects(create(), { code: 'SERABUT_ERR_STORE', message: /not been read yet/ });
  await store.start();
  const last = create();
  await store.close();
  await t.rejects(create(), { code: 'SERABUT_ERR_STORE', message: /the server ends/ });
  t.equal((await last).name, 'a', 'what was asked for before is done');
});

t.test('a data directory that cannot be written to is still read, and the log says what is wrong', async (t) => {
  const logged: string[] = [];
  const data = t.testdir({ resources: { 'a.yaml': resources(machine) }, state: { lock: {} } });
  const store = await openStore(t, data, { log: (_level, _fields, message) => logged.push(message) });
  t.strictSame(logged, ['state/ cannot be locked or written to']);
  t.ok(store.get('Machine', 'a'));
  t.equal(store.isActing, false);
  const create = store.create('Installation', 'a-1', specOfInstallation(), statusOfInstallation());
  await t.rejects(create, { code: 'SERABUT_ERR_STORE', message: /cannot be locked; .*--without-lock/ });
});

t.test('where nothing can be locked, a server writes only when it is told that it is the only one', async (t) => {
  const data = t.testdir({ state: { lock: {} } });
  const store = await openStore(t, data, { ...silent, withoutLock: true });
  t.equal(store.isActing, true);
  const made = await store.create('Installation', 'a-1', specOfInstallation(), statusOfInstallation());
  t.equal(made.name, 'a-1');
});

t.test('when resources/ cannot be read, the server does not start: all machines would be unknown', async (t) => {
  const store = new DirectoryStore(t.testdir({ resources: 'a file' }), silent);
  t.teardown(() => store.close());
  await t.rejects(store.start(), { code: 'SERABUT_ERR_STORE', where: 'resources' });
});

t.test('when resources/ is gone while the server runs, that is logged, and its Machines stay', async (t) => {
  const data = t.testdir({ resources: { 'a.yaml': resources(machine) } });
  const told = Promise.withResolvers<string>();
  const store = await openStore(t, data, { log: (_level, _fields, message) => told.resolve(message) });
  renameSync(join(data, 'resources'), join(data, 'elsewhere'));
  t.match(await told.promise, 'the resources cannot be read');
  t.ok(store.get('Machine', 'a'));
});

t.test('what is told of an object is logged by its weight', async (t) => {
  const logged: unknown[] = [];
  const store = await openStore(t, t.testdir({ resources: {} }), { log: (...all) => logged.push(all) });
  store.tell('Machine', 'a', { type: 'Normal', reason: 'Installed', message: 'in 5 minutes' });
  store.tell('Image', 'i', { type: 'Warning', reason: 'Differs', message: 'from its sum' });
  t.strictSame(logged, [
    ['info', { kind: 'Machine', name: 'a', reason: 'Installed' }, 'in 5 minutes'],
    ['warn', { kind: 'Image', name: 'i', reason: 'Differs' }, 'from its sum'],
  ]);
});
