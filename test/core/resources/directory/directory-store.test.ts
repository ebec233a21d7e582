import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { Stored } from '../../../../core/resources/store.js';
import { resources } from '../../../helpers/build-app.js';
import { directoryHarness, openStore, problems } from '../../../helpers/directory-store.js';
import { conformance, specOfInstallation, specOfMachine, statusOfMachine, until } from '../store-conformance.js';

conformance(t, 'a directory', directoryHarness);

const machine = { kind: 'Machine', name: 'a', spec: { serial: 'a' } };
const state = (some: object) =>
  JSON.stringify({ kind: 'Machine', name: 'a', version: 3, status: { generation: 2 }, ...some });

t.test('a Machine whose document is broken, or which is there twice, is no known machine', async (t) => {
  const broken = { ...machine, name: 'b', spec: { serail: 'b' } };
  const data = t.testdir({
    resources: { 'one.yaml': resources(machine, broken, { ...machine, name: 'c' }), 'two.yaml': resources(machine) },
  });
  const store = await openStore(t, data);
  t.strictSame(
    [...store.all('Machine')].map(({ name }) => name),
    ['c'],
  );
  t.match(problems(store), [
    /^one.yaml, document 2: .*spec\.serail/s,
    /^two.yaml: Machine "a" has the name of the one in one.yaml, document 1; neither is used/,
  ]);
  t.strictSame(store.snapshot.errors, [], 'they are no errors of the snapshot');
  for (const name of ['a', 'b']) {
    const create = store.create('Machine', name, specOfMachine(), statusOfMachine());
    await t.rejects(create, { code: 'SERABUT_ERR_CONFLICT' });
  }
});

t.test('an Installation in a file of a person is refused: it would stand beside what the server did', async (t) => {
  const installation = { kind: 'Installation', name: 'a-1', spec: specOfInstallation() };
  const store = await openStore(t, t.testdir({ resources: { 'a.yaml': resources(installation) } }));
  t.strictSame([...store.all('Installation')], []);
  t.match(problems(store), [/made by the server alone/]);
});

t.test('listeners are told when what is wrong with Machines has changed', async (t) => {
  const data = t.testdir({ resources: { 'a.yaml': resources(machine) } });
  const store = await openStore(t, data);
  const told = new Promise<void>((resolve) => store.onSnapshot(() => resolve()));
  await writeFile(join(data, 'resources/b.yaml'), resources(machine));
  await told;
  t.match(problems(store), [/neither is used/]);
  t.equal(store.get('Machine', 'a'), undefined);
});

t.test('what is known of a Machine outlasts its document', async (t) => {
  const data = t.testdir({ resources: { 'a.yaml': resources(machine) }, state: { Machine: { 'a.json': state({}) } } });
  const store = await openStore(t, data);
  const before = store.get('Machine', 'a');
  t.equal(before?.status.generation, 2);
  await rm(join(data, 'resources/a.yaml'));
  await until(store, () => store.get('Machine', 'a') === undefined);
  await writeFile(join(data, 'resources/a.yaml'), resources(machine));
  await until(store, () => store.get('Machine', 'a') !== undefined);
  t.strictSame(store.get('Machine', 'a'), before);
});

t.test('a Machine that the server made has the spec of a document as long as there is one', async (t) => {
  const data = t.testdir({ resources: {} });
  const store = await openStore(t, data);
  const made = await store.create('Machine', 'a', specOfMachine({ serial: 'own' }), statusOfMachine());
  t.equal(made.where, 'state/Machine/a.json');
  await writeFile(join(data, 'resources/a.yaml'), resources(machine));
  await until(store, () => store.get('Machine', 'a')?.spec.serial === 'a');
  const taken = store.get('Machine', 'a') as Stored<'Machine'>;
  t.equal(taken.where, 'a.yaml');
  await t.rejects(store.remove(taken), { code: 'SERABUT_ERR_READ_ONLY', where: 'a.yaml' });
  await store.writeStatus(taken, statusOfMachine({ generation: 1 }));
  await rm(join(data, 'resources/a.yaml'));
  await until(store, () => store.get('Machine', 'a')?.spec.serial === 'own');
  t.equal(store.get('Machine', 'a')?.status.generation, 1);
});

t.test('of a Machine that cannot be used remains what it was known by', async (t) => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => ({ kind: 'Machine', name, spec: { serial: `doc-${name}` } }));
  const documents = resources(...[a, b, c, d].filter((one) => one !== undefined));
  const facts = { mac: '52:54:00:00:00:0a', serial: 'said' };
  const data = t.testdir({
    resources: { 'all.yaml': documents },
    state: {
      Machine: {
        'a.json': state({ status: { generation: 2, facts } }),
        'b.json': 'damaged',
        'gone.json': state({ name: 'gone' }),
      },
    },
  });
  const store = await openStore(t, data);
  const known = () => store.remains.map(({ name, generation }) => `${name} ${generation}`).sort();
  t.strictSame(known(), ['b 0', 'gone 2'], 'by state that cannot be read, and by state without a document');
  t.match(store.remains.find(({ name }) => name === 'b')?.identities.at(-1), { serial: 'doc-b' });

  await writeFile(join(data, 'resources/all.yaml'), documents.replace('"serial":"doc-a"', '"serail":"doc-a"'));
  await until(store, () => store.get('Machine', 'a') === undefined);
  t.strictSame(known(), ['a 2', 'b 0', 'gone 2'], 'by a typing error');
  t.match(
    store.remains.find(({ name }) => name === 'a'),
    {
      identities: [{ serial: 'doc-a' }, { macs: [facts.mac], serial: 'said' }],
      where: 'state/Machine/a.json',
    },
  );
  await writeFile(join(data, 'resources/twice.yaml'), resources({ kind: 'Machine', name: 'c', spec: { serial: 'x' } }));
  await until(store, () => store.get('Machine', 'c') === undefined);
  t.match(
    store.remains.find(({ name }) => name === 'c')?.identities,
    [{ serial: 'doc-c' }],
    'by a name that is there twice',
  );
  await rm(join(data, 'resources/twice.yaml'));
  await writeFile(join(data, 'resources/all.yaml'), documents);
  await until(store, () => store.get('Machine', 'c') !== undefined && store.get('Machine', 'a') !== undefined);
  t.strictSame(known(), ['b 0', 'gone 2'], 'until it is mended');
});
