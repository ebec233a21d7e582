import t from 'tap';
import { checkAndFill } from '../../../core/check.js';
import type { SerabutError } from '../../../core/errors.js';
import { SerabutError as StoreError } from '../../../core/errors.js';
import { DiskBoots } from '../../../core/machines/disk-boots.js';
import { instantOf } from '../../../core/machines/instant.js';
import type { Answer } from '../../../core/machines/outcome.js';
import { machineStatus } from '../../../core/resources/machine.js';
import { boot, client, mac, minute, profiles, said, World } from '../../helpers/machines.js';

const me = said({ mac: mac(1), platform: 'efi' });
const here = client();

/** A world with one machine that is to be installed. */
function world(deps: ConstructorParameters<typeof World>[0] = {}, spec: object = {}): World {
  const world = new World(deps);
  world.backend.putMachine('a', { macs: [mac(1)], bootProfile: 'web', install: { generation: 1 }, ...spec });
  return world;
}

const ask = (world: World): Promise<Answer> => world.lifecycle.ask(me, here, boot);

async function begin(world: World): Promise<string> {
  const { decision, token } = await ask(world);
  if (decision.kind !== 'install' || token === undefined) throw new Error(`no installation: ${decision.reason}`);
  return token;
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: SerabutError) => error.code,
  );

t.test('a machine is installed once for a generation, and then boots its disk', async (t) => {
  const w = world();
  const token = await begin(w);
  t.match(w.machine('a').status, { generation: 1, installation: 'a-1', phase: 'Installing', installedGeneration: 0 });
  t.match(w.installation('a-1').status, { phase: 'Installing', attempt: 1, client: { address: here.address } });
  t.notMatch(
    JSON.stringify([...w.backend.objects.values(), w.backend.told, w.logged]),
    token,
    'the token is kept nowhere',
  );
  t.match(w.lifecycle.open(token, here), { generation: 1, attempt: 1, profile: { name: 'web' } });

  await w.lifecycle.report(token, here, 'progress', 'partitioning');
  t.equal(w.installation('a-1').status.progress, 'partitioning');
  await w.lifecycle.report(token, here, 'done', '');
  t.match(w.machine('a').status, { phase: 'Installed', installedGeneration: 1 });
  t.throws(() => w.lifecycle.open(token, here), { code: 'SERABUT_ERR_TOKEN' }, 'the token is burnt');
  await w.lifecycle.report(token, here, 'done', 'again, as the answer was lost');
  t.equal(await codeOf(w.lifecycle.report(token, here, 'failed', '')), 'SERABUT_ERR_TOKEN');

  const { decision } = await ask(w);
  t.match(decision, { kind: 'disk', methods: ['exit', 'sanboot'], reason: /^Generation 1 is installed\./ });
  t.strictSame(checkAndFill(machineStatus, w.machine('a').status).findings, []);
});

t.test(
  'what is on the disk is known although the Machine could not be written when the installer was done',
  async (t) => {
    const w = world();
    const token = await begin(w);
    w.backend.beforeWrite = async (what) => {
      if (what.endsWith(' Machine/a')) throw new StoreError('SERABUT_ERR_STORE', 'the disk is full');
    };
    await w.lifecycle.report(token, here, 'done', '');
    t.equal(w.machine('a').status.installedGeneration, 0);
    w.backend.beforeWrite = async () => {};
    w.backend.putMachine('a', { macs: [mac(1)], bootProfile: 'web', install: { generation: 2, attempts: 1 } });
    await w.lifecycle.report(await begin(w), here, 'failed', 'no disk fits');
    t.match(w.machine('a').status, { phase: 'Failed', generation: 2, installedGeneration: 1 });
  },
);

t.test('a request repeated before the answers were fetched is the same attempt with another token', async (t) => {
  const w = world();
  const first = await begin(w);
  const second = await begin(w);
  t.equal(w.installation('a-1').status.attempt, 1);
  t.throws(() => w.lifecycle.open(first, here), { code: 'SERABUT_ERR_TOKEN' });
  t.equal(w.lifecycle.open(second, here).attempt, 1);
});

