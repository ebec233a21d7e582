import t from 'tap';
import { SerabutError } from '../../../core/errors.js';
import { boot, client, mac, minute, profiles, said, World } from '../../helpers/machines.js';

type Rule = { match?: object; accept?: boolean; maximum?: number; bootProfile?: string };

function withRule(w: World, rule: Rule): void {
  const spec = { bootProfile: 'web', ...rule };
  w.backend.putSnapshot([...profiles, { kind: 'MachineRule', name: 'r', spec }]);
}

const ask = (w: World, n: number, facts: object = {}, from = client()) =>
  w.lifecycle.ask(said({ mac: mac(n), ...facts }), from, boot);

const nameOf = (n: number) => `mac-${mac(n).replaceAll(':', '-')}`;

/** Resolves when what goes on beside the answers has been written. */
const settled = (w: World) => w.lifecycle.close();

t.test('an unknown machine is recorded, and left alone', async (t) => {
  const w = new World();
  const { decision } = await ask(w, 1, { serial: 's1', product: 'PC' });
  t.match(decision, { kind: 'menu', reason: 'This machine is not known: it boots from its own disk.' });
  await settled(w);
  t.match(w.machine(nameOf(1)), {
    spec: { macs: [mac(1)], serial: 's1', bootProfile: null, install: { generation: 0 } },
    status: { phase: 'Discovered', discovered: true, proposal: null },
  });
  t.match(w.backend.told, [{ name: nameOf(1), happening: { reason: 'Discovered' } }]);
  t.equal((await ask(w, 1)).decision.kind, 'menu', 'and the next time too');
  await settled(w);
  t.match(w.machine(nameOf(1)).status, { address: '192.168.88.20', facts: { mac: mac(1) } });
  t.equal(w.backend.objects.size, 1);
});

t.test('one without a MAC address is known by its UUID, one with neither is not recorded', async (t) => {
  const w = new World();
  const uuid = '00000000-0000-4000-8000-000000000001';
  await w.lifecycle.ask(said({ uuid }), client(), boot);
  await w.lifecycle.ask(said({ serial: 'x' }), client(), boot);
  await settled(w);
  t.strictSame([...w.backend.objects.keys()], [`Machine/uuid-${uuid}`]);
});

t.test('it has to say everything of itself first', async (t) => {
  const w = new World();
  const { decision } = await w.lifecycle.ask(said({ mac: mac(1) }), client(), { about: 'boot', isWhole: false });
  t.equal(decision.kind, 'identify');
  await settled(w);
  t.equal(w.backend.objects.size, 0);
});

t.test('where the operator wants no menu it boots its disk', async (t) => {
  const w = new World({ settings: { defaultEntry: undefined, unknown: 'disk' } });
  t.equal((await ask(w, 1)).decision.kind, 'disk');
});

t.test('a person accepts it by a profile and a generation', async (t) => {
  const w = new World();
  await ask(w, 1);
  await settled(w);
  const { spec } = w.machine(nameOf(1));
  w.backend.putMachine(nameOf(1), { ...spec, bootProfile: 'web', install: { generation: 1 } });
  t.equal((await ask(w, 1)).decision.kind, 'install');
});

t.test('a rule proposes, and only one that may accepts, so many and no more', async (t) => {
  const w = new World();
  withRule(w, { match: { product: 'PC*' } });
  await ask(w, 1, { product: 'PC 9000' });
  await ask(w, 2, { product: 'Mainframe' });
  await settled(w);
  t.strictSame(w.machine(nameOf(1)).status.proposal, { rule: 'r', bootProfile: 'web' });
  t.equal(w.machine(nameOf(2)).status.proposal, null);
  t.match((await ask(w, 1, { product: 'PC 9000' })).decision.reason, /not accepted yet \(rule r proposes web\)/);

  withRule(w, { match: { product: 'PC*' }, accept: true, maximum: 2 });
  const decisions = await Promise.all([1, 3, 4, 5].map((n) => ask(w, n, { product: 'PC' })));
  const kinds = decisions.map(({ decision }) => decision.kind);
  t.strictSame(kinds.sort(), ['install', 'install', 'menu', 'menu'], 'at once, and counted');
  t.equal(w.roster.acceptedBy('r'), 2);
  w.restart();
  t.equal((await ask(w, 6, { product: 'PC' })).decision.kind, 'menu', 'the count outlives the server');
});

t.test('no rule accepts what a stranger says', async (t) => {
  const w = new World({ settings: { defaultEntry: undefined, identify: 'neighbour' } });
  withRule(w, { accept: true, maximum: 9 });
  t.equal((await ask(w, 1, {}, client('192.168.88.66', mac(66)))).decision.kind, 'menu');
  t.equal(w.machine(nameOf(1)).spec.bootProfile, null);
  t.equal((await ask(w, 1, {}, client('192.168.88.20', mac(1)))).decision.kind, 'install');
});

