import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Actions } from '../../../core/operator/actions.js';
import type { Store, Stored } from '../../../core/resources/store.js';
import { resources } from '../../helpers/build-app.js';
import { clusterHarness } from '../../helpers/cluster-harness.js';
import { openStore } from '../../helpers/directory-store.js';
import { FakeCluster } from '../../helpers/fake-cluster.js';
import { MemoryBackend, MemoryStore } from '../../helpers/memory-store.js';
import {
  type Harness,
  type MakeHarness,
  specOfMachine,
  statusOfMachine,
  until,
} from '../resources/store-conformance.js';

const anna = { operator: 'anna' };
const profile = { distro: 'debian-13', configuration: 'web' };
const mac = '52:54:00:00:00:01';

const stores: Readonly<Record<string, MakeHarness>> = {
  directory: async (t) => {
    const data = t.testdir({ resources: {} });
    const path = (kind: string, name: string) => join(data, `resources/${kind}-${name}.yaml`);
    const store = await openStore(t, data);
    return {
      store,
      apply: (kind, name, spec) => writeFile(path(kind, name), resources({ kind, name, spec })),
      delete: (kind, name) => rm(path(kind, name)),
      restart: async () => {},
      writesSpecsOfPeople: false,
    };
  },
  cluster: async (t) => {
    const { options } = await FakeCluster.start(t);
    return clusterHarness(t, options, options);
  },
};

interface Stage extends Harness {
  readonly actions: Actions;
  readonly log: string[];
}

/** A store with BootProfile `web` and a machine that it has discovered. */
async function stage(t: Test, make: MakeHarness, some: object = {}): Promise<Stage> {
  const harness = await make(t);
  const { store } = harness;
  await harness.apply('BootProfile', 'web', profile);
  await until(store, () => store.snapshot.has('BootProfile', 'web'));
  const status = statusOfMachine({ discovered: true, phase: 'Discovered', ...some });
  await store.create('Machine', 'new', specOfMachine({ macs: [mac] }), status);
  const log: string[] = [];
  const actions = new Actions({
    store,
    log: (_, details, message) => log.push(`${message} ${JSON.stringify(details)}`),
  });
  return { ...harness, store, actions, log };
}

for (const [name, make] of Object.entries(stores)) {
  t.test(`${name}: a discovered machine is accepted once, with the BootProfile that is said`, async (t) => {
    const { actions, store } = await stage(t, make);
    const accepted = await actions.accept('new', { bootProfile: 'web' }, anna);
    t.strictSame([accepted.spec.bootProfile, accepted.spec.install.generation], ['web', 1]);
    t.strictSame(store.get('Machine', 'new')?.spec, specOfMachine({ ...accepted.spec }));
    const again = actions.accept('new', { bootProfile: 'web' }, anna);
    await t.rejects(again, { code: 'SERABUT_ERR_MACHINE_STATE', message: /accepted already, with BootProfile web/ });
    t.equal(store.get('Machine', 'new')?.spec.install.generation, 1);
  });

  t.test(`${name}: without a name the BootProfile of the proposal counts, and without either none`, async (t) => {
    const proposal = { rule: 'servers', bootProfile: 'web' };
    const proposed = await stage(t, make, { proposal });
    t.equal((await proposed.actions.accept('new', {}, anna)).spec.bootProfile, 'web');
    const { actions, store } = await stage(t, make);
    await t.rejects(actions.accept('new', {}, anna), { code: 'SERABUT_ERR_BAD_REQUEST', message: /one of web/ });
    const missing = actions.accept('new', { bootProfile: 'gone' }, anna);
    await t.rejects(missing, { code: 'SERABUT_ERR_PROFILE_NOT_FOUND' });
    await t.rejects(actions.accept('nobody', {}, anna), { code: 'SERABUT_ERR_MACHINE_NOT_FOUND' });
    t.equal(store.get('Machine', 'new')?.spec.bootProfile, null);
  });

  t.test(
    `${name}: to install again raises the generation, and asking twice for one number is asking once`,
    async (t) => {
      const { actions, store } = await stage(t, make);
      const none = actions.reinstall('new', {}, anna);
      await t.rejects(none, { code: 'SERABUT_ERR_MACHINE_STATE', message: /no bootProfile/ });
      await actions.accept('new', { bootProfile: 'web' }, anna);
      t.equal((await actions.reinstall('new', {}, anna)).spec.install.generation, 2);
      t.equal((await actions.reinstall('new', { generation: 3 }, anna)).spec.install.generation, 3);
      t.equal((await actions.reinstall('new', { generation: 3 }, anna)).spec.install.generation, 3);
      const low = actions.reinstall('new', { generation: 2 }, anna);
      await t.rejects(low, { code: 'SERABUT_ERR_MACHINE_STATE', message: /generation 2 is not above 3/ });
      t.equal(store.get('Machine', 'new')?.spec.install.generation, 3);
    },
  );

  t.test(`${name}: a generation that was begun is never asked for again`, async (t) => {
    const { actions, store } = await stage(t, make);
    await actions.accept('new', { bootProfile: 'web' }, anna);
    const machine = store.get('Machine', 'new') as Stored<'Machine'>;
    await store.writeStatus(machine, { ...machine.status, generation: 7 });
    t.equal((await actions.reinstall('new', {}, anna)).spec.install.generation, 8);
  });

  t.test(`${name}: a discovered machine is forgotten, but not while it is installed`, async (t) => {
    const { actions, store, log } = await stage(t, make);
    const machine = store.get('Machine', 'new') as Stored<'Machine'>;
    const busy = await store.writeStatus(machine, { ...machine.status, phase: 'Installing' });
    await t.rejects(actions.forget('new', anna), { code: 'SERABUT_ERR_MACHINE_STATE', message: /being installed/ });
    await store.writeStatus(busy, { ...busy.status, phase: 'Discovered' });
    await actions.forget('new', anna);
    t.equal(store.get('Machine', 'new'), undefined);
    t.match(log, [/is forgotten.*anna/]);
  });

  t.test(`${name}: a Machine of a person is not accepted and not forgotten`, async (t) => {
    const { actions, store, apply, writesSpecsOfPeople } = await stage(t, make);
    await apply('Machine', 'web-1', { serial: 'a', bootProfile: 'web', install: { generation: 1 } });
    await until(store, () => store.get('Machine', 'web-1') !== undefined);
    const refused = { code: 'SERABUT_ERR_MACHINE_STATE', message: /made by a person/ };
    await t.rejects(actions.accept('web-1', {}, anna), refused);
    await t.rejects(actions.forget('web-1', anna), refused);
    const reinstalled = actions.reinstall('web-1', {}, anna);
    if (writesSpecsOfPeople) t.equal((await reinstalled).spec.install.generation, 2);
    else {
      const message = /stands in a file: set spec.install.generation to 2 there \(now 1\)/;
      await t.rejects(reinstalled, { code: 'SERABUT_ERR_READ_ONLY', message, where: /Machine-web-1.yaml/ });
    }
  });
}