t.test('a machine that starts anew in the middle fails the attempt, until the budget is spent', async (t) => {
  const w = world({}, { install: { generation: 1, attempts: 2 } });
  for (const attempt of [1, 2]) {
    const token = await begin(w);
    t.equal(w.lifecycle.open(token, here).attempt, attempt);
    w.lifecycle.saw({ address: here.address }, 'AnswersSent', 'preseed.cfg');
  }
  const { decision, token } = await ask(w);
  t.match(decision, { kind: 'disk', reason: /^Generation 1 has failed: The machine asked for its boot script again/ });
  t.equal(token, undefined);
  const { phase, failures, conditions } = w.installation('a-1').status;
  t.equal(phase, 'Failed');
  t.match(failures, [
    { attempt: 1, reason: 'StartedAgain' },
    { attempt: 2, reason: 'StartedAgain' },
  ]);
  t.match(
    conditions.find(({ type }) => type === 'Failed'),
    { status: 'True', reason: 'StartedAgain' },
  );
  await w.lifecycle.tick();
  t.equal(w.machine('a').status.phase, 'Failed');
  t.match(
    w.machine('a').status.conditions.find(({ type }) => type === 'Installed'),
    { status: 'False', reason: 'StartedAgain', message: /^Generation 1 has failed/ },
    'kubectl describe says why',
  );
  t.equal((await ask(w)).decision.kind, 'disk');
  w.backend.putMachine('a', { ...w.machine('a').spec, install: { generation: 2 } });
  t.equal((await ask(w)).decision.kind, 'install', 'a higher generation begins anew');
});

t.test('a report of failure ends the attempt', async (t) => {
  const w = world();
  const token = await begin(w);
  await w.lifecycle.report(token, here, 'failed', 'no disk\u0007 found');
  t.match(w.installation('a-1').status, {
    phase: 'Pending',
    failures: [{ attempt: 1, reason: 'Reported', message: 'no disk found' }],
  });
  t.throws(() => w.lifecycle.open(token, here), { code: 'SERABUT_ERR_TOKEN' });
  await w.lifecycle.report(token, here, 'failed', 'sent again');
  t.equal(w.installation('a-1').status.failures.length, 1);
  await begin(w);
  t.equal(w.installation('a-1').status.attempt, 2);
  t.equal(await codeOf(w.lifecycle.report(token, here, 'done', '')), 'SERABUT_ERR_TOKEN', 'that attempt is over');
});

t.test('silence makes an attempt stalled; a sign of life takes that back, a question ends it', async (t) => {
  const w = world();
  await begin(w);
  const stalled = () => w.lifecycle.tick().then(() => condition(w, 'a-1', 'Stalled'));
  w.pass(29 * minute);
  t.equal(await stalled(), undefined);
  w.pass(minute);
  t.match(await stalled(), { status: 'True', reason: 'Silence' });
  t.match(w.backend.told.at(-1), { happening: { reason: 'Stalled' } });
  w.lifecycle.saw({ mac: mac(1) }, 'Syslog', 'Menu item selected');
  w.pass(minute);
  t.match(await stalled(), { status: 'False', reason: 'HeardAgain' });
  w.pass(31 * minute);
  t.match(await stalled(), { status: 'True' });
  await begin(w);
  t.match(w.installation('a-1').status, { attempt: 2, failures: [{ reason: 'Stalled' }] });
  t.equal(condition(w, 'a-1', 'Stalled'), undefined, 'what was true of one attempt is not of the next');
});

t.test('the deadline ends an attempt, whatever is heard', async (t) => {
  const w = world({}, { install: { generation: 1, deadlineMinutes: 60, attempts: 1 } });
  const token = await begin(w);
  for (let minutes = 0; minutes < 60; minutes += 10) {
    w.lifecycle.saw({ mac: mac(1) }, 'Syslog', `after ${minutes}`);
    w.pass(10 * minute);
  }
  t.throws(() => w.lifecycle.open(token, here), { code: 'SERABUT_ERR_TOKEN' });
  await w.lifecycle.tick();
  t.match(w.installation('a-1').status, { phase: 'Failed', failures: [{ reason: 'DeadlineExceeded' }] });
  t.equal(w.machine('a').status.phase, 'Failed');
});

t.test('an installer that is done too late is done, while no other attempt has begun', async (t) => {
  for (const attempts of [1, 2]) {
    const w = world({}, { install: { generation: 1, attempts } });
    const token = await begin(w);
    w.pass(121 * minute);
    if (attempts === 1) await w.lifecycle.tick();
    t.equal(await codeOf(w.lifecycle.report(token, here, 'progress', '')), 'SERABUT_ERR_TOKEN');
    t.equal(await codeOf(w.lifecycle.report(token, here, 'done', '')), 'none');
    t.match(w.installation('a-1').status, { phase: 'Installed', attempt: 1 });
    t.match(condition(w, 'a-1', 'Failed')?.status ?? 'False', 'False');
    t.equal((await ask(w)).decision.kind, 'disk', 'what is finished is not erased');
  }
  const w = world();
  const token = await begin(w);
  w.pass(121 * minute);
  await w.lifecycle.tick();
  t.equal(w.installation('a-1').status.phase, 'Pending');
  await begin(w);
  t.equal(await codeOf(w.lifecycle.report(token, here, 'done', '')), 'SERABUT_ERR_TOKEN', 'that one is over');
  const other = world({}, { install: { generation: 1, attempts: 1 } });
  const failed = await begin(other);
  await other.lifecycle.report(failed, here, 'failed', 'no disk');
  t.equal(await codeOf(other.lifecycle.report(failed, here, 'done', '')), 'SERABUT_ERR_TOKEN', 'it said the opposite');
});

