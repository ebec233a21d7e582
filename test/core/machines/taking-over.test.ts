import t, { type Test } from 'tap';
import { Lifecycle } from '../../../core/machines/lifecycle.js';
import { Roster } from '../../../core/machines/roster.js';
import { clusterHarness } from '../../helpers/cluster-harness.js';
import { directoryHarness } from '../../helpers/directory-store.js';
import { FakeCluster } from '../../helpers/fake-cluster.js';
import { boot, client, said, startTime } from '../../helpers/machines.js';
import { type MakeHarness, until } from '../resources/store-conformance.js';

/* A machine asks before anybody has written down what it shall be; then somebody does, under a name of his own. */

const mac = '52:54:00:bb:00:01';
const uuid = '00000000-0000-4000-8000-0000000000bb';
const byMac = 'mac-52-54-00-bb-00-01';

async function serve(t: Test, make: MakeHarness) {
  const harness = await make(t);
  const { store } = harness;
  const lifecycle = new Lifecycle({
    store,
    roster: new Roster(store),
    settings: { defaultEntry: undefined, identify: 'query' },
    now: () => startTime,
    newToken: () => 'x'.repeat(43),
    menu: async () => [],
    log: (message) => t.comment(message),
  });
  await harness.apply('BootProfile', 'plain', { distro: 'debian-13', configuration: 'web' });
  await until(store, () => store.snapshot.has('BootProfile', 'plain'));
  const ask = async (facts: object) => (await lifecycle.ask(said(facts), client(), boot)).decision;
  const write = async (name: string, spec: object) => {
    await harness.apply('Machine', name, { ...spec, bootProfile: 'plain', install: { generation: 1 } });
    await until(store, () => store.get('Machine', name) !== undefined);
  };
  return { store, lifecycle, ask, write };
}

for (const [name, make] of [
  ['directory', directoryHarness],
  [
    'cluster',
    async (t) => {
      const { options } = await FakeCluster.start(t);
      return clusterHarness(t, options, options);
    },
  ],
] as [string, MakeHarness][]) {
  t.test(`${name}: what was discovered gives way to the Machine that somebody makes for it`, async (t) => {
    const { store, lifecycle, ask, write } = await serve(t, make);
    t.equal((await ask({ mac, uuid, product: 'x' })).kind, 'menu');
    await until(store, () => store.get('Machine', byMac) !== undefined);
    await write('web1', { macs: [mac] });
    t.match(await ask({ mac, uuid, product: 'x' }), { kind: 'install', machine: 'web1' });
    await lifecycle.tick();
    t.strictSame(
      [...store.all('Machine')].map((machine) => machine.name),
      ['web1'],
      'and is gone',
    );
    t.match(store.get('Machine', 'web1')?.status, { phase: 'Installing', generation: 1 });
    t.notMatch(store.get('Machine', 'web1')?.status.conditions, [{ type: 'Conflict' }]);
    await lifecycle.close();
  });
}
