import t from 'tap';
import { SerabutError } from '../../../core/errors.js';
import { distroViews } from '../../../core/operator/distro-view.js';
import { installationView } from '../../../core/operator/installation-view.js';
import { machineViews } from '../../../core/operator/machine-list.js';
import { machineView } from '../../../core/operator/machine-view.js';
import type { InstallationStatus } from '../../../core/resources/installation.js';
import type { MachineStatus } from '../../../core/resources/machine.js';
import type { Stored } from '../../../core/resources/store.js';
import { mac, profiles } from '../../helpers/machines.js';
import { freshMachine, MemoryBackend, MemoryStore, machineOf } from '../../helpers/memory-store.js';
import { specOfInstallation, statusOfInstallation } from '../resources/store-conformance.js';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 28, 12, 0, seconds)).toISOString();
const now = Date.UTC(2026, 10, 28, 12, 10);
const hash = 'ab'.repeat(32);

function world() {
  const backend = new MemoryBackend();
  backend.putSnapshot(profiles);
  const store = new MemoryStore(backend);
  const put = (name: string, spec: object, status: Partial<MachineStatus> = {}): Stored<'Machine'> =>
    backend.set('Machine', name, {
      kind: 'Machine',
      name,
      spec: machineOf(spec),
      status: freshMachine(status),
    }) as Stored<'Machine'>;
  const install = (name: string, status: Partial<InstallationStatus>): Stored<'Installation'> =>
    backend.set('Installation', name, {
      kind: 'Installation',
      name,
      spec: specOfInstallation({ deadlineMinutes: 60 }),
      status: statusOfInstallation({ tokenHash: hash, client: { address: '10.0.0.9', mac: mac(9) }, ...status }),
    }) as Stored<'Installation'>;
  return { backend, store, put, install };
}

const condition = (type: string, time: string, message = 'x', status: 'True' | 'False' = 'True') => {
  return { type, status, reason: 'R', message, lastTransitionTime: time };
};

t.test('a machine that is installed is shown with its stages, what was sent, and its deadline', async (t) => {
  const { store, put, install } = world();
  install('m-1', {
    phase: 'Installing',
    attempt: 2,
    attemptStarted: at(10),
    lastHeard: at(40),
    progress: 'partitions the disk',
    conditions: [condition('Offered', at(10)), condition('ScriptSent', at(11)), condition('KernelSent', at(13))],
    failures: [{ attempt: 1, time: at(5), reason: 'Silence', message: 'nothing was heard' }],
  });
  const timeline = [
    { time: at(3), stage: 'KernelSent', message: 'of the attempt before', bytes: 5 },
    { time: at(13), stage: 'KernelSent', message: 'linux', bytes: 7 },
    { time: at(14), stage: 'ContentSent', message: 'x', bytes: 100 },
  ];
  const status = { phase: 'Installing', installation: 'm-1', generation: 1, timeline } as const;
  const machine = put('m', { macs: [mac(1)], bootProfile: 'web', install: { generation: 1 } }, status);
  const view = machineView(machine, store, now);
  t.match(view, { phase: 'Installing', stage: 'KernelSent', progress: 'partitions the disk', problem: null });
  t.match(view.installation, { attempt: 2, attempts: 3, deadline: '2026-11-28T13:00:10.000Z', contentBytes: 100 });
  t.strictSame(view.installation?.stages.slice(0, 4), [
    { stage: 'Offered', time: at(10), seconds: null, bytes: null },
    { stage: 'ScriptSent', time: at(11), seconds: 1, bytes: null },
    { stage: 'KernelSent', time: at(13), seconds: 2, bytes: 7 },
    { stage: 'InitrdSent', time: null, seconds: null, bytes: null },
  ]);
  t.match(view.installation?.failures, [{ attempt: 1, message: 'nothing was heard' }]);
  t.notMatch(JSON.stringify(view), hash);
  t.notMatch(JSON.stringify(view), '10.0.0.9');
});

t.test('a machine that waits for its next attempt says why the last one failed', async (t) => {
  const { store, put, install } = world();
  const failures = [{ attempt: 1, time: at(5), reason: 'NotMade', message: 'The boot script cannot be made: x.' }];
  install('m-1', { phase: 'Pending', attempt: 1, failures });
  const status = { phase: 'Pending', installation: 'm-1', generation: 1 } as const;
  const { problem } = machineView(
    put('m', { macs: [mac(1)], bootProfile: 'web', install: { generation: 1 } }, status),
    store,
    now,
  );
  t.match(problem, /^Attempt 1 of 3 failed: The boot script cannot be made: x\. It is tried again when/);
  const next = { macs: [mac(1)], bootProfile: 'web', install: { generation: 2 } };
  t.equal(machineView(put('m', next, status), store, now).problem, null, 'of what is wanted now none has failed');
});

t.test('an installation that is over has no deadline', async (t) => {
  const { install } = world();
  const view = installationView(install('m-1', { phase: 'Failed', attempt: 1, attemptStarted: at(1) }), []);
  t.equal(view.deadline, null);
  t.equal(view.contentBytes, 0);
});