t.test('a clock that is set forward ends no attempt', async (t) => {
  const w = world();
  const token = await begin(w);
  w.pass(10 * minute);
  await w.lifecycle.tick();
  w.step(50 * 365 * 24 * 60 * minute);
  await w.lifecycle.tick();
  t.match(w.installation('a-1').status, { phase: 'Installing', failures: [] });
  t.equal(condition(w, 'a-1', 'Stalled'), undefined);
  t.equal(w.lifecycle.open(token, here).attempt, 1);
  const again = await begin(w);
  t.equal(w.installation('a-1').status.attempt, 1, 'what asks again goes on');
  w.pass(109 * minute);
  t.equal(w.lifecycle.open(again, here).attempt, 1);
  w.pass(minute);
  t.throws(() => w.lifecycle.open(again, here), { code: 'SERABUT_ERR_TOKEN' }, 'time that goes by counts');
  await w.lifecycle.tick();
  t.match(w.installation('a-1').status, { phase: 'Pending', failures: [{ reason: 'DeadlineExceeded' }] });
});

t.test('only the server that acts ends attempts', async (t) => {
  const w = world();
  await begin(w);
  w.store.isActing = false;
  w.pass(200 * minute);
  await w.lifecycle.tick();
  t.equal(w.installation('a-1').status.phase, 'Installing');
});

t.test('another generation puts an end to what goes on', async (t) => {
  const w = world();
  const first = await begin(w);
  w.backend.putMachine('a', { ...w.machine('a').spec, bootProfile: 'db', install: { generation: 2 } });
  const second = await begin(w);
  t.match(w.installation('a-1').status, { phase: 'Failed', failures: [{ reason: 'Superseded' }] });
  t.throws(() => w.lifecycle.open(first, here), { code: 'SERABUT_ERR_TOKEN' });
  t.match(w.lifecycle.open(second, here), { generation: 2, profile: { name: 'db' } });
});

t.test('people take an installation back by the generation or the profile', async (t) => {
  for (const change of [{ install: { generation: 0 } }, { bootProfile: null }]) {
    const w = world();
    await begin(w);
    w.backend.putMachine('a', { ...w.machine('a').spec, ...change });
    t.equal((await ask(w)).decision.kind, 'disk');
    t.match(w.installation('a-1').status, { phase: 'Failed', failures: [{ reason: 'Cancelled' }] });
    w.backend.putMachine('a', { ...w.machine('a').spec, bootProfile: 'web', install: { generation: 1 } });
    t.equal((await ask(w)).decision.kind, 'disk', 'the same generation is not begun again');
  }
});

t.test('a machine that got another name is installed by a generation that is higher than all before', async (t) => {
  const own = client('192.168.88.20', mac(1));
  const w = world({}, { install: { generation: 2 } });
  const { token = '' } = await w.lifecycle.ask(me, own, boot);
  await w.lifecycle.report(token, own, 'done', '');
  w.backend.set('Machine', 'a', undefined);
  t.match((await ask(w)).decision, { kind: 'disk', reason: /may be Machine a, .*Installation a-2/ }, 'without a name');
  w.backend.putMachine('b', { macs: [mac(1)], bootProfile: 'web', install: { generation: 2 } });
  t.match((await ask(w)).decision, { kind: 'disk', reason: /As Machine a generation 2 was begun/ });
  w.backend.putMachine('b', { macs: [mac(1)], bootProfile: 'web', install: { generation: 3 } });
  t.equal((await ask(w)).decision.kind, 'install');
});

t.test('an Installation that somebody deleted is not begun again', async (t) => {
  const w = world();
  await begin(w);
  w.backend.set('Installation', 'a-1', undefined);
  t.match((await ask(w)).decision, { kind: 'disk', reason: /its Installation is not there any more/ });
});

t.test('not even by a server that has not heard yet that it was there', async (t) => {
  const w = world();
  const late = new World({}, w);
  late.store.lags = true;
  await begin(w);
  w.backend.set('Installation', 'a-1', undefined);
  t.match((await ask(late)).decision.kind, 'wait', 'what it knows is not what is');
  t.equal(w.installation('a-1'), undefined);
  late.store.catchUp();
  t.match((await ask(late)).decision, { kind: 'disk', reason: /its Installation is not there any more/ });
});

