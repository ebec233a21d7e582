import t from 'tap';
import { Roster } from '../../../core/machines/roster.js';
import { mac, said } from '../../helpers/machines.js';
import { freshMachine, MemoryBackend, MemoryStore, machineOf } from '../../helpers/memory-store.js';

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

function setUp() {
  const backend = new MemoryBackend();
  const store = new MemoryStore(backend);
  return { backend, store, roster: new Roster(store) };
}

t.test('a machine is meant when one of its identities is said and none contradicts', async (t) => {
  const { backend, roster } = setUp();
  backend.putMachine('a', { macs: [mac(1), mac(2)], uuid: uuid(1), serial: 's1' });
  backend.putMachine('b', { uuid: uuid(2) });
  backend.putMachine('c', { serial: 's3' });
  for (const [facts, name] of [
    [{ mac: mac(1) }, 'a'],
    [{ mac: mac(2), serial: 's1' }, 'a'],
    [{ uuid: uuid(1) }, 'a'],
    [{ mac: mac(3), uuid: uuid(1) }, undefined],
    [{ mac: mac(1), uuid: uuid(9) }, undefined],
    [{ mac: mac(1), serial: 'other' }, undefined],
    [{ mac: mac(7), uuid: uuid(2) }, 'b'],
    [{ mac: mac(7), uuid: uuid(2), serial: 'x' }, 'b'],
    [{ mac: mac(7), uuid: uuid(7), serial: 's3' }, 'c'],
    [{}, undefined],
  ] as const) {
    const found = roster.find(said(facts));
    t.equal(found.kind === 'one' ? found.machine.name : undefined, name, JSON.stringify(facts));
  }
});

t.test('what a part of a known machine says is doubtful, and of a discovered one is not', async (t) => {
  const { backend, roster } = setUp();
  backend.putMachine('a', { macs: [mac(1)], uuid: uuid(1), serial: 's1' });
  for (const facts of [
    { mac: mac(2), uuid: uuid(1) },
    { mac: mac(2), uuid: uuid(9), serial: 's1' },
    { mac: mac(1), uuid: uuid(9) },
    { mac: mac(1), uuid: uuid(1), serial: 'other' },
  ]) {
    t.match(roster.find(said(facts)), { kind: 'doubtful', names: ['a'], reason: /Machine a/ }, JSON.stringify(facts));
  }
  t.equal(roster.find(said({ mac: mac(2), uuid: uuid(2), serial: 's2' })).kind, 'none');
  const unclaimed = { kind: 'Machine', name: 'x', status: freshMachine({ discovered: true }) } as const;
  backend.set('Machine', 'x', { ...unclaimed, spec: machineOf({ macs: [mac(5)], uuid: uuid(5) }) });
  t.equal(roster.find(said({ mac: mac(6), uuid: uuid(5) })).kind, 'none');
  backend.set('Machine', 'x', { ...unclaimed, spec: machineOf({ macs: [mac(2)], uuid: uuid(1) }) });
  t.equal(roster.find(said({ mac: mac(2), uuid: uuid(1) })).kind, 'doubtful', 'though it was recorded before');
});

t.test('what is left of a machine that is not there is doubtful', async (t) => {
  const { backend, store, roster } = setUp();
  const identities = [{ macs: [mac(1)], uuid: uuid(1), serial: null }];
  const one = { name: 'old', identities, generation: 2, where: 'state/Machine/old.json' };
  backend.remains = [one, { ...one, name: 'older', generation: 1 }];
  t.match(roster.find(said({ mac: mac(1) })), {
    kind: 'doubtful',
    names: [],
    reason: /Machine old,.*state.Machine.old.json/,
  });
  t.equal(roster.find(said({ mac: mac(9), uuid: uuid(1) })).kind, 'doubtful');
  backend.putMachine('new', { macs: [mac(1)] });
  t.match(roster.find(said({ mac: mac(1) })), { kind: 'one', machine: { name: 'new' } });
  const fresh = store.get('Machine', 'new');
  t.strictSame(fresh && roster.tracesOf(fresh).map(({ machine, generation }) => [machine, generation]), [
    ['old', 2],
    ['older', 1],
  ]);
  backend.remains = [];
  t.strictSame(fresh && roster.tracesOf(fresh), []);
  const status = { phase: 'Installed', tokenHash: null, client: { address: '10.0.0.9', mac: mac(3) } };
  const spec = { machine: 'gone', generation: 3 };
  backend.set('Installation', 'gone-3', { kind: 'Installation', name: 'gone-3', spec, status } as never);
  t.match(roster.find(said({ mac: mac(3) })), { kind: 'doubtful', reason: /Machine gone,.*Installation gone-3/ });
  backend.putMachine('gone', { macs: [mac(4)] });
  t.equal(roster.find(said({ mac: mac(3) })).kind, 'none', 'its Machine is there, and has another MAC address');
});