t.test('no rule accepts what shows no MAC address, and made-up UUIDs take nobody the place', async (t) => {
  for (const identify of ['neighbour', 'query'] as const) {
    const w = new World({ settings: { defaultEntry: undefined, identify } });
    withRule(w, { accept: true, maximum: 1 });
    const uuid = '00000000-0000-4000-8000-000000000001';
    const liar = client('192.168.88.66', mac(66));
    t.equal((await w.lifecycle.ask(said({ uuid }), liar, boot)).decision.kind, 'menu');
    t.equal(w.machine(`uuid-${uuid}`).spec.bootProfile, null);
    t.equal((await ask(w, 1, {}, client('192.168.88.20', mac(1)))).decision.kind, 'install', identify);
  }
});

t.test('no rule accepts while a document cannot be used, which may be of that machine', async (t) => {
  const w = new World();
  withRule(w, { accept: true, maximum: 9 });
  w.store.errors = [new SerabutError('SERABUT_ERR_RESOURCE_INVALID', 'a resource has 1 finding', { where: 'a.yaml' })];
  t.equal((await ask(w, 1)).decision.kind, 'menu');
  t.equal(w.machine(nameOf(1)).spec.bootProfile, null);
  w.store.errors = [];
  t.equal((await ask(w, 1)).decision.kind, 'install');
});

t.test('no rule accepts, and nothing is recorded, where a part is of a known machine', async (t) => {
  const w = new World();
  withRule(w, { accept: true, maximum: 9 });
  const uuid = '00000000-0000-4000-8000-000000000001';
  t.equal((await ask(w, 1, { uuid })).decision.kind, 'install');
  const before = w.backend.objects.size;
  const second = await ask(w, 2, { uuid });
  t.match(second.decision, { kind: 'disk', reason: /A part of what it says is of Machine mac-52-54-00-00-00-01/ });
  t.match((await ask(w, 1, { uuid: uuid.replace('1', '2'), serial: 's' })).decision.kind, 'disk');
  await settled(w);
  t.equal(w.backend.objects.size, before);
  t.match(w.backend.told.at(-1), { name: nameOf(1), happening: { type: 'Warning', reason: 'Resembled' } });
  t.match(
    w.machine(nameOf(1)).status.timeline.map(({ stage }) => stage),
    ['AttemptBegan', 'Resembled'],
  );
  const one = { macs: [mac(3)], uuid: null, serial: null };
  w.backend.remains = [{ name: 'old', identities: [one], generation: 0, where: 'state/Machine/old.json' }];
  t.match((await ask(w, 3)).decision, { kind: 'disk', reason: /may be Machine old/ });
  t.notOk(w.machine(nameOf(3)));
});

t.test('what an accepted machine has been taken back from is not accepted again', async (t) => {
  const w = new World();
  withRule(w, { accept: true, maximum: 9 });
  t.equal((await ask(w, 1)).decision.kind, 'install');
  w.backend.putMachine(nameOf(1), { ...w.machine(nameOf(1)).spec, bootProfile: null });
  t.equal((await ask(w, 1)).decision.kind, 'disk');
  t.equal(w.machine(nameOf(1)).spec.bootProfile, null);
});

t.test('at most ten are recorded in a minute', async (t) => {
  const w = new World();
  for (let n = 0; n < 15; n += 1) t.equal((await ask(w, n)).decision.kind, 'menu');
  await settled(w);
  t.equal(w.backend.objects.size, 10);
  w.pass(minute);
  await ask(w, 14);
  await settled(w);
  t.equal(w.backend.objects.size, 11);
});

t.test('of 500 the one that nobody has seen for longest goes, but none that somebody has touched', async (t) => {
  const w = new World();
  for (let n = 0; n < 500; n += 1) {
    if (n % 10 === 0) w.pass(minute);
    if (n === 0) withRule(w, {});
    await ask(w, n);
    await settled(w);
    if (n === 0) w.backend.putSnapshot(profiles);
    if (n === 0) w.backend.set('Machine', nameOf(0), w.machine(nameOf(0)));
  }
  t.equal(w.roster.unclaimedCount(), 500);
  await ask(w, 1);
  w.pass(minute);
  await ask(w, 600);
  await settled(w);
  t.equal(w.roster.unclaimedCount(), 500);
  t.ok(w.machine(nameOf(0)), 'a rule proposes something for it');
  t.ok(w.machine(nameOf(1)), 'it was seen just now');
  t.notOk(w.machine(nameOf(2)));
  t.ok(w.machine(nameOf(600)));
  withRule(w, {});
  for (const machine of w.roster.unclaimed()) {
    w.backend.set('Machine', machine.name, {
      ...machine,
      status: { ...machine.status, proposal: { rule: 'r', bootProfile: 'web' } },
    });
  }
  w.pass(minute);
  await ask(w, 602);
  await settled(w);
  t.ok(w.machine(nameOf(602)), 'where a rule fits all the oldest goes');
  t.notOk(w.machine(nameOf(0)));
  w.store.isActing = false;
  await ask(w, 601);
  await settled(w);
  t.notOk(w.machine(nameOf(601)), 'a server that does not act forgets nothing');
});