t.test('while nothing can be written the machine waits, and nothing has begun', async (t) => {
  const w = world();
  for (const cut of ['create Installation/a-1', 'writeStatus Machine/a', 'writeStatus Installation/a-1']) {
    w.backend.beforeWrite = async (what) => {
      if (what === cut) throw new StoreError('SERABUT_ERR_STORE', 'the disk is full');
    };
    const { decision, token } = await ask(w);
    t.match(decision, { kind: 'wait', reason: /SERABUT_ERR_STORE/ }, cut);
    t.equal(token, undefined);
    t.not(w.backend.objects.get('Installation/a-1')?.status.phase, 'Installing');
    w.restart();
  }
  w.backend.beforeWrite = async () => {};
  await begin(w);
  t.equal(w.installation('a-1').status.attempt, 1, 'what was cut off is taken up');
});

t.test('a store that does not answer makes its machine wait, and no other', async (t) => {
  const w = world({ answerMs: 20 });
  w.backend.putMachine('b', { macs: [mac(2)], bootProfile: 'web', install: { generation: 1 } });
  w.backend.beforeWrite = (what) => (what.includes('/a') ? new Promise(() => {}) : Promise.resolve());
  const [a, b] = await Promise.all([ask(w), w.lifecycle.ask(said({ mac: mac(2) }), here, boot)]);
  t.equal(a.decision.kind, 'wait');
  t.equal(b.decision.kind, 'install');
  const many = await Promise.all(Array.from({ length: 20 }, () => ask(w)));
  t.strictSame([...new Set(many.map(({ decision }) => decision.kind))], ['wait'], 'the queue is bounded');
});

t.test('what others write meanwhile leads to another decision', async (t) => {
  const w = world();
  let isFirst = true;
  w.backend.beforeWrite = async (what) => {
    if (what !== 'writeStatus Installation/a-1' || !isFirst) return;
    isFirst = false;
    const before = w.installation('a-1');
    w.backend.set('Installation', 'a-1', { ...before, status: { ...before.status, phase: 'Failed' } });
  };
  t.match((await ask(w)).decision, { kind: 'disk', reason: /has failed/ });
});

t.test('who has another MAC address than the machine gets nothing, and changes nothing', async (t) => {
  const w = world({ settings: { defaultEntry: undefined, identify: 'neighbour' } });
  for (const [neighbour, why] of [
    [mac(9), /has the MAC address 52:54:00:00:00:09/],
    [null, /no MAC address is known for/],
    ['local', /is this server itself/],
  ] as const) {
    const { decision, token } = await w.lifecycle.ask(me, client('192.168.88.66', neighbour), boot);
    t.match(decision, { kind: 'refuse', reason: why });
    t.equal(token, undefined);
  }
  t.equal(w.backend.objects.has('Installation/a-1'), false);
  t.match(w.backend.told.at(-1), { name: 'a', happening: { type: 'Warning', reason: 'Refused' } });
  await w.lifecycle.close();
  t.match(w.machine('a').status, { lastSeen: null, address: null });
  t.equal(w.machine('a').status.timeline.length, 3);

  const own = client('192.168.88.20', mac(1));
  const { token = '' } = await w.lifecycle.ask(me, own, boot);
  t.throws(() => w.lifecycle.open(token, client('192.168.88.20', mac(9))), { code: 'SERABUT_ERR_TOKEN' });
  t.throws(() => w.lifecycle.open(token, client('192.168.88.20', null)), { code: 'SERABUT_ERR_TOKEN' });
  t.equal(w.lifecycle.open(token, client('192.168.88.99', mac(1))).attempt, 1, 'an installer may get another address');
  const installing = ['192.168.88.99', '192.168.88.20', '192.168.88.98'].map((at) => w.lifecycle.isInstalling(at));
  t.strictSame(installing, [true, true, false], 'what it logs is listened to from both');
  w.lifecycle.saw({ address: '192.168.88.99' }, 'KernelSent', 'from there');
  w.lifecycle.saw({ address: '192.168.88.98' }, 'InitrdSent', 'from elsewhere');
  await w.lifecycle.close();
  t.match(condition(w, 'a-1', 'KernelSent'), { status: 'True', message: 'from there' });
  t.equal(condition(w, 'a-1', 'InitrdSent'), undefined);
});