t.test('a request that fits two machines is of neither', async (t) => {
  const { backend, roster } = setUp();
  backend.putMachine('a', { macs: [mac(1)] });
  backend.putMachine('b', { serial: 's' });
  t.equal(roster.find(said({ mac: mac(1) })).kind, 'one');
  t.strictSame(roster.find(said({ mac: mac(1), serial: 's' })), { kind: 'several', names: ['a', 'b'] });
  backend.set('Machine', 'b', undefined);
  t.equal(roster.find(said({ mac: mac(1), serial: 's' })).kind, 'one', 'the conflict ends with one of them');
});

t.test('who else claims a MAC address is known, and told of', async (t) => {
  const { backend, store, roster } = setUp();
  const told: string[] = [];
  roster.onMachine((name) => told.push(name));
  backend.putMachine('a', { macs: [mac(1), mac(2)] });
  backend.putMachine('b', { macs: [mac(2), mac(3)] });
  t.strictSame(told, ['a', 'b', 'a']);
  const a = store.get('Machine', 'a');
  t.strictSame(a && roster.claimants(a), ['b']);
  t.equal(roster.byMac(mac(2)), undefined);
  t.equal(roster.byMac(mac(1))?.name, 'a');
  backend.putMachine('b', { macs: [mac(3)] });
  t.strictSame(told.slice(3), ['b', 'a']);
  t.strictSame(a && roster.claimants(a), []);
});

t.test('Installations are known by machine, token and address', async (t) => {
  const { backend, store } = setUp();
  const status = { phase: 'Installing', tokenHash: 'abc', client: { address: '10.0.0.9', mac: null } };
  backend.set('Installation', 'a-1', {
    kind: 'Installation',
    name: 'a-1',
    spec: { machine: 'a', generation: 1 },
    status,
  } as never);
  const roster = new Roster(store);
  t.equal(roster.installations('a').length, 1, 'what is there before is seen too');
  t.equal(roster.byTokenHash('abc')?.name, 'a-1');
  t.equal(roster.byTokenHash('abd'), undefined);
  t.equal(roster.runningAt('10.0.0.9')[0]?.name, 'a-1');
  t.strictSame(roster.running(), ['a-1']);
  const stored = store.get('Installation', 'a-1');
  backend.set('Installation', 'a-1', { ...stored, status: { ...status, phase: 'Installed' } } as never);
  t.strictSame(roster.running(), []);
  t.strictSame(roster.runningAt('10.0.0.9'), []);
  backend.set('Installation', 'a-1', undefined);
  t.strictSame([roster.installations('a'), roster.byTokenHash('abc')], [[], undefined]);
});

t.test('discovered machines are unclaimed until somebody says what they shall be', async (t) => {
  const { backend, roster } = setUp();
  const status = freshMachine({ discovered: true, proposal: { rule: 'r', bootProfile: 'web' } });
  const put = (spec: object) =>
    backend.set('Machine', 'x', { kind: 'Machine', name: 'x', spec: machineOf({ macs: [mac(1)], ...spec }), status });
  put({});
  t.strictSame([roster.unclaimedCount(), roster.unclaimed().length, roster.acceptedBy('r')], [1, 1, 0]);
  put({ bootProfile: 'web' });
  t.strictSame([roster.unclaimedCount(), roster.acceptedBy('r')], [0, 1]);
  put({ install: { generation: 1 } });
  t.strictSame([roster.unclaimedCount(), roster.acceptedBy('r')], [0, 1], 'what was taken back is not unknown again');
});

t.test('a look costs the same among ten thousand machines, whatever they have in common', async (t) => {
  const { backend, store } = setUp();
  for (let n = 0; n < 10_000; n += 1) {
    backend.putMachine(`m${n}`, { macs: [mac(n)], uuid: uuid(n % 3), serial: 'to-be-filled-by-o-e-m' });
  }
  let gets = 0;
  const counting = {
    get: ((kind: 'Machine', name: string) => {
      gets += 1;
      return store.get(kind, name);
    }) as MemoryStore['get'],
    all: store.all.bind(store),
    onObject: store.onObject.bind(store),
    remains: [],
  };
  const roster = new Roster(counting);
  const found = roster.find(said({ mac: mac(4321), uuid: uuid(4321 % 3), serial: 'to-be-filled-by-o-e-m' }));
  t.match(found, { kind: 'one', machine: { name: 'm4321' } });
  t.equal(gets, 1);
  t.equal(roster.find(said({ serial: 'to-be-filled-by-o-e-m' })).kind, 'several');
  t.ok(gets < 20, 'what all have in common says nothing, and is not searched');
});