t.test('what is wrong with a machine is one sentence with what to do', async (t) => {
  const { store, put, install } = world();
  const spec = { macs: [mac(1)], bootProfile: 'web', install: { generation: 1 } };
  const problem = (status: Partial<MachineStatus>, of = spec) =>
    machineView(put('m', of, { installation: 'm-1', ...status }), store, now).problem;
  install('m-1', {
    phase: 'Failed',
    attempt: 3,
    failures: [{ attempt: 3, time: at(5), reason: 'Reported', message: 'no disk.' }],
  });
  t.match(problem({ phase: 'Failed' }), /^Failed after 3 attempts: no disk\. .*raise spec\.install\.generation/);
  install('m-1', { phase: 'Installing', conditions: [condition('Stalled', at(5), 'Nothing was heard.')] });
  t.equal(problem({ phase: 'Installing' }), 'Nothing was heard.');
  install('m-1', { phase: 'Installing', conditions: [condition('Stalled', at(5), 'Nothing was heard.', 'False')] });
  t.equal(problem({ phase: 'Installing' }), null);
  const conflict = condition('Conflict', at(1), 'Nobody can tell it from web-2. None is installed.');
  t.match(problem({ phase: 'Conflict', conditions: [conflict] }), /^Nobody can tell it from web-2.*Correct their macs/);
  t.match(problem({ phase: 'Conflict' }), /not unique/);
  t.equal(problem({ phase: 'Pending' }), null);
  t.match(problem({ phase: 'Pending' }, { ...spec, bootProfile: 'gone' }), /BootProfile gone is not there/);
  t.equal(problem({ phase: 'Installed' }), null);
});

t.test('machines are found, sorted and counted', async (t) => {
  const { store, put } = world();
  put('web-1', { macs: [mac(1)], bootProfile: 'web' }, { phase: 'Installed', lastSeen: at(1) });
  put('web-2', { macs: [mac(2)], serial: 'abc-77' }, { phase: 'Failed', lastSeen: at(3), address: '10.0.0.2' });
  put('db-1', { macs: [mac(3)] }, { phase: 'Ready' });
  const find = (query: object) => {
    const { items, total } = machineViews(store, { offset: 0, limit: 10, ...query }, now);
    return [total, ...items.map(({ name }) => name)];
  };
  t.strictSame(find({}), [3, 'db-1', 'web-1', 'web-2']);
  t.strictSame(find({ sort: 'phase' }), [3, 'web-2', 'db-1', 'web-1']);
  t.strictSame(find({ sort: 'lastSeen' }), [3, 'web-2', 'web-1', 'db-1']);
  t.strictSame(find({ phase: 'Failed' }), [1, 'web-2']);
  for (const search of ['WEB-2', ' abc-7 ', '10.0.0.2', mac(2).toUpperCase()])
    t.strictSame(find({ search }), [1, 'web-2']);
  t.strictSame(find({ search: 'nothing like it' }), [0]);
  t.strictSame(find({ offset: 1, limit: 1 }), [3, 'web-1']);
  const { counts } = machineViews(store, { offset: 0, limit: 1, phase: 'Failed' }, now);
  t.match(counts, { Installed: 1, Failed: 1, Ready: 1, Discovered: 0 });
});

t.test('of ten thousand machines views are made for the page alone', async (t) => {
  const { store, put } = world();
  for (let n = 0; n < 10_000; n++) put(`m-${n}`, { macs: [mac(n)] }, { phase: 'Ready' });
  let asked = 0;
  const counting = {
    snapshot: store.snapshot,
    all: store.all.bind(store),
    get: ((kind: 'Machine', name: string) => {
      asked += 1;
      return store.get(kind, name);
    }) as typeof store.get,
  };
  const { items, total } = machineViews(counting, { offset: 100, limit: 100 }, now);
  t.strictSame([items.length, total], [100, 10_000]);
  t.ok(asked <= 200, `${asked} machines were looked up`);
});

t.test('a distro whose image is on its way is not one that has failed', async (t) => {
  const { backend } = world();
  backend.putSnapshot([{ kind: 'Distro', name: 'mini', spec: { plugin: 'debian', image: 'mini' } }]);
  const { snapshot } = backend;
  const error = new SerabutError('SERABUT_ERR_ISO_NOT_FOUND', 'isos/mini.iso is not there');
  const catalogue = { entries: async () => [{ name: 'mini', error }] };
  const stateWhen = async (reason: string) => {
    const conditions = [{ ...condition('Downloaded', at(1), 'x', 'False'), reason }];
    const [view] = await distroViews({ catalogue, store: { snapshot, statusOf: () => ({ conditions }) } });
    return view?.state;
  };
  t.equal(await stateWhen('Downloading'), 'preparing');
  t.equal(await stateWhen('Waiting'), 'preparing');
  t.equal(await stateWhen('Missing'), 'failed');
});