t.test('machines behind one address have each its own history and its own attempts', async (t) => {
  const w = world({}, { install: { generation: 1, attempts: 2 } });
  w.backend.putMachine('b', { macs: [mac(2)], bootProfile: 'web', install: { generation: 1, attempts: 2 } });
  const askAs = async (n: number) => {
    const { decision, token = '', asker } = await w.lifecycle.ask(said({ mac: mac(n) }), here, boot);
    t.equal(asker, n === 1 ? 'a' : 'b');
    if (decision.kind !== 'install') return decision.kind;
    t.equal(w.lifecycle.open(token, here).machine.name, asker);
    w.lifecycle.saw({ address: here.address, machine: asker ?? '' }, 'AnswersSent', `of ${asker}`);
    return `attempt ${decision.attempt.attempt}`;
  };
  for (const got of ['attempt 1', 'attempt 2', 'disk', 'disk'])
    t.strictSame([await askAs(1), await askAs(2)], [got, got]);
  await w.lifecycle.close();
  for (const name of ['a', 'b']) {
    const answers = w.machine(name).status.timeline.filter(({ stage }) => stage === 'AnswersSent');
    t.ok(answers.length > 0 && answers.every(({ message }) => message === `of ${name}`), name);
  }
});

t.test('what is seen at an address of several is a sign of life of each, and in no history', async (t) => {
  const w = world();
  w.backend.putMachine('b', { macs: [mac(2)], bootProfile: 'web', install: { generation: 1 } });
  await begin(w);
  await w.lifecycle.ask(said({ mac: mac(2) }), here, boot);
  w.pass(29 * minute);
  w.lifecycle.saw({ address: here.address }, 'KernelSent', 'whose?');
  t.ok(w.lifecycle.isInstalling(here.address));
  w.pass(2 * minute);
  await w.lifecycle.close();
  for (const name of ['a', 'b']) {
    t.strictSame(
      w.machine(name).status.timeline.map(({ stage }) => stage),
      ['AttemptBegan'],
    );
    t.equal(condition(w, `${name}-1`, 'KernelSent'), undefined);
    t.equal(condition(w, `${name}-1`, 'Stalled'), undefined);
  }
});

t.test('a report that says nothing is no empty line of the history', async (t) => {
  const w = world();
  const token = await begin(w);
  await w.lifecycle.report(token, here, 'progress', '');
  await w.lifecycle.close();
  t.match(w.machine('a').status.timeline.at(-1), { stage: 'Progress', message: 'The installer reports.' });
});

t.test('who has reported has begun, whoever its answers were taken to be for', async (t) => {
  const w = world({}, { install: { generation: 1, attempts: 2 } });
  for (const attempt of [1, 2]) {
    const { decision, token = '' } = await ask(w);
    t.match(decision, { attempt: { attempt, begins: true } });
    await w.lifecycle.report(token, here, 'progress', 'partitioning');
  }
  t.equal((await ask(w)).decision.kind, 'disk');
  t.match(w.installation('a-1').status.failures, [{ reason: 'StartedAgain' }, { reason: 'StartedAgain' }]);
});

t.test('a conflict is told, and is over as soon as what caused it is', async (t) => {
  for (const [mine, others, rid] of [
    [{ macs: [mac(1), mac(2)] }, { macs: [mac(1)] }, { macs: [mac(2)] }],
    [{ serial: 's1' }, { serial: 's1' }, { serial: 's2' }],
  ]) {
    const w = new World();
    const web = { bootProfile: 'web', install: { generation: 1 } };
    w.backend.putMachine('a', { ...mine, ...web });
    w.backend.putMachine('b', { ...others, ...web });
    for (const n of [1, 2]) await w.lifecycle.ask(said({ mac: mac(n), serial: 's1' }), here, boot);
    await w.lifecycle.tick();
    for (const name of ['a', 'b']) {
      t.match(w.machine(name).status, { phase: 'Conflict', decision: /None of them is installed\.$/ });
      t.equal(w.machine(name).status.address, here.address);
      t.equal(w.machine(name).status.lastSeen, '2026-11-28T12:00:00.000Z');
    }
    const told = () => w.backend.told.splice(0).map(({ name, happening }) => `${name} ${happening.reason}`);
    t.strictSame(told().sort(), ['a Conflict', 'b Conflict']);
    w.backend.putMachine('a', { ...rid, ...web });
    await w.lifecycle.tick();
    t.strictSame([w.machine('a').status.phase, w.machine('b').status.phase], ['Pending', 'Pending']);
    t.strictSame(told().sort(), ['a NoConflict', 'b NoConflict']);
  }
});

