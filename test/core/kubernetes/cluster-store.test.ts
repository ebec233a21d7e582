import t, { type Test } from 'tap';
import { apiPath, begunGeneration, firstStatus } from '../../../core/kubernetes/api-object.js';
import type { ClusterStore } from '../../../core/kubernetes/cluster-store.js';
import type { Kind } from '../../../core/resources/kinds.js';
import type { Stored } from '../../../core/resources/store.js';
import { clusterHarness, clusterStore } from '../../helpers/cluster-harness.js';
import { FakeCluster } from '../../helpers/fake-cluster.js';
import { conformance, specOfInstallation, statusOfInstallation, until } from '../resources/store-conformance.js';

conformance(t, 'cluster', async (t) => {
  const { options } = await FakeCluster.start(t);
  return clusterHarness(t, options, options);
});

const path = (kind: Kind, name: string) => apiPath(kind, 'boot', name);
const mac = (number: number) => `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;

/** A started store on a fake that has some Machines. */
async function start(t: Test, machines = 0) {
  const api = await FakeCluster.start(t);
  for (let index = 1; index <= machines; index++)
    api.add(path('Machine', `m${index}`), { spec: { macs: [mac(index)] } });
  const log: string[] = [];
  const store = await clusterStore(api.options, (message) => log.push(message));
  await store.start();
  t.teardown(() => store.close());
  return { api, store, log };
}

const names = (store: ClusterStore) => [...store.all('Machine')].map(({ name }) => name).sort();
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'none',
    (error: { code: string }) => error.code,
  );

t.test('a watch that is cut is gone on with, and nothing is missed', async (t) => {
  const { api, store } = await start(t, 3);
  for (const end of ['cutWatches', 'endWatches'] as const) {
    const lists = () => api.requests.filter(({ query }) => query.has('limit')).length;
    const before = lists();
    api[end]();
    api.change(path('Machine', 'm1'), (object) => {
      object.spec = { macs: [mac(1)], hostname: end.toLowerCase() };
    });
    await until(store, () => store.get('Machine', 'm1')?.spec.hostname === end.toLowerCase());
    t.equal(lists(), before, 'no list was needed');
  }
  api.cutWatches();
  api.delete(path('Machine', 'm2'));
  await until(store, () => store.get('Machine', 'm2') === undefined);
  t.strictSame(names(store), ['m1', 'm3']);
});

t.test('when the history is gone, a list shows what was deleted, made and changed', async (t) => {
  const { api, store } = await start(t, 3);
  const told: string[] = [];
  store.onObject((_, name, object) => told.push(`${name} ${object === undefined ? 'gone' : 'there'}`));
  await api.down();
  api.delete(path('Machine', 'm2'));
  api.add(path('Machine', 'm4'), { spec: { macs: [mac(4)] } });
  api.delete(path('Machine', 'm3'));
  api.add(path('Machine', 'm3'), { spec: { macs: [mac(3)], hostname: 'new' } });
  api.compact();
  await api.up();
  await until(store, () => store.get('Machine', 'm4') !== undefined);
  await until(store, () => store.get('Machine', 'm3')?.spec.hostname === 'new');
  t.strictSame(names(store), ['m1', 'm3', 'm4']);
  t.strictSame(told.sort(), ['m2 gone', 'm3 there', 'm4 there']);
});

t.test('what nobody understands is a reason to list again', async (t) => {
  const { api, store, log } = await start(t, 1);
  for (const [index, line] of [
    '{"type":"MODIF',
    '{"type":"MODIFIED","object":{}}',
    '{"type":"NEWS","object":{"metadata":{"resourceVersion":"1"}}}',
    '{"type":"ERROR"}',
  ].entries()) {
    // biome-ignore format: one line
    api.say('machines', line);
    api.change(path('Machine', 'm1'), (object) => {
      object.spec = { macs: [mac(1)], hostname: `h${index}` };
    });
    await until(store, () => store.get('Machine', 'm1')?.spec.hostname === `h${index}`);
  }
  t.match(log[0], /machines cannot be read, it is tried again: /);
  t.ok(log.some((line) => /machines can be read again$/.test(line)));
});

t.test('while the API server is away memory answers, and nothing can be written', async (t) => {
  const { api, store } = await start(t, 2);
  const machine = store.get('Machine', 'm1') as Stored<'Machine'>;
  await api.down();
  t.strictSame(names(store), ['m1', 'm2']);
  t.equal(await code(store.writeStatus(machine, machine.status)), 'SERABUT_ERR_STORE');
  t.equal(await code(store.create('Installation', 'm1-1', specOfInstallation(), statusOfInstallation())), 'SERABUT_ERR_STORE'); // biome-ignore format: one line
  t.equal(store.get('Installation', 'm1-1'), undefined);
  await api.up();
  const { version } = await store.writeStatus(machine, machine.status);
  t.equal(store.get('Machine', 'm1')?.version, version);
});

t.test('a refusal is told, a write whose answer is lost is seen later', async (t) => {
  const { api, store } = await start(t, 1);
  const machine = store.get('Machine', 'm1') as Stored<'Machine'>;
  for (const status of [500, 503, 429, 403, 422]) {
    api.fault = ({ method }) => (method === 'PUT' ? status : undefined);
    t.equal(await code(store.writeStatus(machine, machine.status)), 'SERABUT_ERR_STORE', String(status));
  }
  api.fault = ({ method, path }) => (method === 'PUT' && path.endsWith('/status') ? 'lost' : undefined);
  t.equal(await code(store.writeStatus(machine, { ...machine.status, generation: 3 })), 'SERABUT_ERR_STORE');
  await until(store, () => store.get('Machine', 'm1')?.status.generation === 3);
  api.fault = () => undefined;
  t.equal(await code(store.writeStatus(machine, machine.status)), 'SERABUT_ERR_CONFLICT');
});

t.test('many pages make one list, and a list that became too old on the way begins anew', async (t) => {
  const api = await FakeCluster.start(t);
  for (let index = 0; index < 1201; index++) api.add(path('Machine', `m${index}`), { spec: { serial: `s${index}` } });
  let pages = 0;
  api.fault = ({ query }) => {
    if (!query.has('continue')) return undefined;
    pages += 1;
    return pages === 2 ? 410 : undefined;
  };
  const store = await clusterStore(api.options);
  await store.start();
  t.teardown(() => store.close());
  t.equal(names(store).length, 1201);
  t.equal(pages, 4);
});

t.test('an object has the status that it was made with, though only the making succeeded', async (t) => {
  const { api, store } = await start(t);
  api.fault = ({ method }) => (method === 'PUT' ? 500 : undefined);
  const status = statusOfInstallation({ phase: 'Installing', attempt: 1 });
  const made = await store.create('Installation', 'm1-1', specOfInstallation(), status);
  t.strictSame(made.status, status);
  t.equal(api.object(path('Installation', 'm1-1'))?.status, undefined);
  api.fault = () => undefined;
  const next = await store.writeStatus(made, { ...status, attempt: 2 });
  t.equal(next.status.attempt, 2, 'a status that is there counts before it');
  api.add(path('Installation', 'm2-1'), { metadata: { annotations: { [firstStatus]: '{"pha' } }, spec: specOfInstallation() }); // biome-ignore format: one line
  await until(store, () => api.watches > 0 && store.errors.length === 1);
  t.equal(store.get('Installation', 'm2-1'), undefined, 'one that cannot be read is no fresh one');
});

t.test('what cannot be used is told and not there, until it is mended', async (t) => {
  const { api, store } = await start(t, 1);
  api.change(path('Machine', 'm1'), (object) => {
    object.spec = { macs: ['nonsense'] };
  });
  await until(store, () => store.get('Machine', 'm1') === undefined);
  t.match(store.errors, [
    { code: 'SERABUT_ERR_RESOURCE_INVALID', where: /^machines.serabut.io\/m1 in namespace boot$/ },
  ]);
  api.change(path('Machine', 'm1'), (object) => {
    object.spec = { macs: [mac(1)] };
    object.status = { phase: 'Dancing' };
  });
  await until(store, () => /the status of a Machine has/.test(store.errors[0]?.message ?? ''));
  api.change(path('Machine', 'm1'), (object) => {
    delete object.status;
  });
  await until(store, () => store.get('Machine', 'm1') !== undefined);
  t.strictSame(store.errors, []);
  api.add(path('Distro', 'd'), { spec: {} });
  await until(store, () => store.snapshot.errors.length === 1);
  t.throws(() => store.snapshot.get('Distro', 'd'), { code: 'SERABUT_ERR_RESOURCE_INVALID' });
});

t.test('an object that waits for its finalizers has gone', async (t) => {
  const { api, store } = await start(t);
  api.add(path('Machine', 'f'), { metadata: { finalizers: ['a/b'] }, spec: { macs: [mac(9)] } });
  await until(store, () => store.get('Machine', 'f') !== undefined);
  await store.remove(store.get('Machine', 'f') as Stored<'Machine'>);
  t.equal(store.get('Machine', 'f'), undefined);
  t.notMatch(api.object(path('Machine', 'f')), undefined);
  api.cutWatches();
  api.add(path('Machine', 'g'), { spec: { macs: [mac(8)] } });
  await until(store, () => store.get('Machine', 'g') !== undefined);
  t.strictSame(names(store), ['g']);
});

t.test('a status that is as it was is not written again', async (t) => {
  const { api, store } = await start(t);
  api.add(path('Image', 'i'), { spec: { type: 'iso', path: 'i.iso' } });
  await until(store, () => store.snapshot.get('Image', 'i') !== undefined);
  await store.applyStatus('Image', 'i', { conditions: [], size: 5 });
  await store.applyStatus('Image', 'i', { conditions: [], size: 5 });
  t.strictSame(api.requests.filter(({ method }) => method === 'PATCH').map(({ type, query }) => [type, query.get('fieldManager')]), [['application/apply-patch+yaml', 'serabut']]); // biome-ignore format: one line
});

t.test('what is told becomes an Event about the object, which kubectl describe finds', async (t) => {
  const { api, store } = await start(t, 1);
  const told = new Promise<void>((resolve) => {
    api.fault = ({ path }) => {
      if (path.endsWith('/events')) resolve();
      return undefined;
    };
  });
  store.tell('Machine', 'm1', { type: 'Warning', reason: 'Refused', message: 'another MAC asked' });
  await told;
  const uid = api.object(path('Machine', 'm1'))?.metadata.uid;
  const request = api.requests.find(({ path }) => path === '/api/v1/namespaces/boot/events');
  t.match(request?.body, { involvedObject: { kind: 'Machine', name: 'm1', uid }, reason: 'Refused', type: 'Warning' });
});

t.test('one that starts while the API server is away has all once that is there', async (t) => {
  const api = await FakeCluster.start(t);
  api.add(path('Machine', 'm1'), { spec: { macs: [mac(1)] } });
  await api.down();
  const messages: string[] = [];
  const logged = new Promise<void>((resolve) => {
    messages.push = (...lines) => {
      resolve();
      return Array.prototype.push.apply(messages, lines);
    };
  });
  const store = await clusterStore(api.options, (message) => messages.push(message));
  t.teardown(() => store.close());
  const started = store.start();
  await logged;
  t.match(messages[0], /cannot be read, it is tried again: .*ECONNREFUSED/);
  t.equal(store.isActing, false);
  await api.up();
  await started;
  t.strictSame(names(store), ['m1']);
});

t.test('of a Machine that cannot be used remains what it was known by', async (t) => {
  const { api, store } = await start(t, 1);
  api.change(path('Machine', 'm1'), (object) => {
    object.status = { phase: 'Dancing', generation: 4, facts: { mac: mac(7), uuid: 'nonsense' } };
  });
  await until(store, () => store.get('Machine', 'm1') === undefined);
  t.match(store.remains, [
    {
      name: 'm1',
      generation: 4,
      identities: [
        { macs: [mac(1)], uuid: null },
        { macs: [mac(7)], uuid: null },
      ],
      where: /^machines.serabut.io\/m1 /,
    },
  ]);
  api.change(path('Machine', 'm1'), (object) => {
    object.status = {};
  });
  await until(store, () => store.get('Machine', 'm1') !== undefined);
  t.strictSame(store.remains, []);
});

t.test('a Machine that comes back without its status knows which generation was begun', async (t) => {
  const { api, store } = await start(t, 1);
  const machine = store.get('Machine', 'm1') as Stored<'Machine'>;
  api.fault = ({ method }) => (method === 'PUT' ? 500 : undefined);
  const begun = { ...machine.status, generation: 3 };
  t.equal(await code(store.writeStatus(machine, begun)), 'SERABUT_ERR_STORE');
  api.fault = () => undefined;
  await until(store, () => store.get('Machine', 'm1')?.version !== machine.version);
  const again = store.get('Machine', 'm1') as Stored<'Machine'>;
  api.change(path('Machine', 'm1'), (object) => {
    object.status = machine.status;
  });
  await until(store, () => store.get('Machine', 'm1')?.version !== again.version);
  const present = store.get('Machine', 'm1') as Stored<'Machine'>;
  t.equal(present.status.generation, 0, 'while there is a status it alone counts');
  const written = await store.writeStatus(present, begun);
  await store.writeStatus(written, { ...begun, phase: 'Installed' });
  t.equal(api.requests.filter(({ method }) => method === 'PATCH').length, 2, 'it is said once for a generation');
  api.change(path('Machine', 'm1'), (object) => {
    delete object.status;
  });
  await until(store, () => store.get('Machine', 'm1')?.status.phase === 'Ready');
  t.equal(store.get('Machine', 'm1')?.status.generation, 3);
  api.change(path('Machine', 'm1'), ({ metadata }) => {
    metadata.annotations = { [begunGeneration]: 'many' };
  });
  await until(store, () => store.get('Machine', 'm1') === undefined);
  t.equal(store.errors.length, 1, 'one that cannot be read is not begun from the start');
});