/** A store in memory, with a machine that is accepted. */
function inMemory() {
  const backend = new MemoryBackend();
  backend.putSnapshot([{ kind: 'BootProfile', name: 'web', spec: profile }]);
  backend.putMachine('m', { macs: [mac], bootProfile: 'web', install: { generation: 1 } });
  const store: Store = new MemoryStore(backend);
  return { backend, store, actions: new Actions({ store, log: () => {} }) };
}

t.test('what somebody else writes at the same time is not lost, and the action is done', async (t) => {
  const { backend, store, actions } = inMemory();
  let writes = 0;
  backend.beforeWrite = async () => {
    writes += 1;
    if (writes > 1) return;
    const machine = backend.objects.get('Machine/m') as Stored<'Machine'>;
    backend.set('Machine', 'm', { ...machine, status: { ...machine.status, decision: 'meanwhile' } });
  };
  const written = await actions.reinstall('m', {}, anna);
  t.strictSame([written.spec.install.generation, written.status.decision], [2, 'meanwhile']);
  t.equal(writes, 2);
  t.equal(store.get('Machine', 'm')?.status.decision, 'meanwhile');
});

t.test('each action tells an Event with the name of the operator', async (t) => {
  const { backend, actions } = inMemory();
  await actions.reinstall('m', {}, anna);
  backend.set('Machine', 'new', {
    kind: 'Machine',
    name: 'new',
    spec: specOfMachine({ macs: [mac] }),
    status: statusOfMachine({ discovered: true, phase: 'Discovered' }),
  });
  await actions.accept('new', { bootProfile: 'web' }, anna);
  t.match(backend.told, [
    { kind: 'Machine', name: 'm', happening: { reason: 'Reinstall', message: /^anna .* generation 2/ } },
    { kind: 'Machine', name: 'new', happening: { reason: 'Accepted', message: /^anna .* BootProfile web/ } },
  ]);
});

t.test('a store that cannot write says so, and nothing is told', async (t) => {
  const { backend, actions } = inMemory();
  backend.beforeWrite = async () => {
    throw new Error('the disk is full');
  };
  await t.rejects(actions.reinstall('m', {}, anna), /disk is full/);
  t.strictSame(backend.told, []);
});