t.test('a machine without MAC addresses is the one that came first, and gets no secrets', async (t) => {
  const uuid = '00000000-0000-4000-8000-000000000001';
  const w = world({ settings: { defaultEntry: undefined, identify: 'neighbour' } }, { macs: [], uuid });
  const askFrom = (n: number | null, mine: object = {}) =>
    w.lifecycle.ask(said({ uuid, ...mine }), client('192.168.88.20', n === null ? null : mac(n)), boot);
  t.match((await askFrom(null)).decision, { kind: 'refuse', reason: /Behind a router/ });
  t.match(
    (await askFrom(9, { mac: mac(1) })).decision,
    { kind: 'refuse', reason: /has the MAC address/ },
    'it says another',
  );
  const configuration = { kind: 'Configuration', name: 'web' } as const;
  const secret = { root: { passwordHash: { secretRef: { name: 's', key: 'k' } } } };
  w.backend.putSnapshot([...profiles, { ...configuration, spec: secret }]);
  t.match((await askFrom(1)).decision, { kind: 'disk', reason: /has secrets, and Machine a no spec\.macs/ });
  w.backend.putSnapshot([...profiles, { ...configuration, spec: {} }]);
  w.restart();
  t.equal((await askFrom(1)).decision.kind, 'install');
  t.equal(w.machine('a').status.facts.mac, mac(1));
  w.restart();
  t.match((await askFrom(2)).decision, { kind: 'refuse', reason: /spec\.macs has to name every network card/ });
  t.equal((await askFrom(1)).decision.kind, 'install');
  w.backend.putSnapshot([...profiles, { ...configuration, spec: secret }]);
  w.backend.putMachine('a', { ...w.machine('a').spec, macs: [mac(1)] });
  t.equal((await askFrom(1)).decision.kind, 'install');
});

t.test('a machine that does not name itself is known by its MAC address all the same', async (t) => {
  const w = world({ settings: { defaultEntry: undefined, identify: 'neighbour' } });
  const own = client('192.168.88.20', mac(1));
  const { token = '' } = await w.lifecycle.ask(me, own, boot);
  await w.lifecycle.report(token, own, 'done', '');
  const script = { about: 'distro', distro: 'debian-13', profile: 'web' } as const;
  const answers = { about: 'answers', distro: 'debian-13', configuration: 'web' } as const;
  const kinds = async (from: typeof own) => [
    (await w.lifecycle.ask(said(), from, script)).decision.kind,
    (await w.lifecycle.ask(said(), from, answers)).decision.kind,
  ];
  t.strictSame(await kinds(own), ['disk', 'refuse'], 'an old boot script does not erase it');
  t.strictSame(await kinds(client('192.168.88.30', mac(9))), ['allow', 'allow'], 'an operator sees what he asks for');
  t.strictSame(await kinds(client('127.0.0.1', 'local')), ['allow', 'allow']);
});

t.test('a token is for the address where no MAC address is known', async (t) => {
  const w = world();
  const token = await begin(w);
  t.throws(() => w.lifecycle.open(token, client('192.168.88.66')), { code: 'SERABUT_ERR_TOKEN' });
  t.throws(() => w.lifecycle.open('nonsense', here), { code: 'SERABUT_ERR_TOKEN' });
  t.equal(w.lifecycle.open(token, here).attempt, 1);
});

t.test('what a token opens needs its Machine and its BootProfile', async (t) => {
  const w = world();
  const token = await begin(w);
  w.backend.putSnapshot([]);
  t.throws(() => w.lifecycle.open(token, here), { code: 'SERABUT_ERR_PROFILE_NOT_FOUND' });
  w.backend.set('Machine', 'a', undefined);
  t.throws(() => w.lifecycle.open(token, here), { code: 'SERABUT_ERR_TOKEN' });
  t.equal(await codeOf(w.lifecycle.report(token, here, 'done', '')), 'SERABUT_ERR_TOKEN');
});

t.test('of a machine that goes round in circles it is said at most once a minute', async (t) => {
  const w = world();
  await w.lifecycle.report(await begin(w), here, 'done', '');
  await ask(w);
  for (let count = 0; count < 8; count++) {
    w.pass(20_000);
    await ask(w);
    w.lifecycle.saw({ mac: mac(1) }, 'ScriptSent', 'its disk');
  }
  w.pass(minute);
  await w.lifecycle.tick();
  const { timeline, lastSeen } = w.machine('a').status;
  t.equal(timeline.filter(({ stage }) => stage === 'CameBack').length, 3);
  t.equal(Date.parse(lastSeen ?? '') + minute, w.clock.now, 'and yet the last ask is the one that is kept');
});