t.test('an unknown machine gets its answer when nothing can be written', async (t) => {
  const w = new World();
  withRule(w, { accept: true, maximum: 9 });
  w.backend.beforeWrite = async () => {
    throw new SerabutError('SERABUT_ERR_STORE', 'away');
  };
  t.equal((await ask(w, 1)).decision.kind, 'menu');
  t.match(w.logged, [/could not be recorded/]);
});

t.test('machines of one MAC address are in conflict until that is over', async (t) => {
  const w = new World();
  w.backend.putMachine('a', { macs: [mac(1)], bootProfile: 'web', install: { generation: 1 } });
  w.backend.putMachine('b', { macs: [mac(2), mac(1)] });
  t.match((await ask(w, 1)).decision, { kind: 'disk', reason: /several Machines at once: a, b/ });
  t.match((await ask(w, 2)).decision, { kind: 'disk', reason: /has a MAC address in common with a/ });
  await w.lifecycle.tick();
  for (const name of ['a', 'b']) {
    t.equal(w.machine(name).status.phase, 'Conflict');
    t.match(w.machine(name).status.conditions, [{ type: 'Conflict', status: 'True' }]);
  }
  w.backend.putMachine('b', { macs: [mac(2)] });
  t.equal((await ask(w, 1)).decision.kind, 'install');
  await ask(w, 2);
  await w.lifecycle.tick();
  t.match(w.machine('b').status, { phase: 'Ready', conditions: [{ type: 'Conflict', status: 'False' }] });
  t.equal(w.machine('a').status.phase, 'Installing');
});

t.test('a discovered machine gives way to one that somebody makes for it, also by its UUID', async (t) => {
  const uuid = '00000000-0000-4000-8000-000000000001';
  for (const spec of [{ macs: [mac(1)] }, { macs: [mac(1), mac(2)], uuid }, { uuid }, { serial: 's1' }]) {
    const w = new World();
    await ask(w, 1, { uuid, serial: 's1' });
    await settled(w);
    w.backend.putMachine('web1', { ...spec, bootProfile: 'web', install: { generation: 1 } });
    await w.lifecycle.tick();
    t.notOk(w.machine(nameOf(1)), JSON.stringify(spec));
    t.equal(w.machine('web1').status.phase, 'Pending');
    t.match(w.backend.told.at(-1), { name: 'web1', happening: { reason: 'Replaced' } });
    t.match((await ask(w, 1, { uuid, serial: 's1' })).decision, { kind: 'install', machine: 'web1' });
    w.restart();
    await w.lifecycle.tick();
    t.equal(w.machine('web1').status.phase, 'Installing', 'after a restart too');
  }
});

t.test('one that somebody else made up bars nobody, and what contradicts stays doubtful', async (t) => {
  const w = new World();
  const uuid = '00000000-0000-4000-8000-000000000001';
  await ask(w, 1, { uuid: '00000000-0000-4000-8000-00000000000f' });
  await ask(w, 3, { uuid });
  await settled(w);
  w.backend.putMachine('web1', { macs: [mac(1)], uuid, bootProfile: 'web', install: { generation: 1 } });
  t.match((await ask(w, 3, { uuid })).decision, { kind: 'disk', resembles: ['web1'] });
  t.match((await ask(w, 1, { uuid: '00000000-0000-4000-8000-00000000000f' })).decision, { resembles: ['web1'] });
  t.match((await ask(w, 1, { uuid })).decision, { kind: 'install', machine: 'web1' });
  await w.lifecycle.tick();
  t.notOk(w.machine(nameOf(1)));
  t.ok(w.machine(nameOf(3)), 'another computer that is discovered, by its MAC address');
});

t.test('what somebody, or a rule, has said something of stays a rival', async (t) => {
  for (const touch of [{ bootProfile: 'web', install: { generation: 1 } }, { hostname: 'mine' }]) {
    const w = new World();
    await ask(w, 1);
    await settled(w);
    w.backend.putMachine(nameOf(1), { ...w.machine(nameOf(1)).spec, ...touch });
    w.backend.putMachine('web1', { macs: [mac(1)], bootProfile: 'web', install: { generation: 1 } });
    await w.lifecycle.tick();
    t.ok(w.machine(nameOf(1)));
    t.equal(w.machine('web1').status.phase, 'Conflict');
    t.match((await ask(w, 1)).decision, { kind: 'disk', conflict: [nameOf(1), 'web1'] });
  }
});

t.test('a document that says nothing but who it is of is not taken away', async (t) => {
  const w = new World();
  await ask(w, 1);
  await settled(w);
  w.backend.putMachine('web1', { macs: [mac(1)] });
  w.store.remove = async () => {
    throw new SerabutError('SERABUT_ERR_READ_ONLY', 'it stands in a file');
  };
  await w.lifecycle.tick();
  t.ok(w.machine(nameOf(1)));
  t.strictSame(w.logged, []);
});