t.test('a machine that comes straight back from its disk is sent there by the other method', async (t) => {
  const w = world();
  await w.lifecycle.report(await begin(w), here, 'done', '');
  const methods = async (): Promise<unknown> => {
    const { decision } = await ask(w);
    return decision.kind === 'disk' ? decision.methods[0] : decision;
  };
  t.equal(await methods(), 'exit');
  w.pass(1_000);
  t.equal(await methods(), 'exit', 'iPXE repeated its request');
  w.pass(20_000);
  t.equal(await methods(), 'sanboot');
  await w.lifecycle.tick();
  t.match(condition(w, 'a-1', 'BootedFromDisk'), { status: 'False', reason: 'CameBack' });
  w.pass(3 * minute);
  await w.lifecycle.tick();
  t.match(condition(w, 'a-1', 'BootedFromDisk'), { status: 'True', reason: 'StayedAway' });
  t.equal(w.machine('a').status.diskMethod, 'sanboot');
  w.restart();
  t.equal(await methods(), 'sanboot', 'what worked is kept');
});

t.test('what was seen is written at most every 30 seconds, and at the end', async (t) => {
  const w = world({}, { install: { generation: 0 } });
  await w.lifecycle.tick();
  let writes = 0;
  w.backend.beforeWrite = async () => {
    writes += 1;
  };
  for (let second = 0; second < 60; second += 1) {
    await ask(w);
    w.lifecycle.saw({ mac: mac(1) }, 'Offered', `offer ${second}`);
    w.pass(1_000);
    await w.lifecycle.tick();
  }
  t.equal(writes, 2);
  t.match(w.machine('a').status, { facts: { mac: mac(1), platform: 'efi' }, address: here.address });
  w.lifecycle.saw({ mac: mac(1) }, 'Offered', 'the last');
  await w.lifecycle.close();
  t.equal(writes, 3);
  const { timeline } = w.machine('a').status;
  t.match(timeline.at(-1), { stage: 'Offered', message: 'the last' });
  t.equal(timeline.length, 50, 'the oldest go');
});

t.test('after a power failure what was seen is written little by little, first of those being installed', async (t) => {
  const w = world();
  const names = Array.from({ length: 149 }, (_, n) => `m-${n}`);
  for (const [n, name] of names.entries()) w.backend.putMachine(name, { macs: [mac(n + 2)] });
  for (const n of names.keys()) await w.lifecycle.ask(said({ mac: mac(n + 2) }), here, boot);
  await begin(w);
  w.lifecycle.saw({ mac: mac(1) }, 'KernelSent', 'the kernel');
  const seen = () => ['a', ...names].filter((name) => w.machine(name).status.lastSeen !== null).length;
  w.pass(31_000);
  await w.lifecycle.tick();
  t.equal(seen(), 100);
  t.not(w.machine('a').status.lastSeen, null);
  await w.lifecycle.tick();
  t.equal(seen(), 150);

  w.pass(60 * minute);
  await w.lifecycle.tick();
  const again = instantOf(w.clock.now);
  for (const n of names.keys()) await w.lifecycle.ask(said({ mac: mac(n + 2) }), here, boot);
  await w.lifecycle.ask(said({ mac: mac(2) }), { ...here, address: '10.0.0.99' }, boot);
  w.pass(31_000);
  await w.lifecycle.tick();
  const late = names.filter((name) => w.machine(name).status.lastSeen === again);
  t.equal(late.length, 21, 'a new address, and of the others a few that only asked again');
  t.equal(w.machine('m-0').status.address, '10.0.0.99');
  await w.lifecycle.close();
  t.ok(
    names.every((name) => w.machine(name).status.lastSeen === again),
    'nothing is lost',
  );
});

t.test('a clock that is set back holds nothing up', async (t) => {
  const w = world({}, { install: { generation: 0 } });
  await ask(w);
  w.clock.now -= 60 * minute;
  await w.lifecycle.tick();
  t.ok(w.machine('a').status.lastSeen, 'what was seen is written');
  const disks = new DiskBoots();
  disks.send('a', 'exit', w.clock.now);
  t.strictSame(disks.takeArrived(w.clock.now - 60 * minute), [['a', 'exit']]);
});

t.test('what could not be written is written later', async (t) => {
  const w = world({}, { install: { generation: 0 } });
  await ask(w);
  w.backend.beforeWrite = async () => {
    throw new StoreError('SERABUT_ERR_STORE', 'the API server is away');
  };
  w.pass(minute);
  await w.lifecycle.tick();
  t.match(w.logged.at(-1), /could not be written .*SERABUT_ERR_STORE/);
  w.backend.beforeWrite = async () => {};
  await w.lifecycle.tick();
  t.equal(w.machine('a').status.address, here.address);
});

t.test('five Installations of a machine are kept', async (t) => {
  const w = world();
  for (let generation = 1; generation <= 8; generation += 1) {
    w.backend.putMachine('a', { ...w.machine('a').spec, install: { generation } });
    await w.lifecycle.report(await begin(w), here, 'done', '');
    await w.lifecycle.tick();
  }
  const kept = [...w.backend.objects.keys()].filter((key) => key.startsWith('Installation/'));
  t.strictSame(
    kept.sort(),
    [4, 5, 6, 7, 8].map((generation) => `Installation/a-${generation}`),
  );
  const left = () => [...w.backend.objects.keys()].filter((key) => key.startsWith('Installation/'));
  w.backend.remains = [{ name: 'a', identities: [], generation: 8, where: 'state/Machine/a.json' }];
  w.backend.set('Machine', 'a', undefined);
  await w.lifecycle.tick();
  t.equal(left().length, 4, 'the document may come back');
  w.backend.remains = [];
  w.backend.set('Machine', 'a', undefined);
  await w.lifecycle.tick();
  t.strictSame(left(), ['Installation/a-8'], 'of one that is gone the newest shows what was on its disk');
});

t.test('stages of an attempt are its conditions, others are in the timeline alone', async (t) => {
  const w = world();
  await begin(w);
  w.lifecycle.saw({ address: here.address }, 'KernelSent', 'linux', 1234);
  w.lifecycle.saw({ mac: mac(1) }, 'LoaderSent', 'snponly.efi');
  w.lifecycle.saw({ mac: mac(7), address: '192.168.88.7' }, 'KernelSent', 'of nobody');
  await w.lifecycle.close();
  t.match(condition(w, 'a-1', 'KernelSent'), { status: 'True', message: 'linux' });
  t.equal(condition(w, 'a-1', 'LoaderSent'), undefined);
  t.match(w.machine('a').status.timeline.slice(-2), [{ stage: 'KernelSent', bytes: 1234 }, { stage: 'LoaderSent' }]);
});

function condition(world: World, installation: string, type: string) {
  return world.installation(installation).status.conditions.find((one) => one.type === type);
}

t.test('that the installer is done is heard also while many reports before it wait for the store', async (t) => {
  const w = world();
  const token = await begin(w);
  const gate = Promise.withResolvers<void>();
  w.backend.beforeWrite = () => gate.promise;
  const reports = Array.from({ length: 8 }, (_, n) => w.lifecycle.report(token, here, 'progress', `step ${n}`));
  t.equal(await codeOf(w.lifecycle.report(token, here, 'progress', 'one too many')), 'SERABUT_ERR_BUSY');
  const end = w.lifecycle.report(token, here, 'done', '');
  gate.resolve();
  await Promise.all([...reports, end]);
  t.equal(w.installation('a-1').status.phase, 'Installed');
});

t.test('of a whole site that asks at once the first are answered before the last are begun', async (t) => {
  const w = new World();
  const all = Array.from({ length: 100 }, (_, index) => index + 1);
  for (const n of all) {
    w.backend.putMachine(`m${n}`, { macs: [mac(n)], bootProfile: 'web', install: { generation: 1 } });
  }
  const begun = new Set<string>();
  const answered: number[] = [];
  w.backend.beforeWrite = async (what) => {
    begun.add(/m\d+/.exec(what)?.[0] ?? '');
    await new Promise((resolve) => setImmediate(resolve));
  };
  let most = 0;
  const ask = async (n: number): Promise<string> => {
    const { decision } = await w.lifecycle.ask(said({ mac: mac(n), platform: 'efi' }), here, boot);
    most = Math.max(most, begun.size - answered.length);
    answered.push(n);
    return decision.kind;
  };
  const kinds = await Promise.all(all.map(ask));
  t.strictSame(new Set(kinds), new Set(['install']));
  t.ok(most < 50, `${most} were begun and not answered`);
  t.strictSame(answered.slice(0, 3), [1, 2, 3]);
});

t.test(
  'a machine that asked several times while the store was slow costs one token, the one that it gets',
  async (t) => {
    const w = world({ answerMs: 50 });
    const slow = Promise.withResolvers<void>();
    const writes: string[] = [];
    w.backend.beforeWrite = async (what) => {
      writes.push(what);
      await slow.promise;
    };
    t.strictSame(
      [await ask(w), await ask(w), await ask(w)].map(({ decision }) => decision.kind),
      Array(3).fill('wait'),
    );
    const last = ask(w);
    slow.resolve();
    const { token = '' } = await last;
    t.match(w.lifecycle.open(token, here), { generation: 1, attempt: 1 });
    t.equal(writes.filter((what) => what === 'writeStatus Installation/a-1').length, 2, 'it was begun, and given out');
  },
);
