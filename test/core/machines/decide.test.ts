import t from 'tap';
import { checkAndFill } from '../../../core/check.js';
import { SerabutError } from '../../../core/errors.js';
import { decide, type View } from '../../../core/machines/decide.js';
import type { Client, MachineSettings, Question } from '../../../core/machines/outcome.js';
import type { Found } from '../../../core/machines/roster.js';
import type { Trace } from '../../../core/machines/traces.js';
import type { MenuOption } from '../../../core/machines/unknown.js';
import { installationStatus } from '../../../core/resources/installation.js';
import type { Stored } from '../../../core/resources/store.js';
import { boot, client, mac, minute, profiles, said, startTime } from '../../helpers/machines.js';
import { freshMachine, MemoryBackend, machineOf } from '../../helpers/memory-store.js';

const backend = new MemoryBackend();
backend.putSnapshot(profiles);

const questions: Record<string, Question> = {
  boot,
  installer: { about: 'distro', distro: 'debian-13', profile: null },
  profile: { about: 'distro', distro: 'debian-13', profile: 'web' },
  answers: { about: 'answers', distro: 'debian-13', configuration: 'web' },
};

function machine(spec: object = {}, status: object = {}): Stored<'Machine'> {
  const filled = machineOf({ macs: [mac(1)], ...spec });
  return { kind: 'Machine', name: 'a', spec: filled, status: freshMachine(status), version: '1', where: 'memory' };
}

function installation(status: object): Stored<'Installation'> {
  const spec = {
    machine: 'a',
    bootProfile: 'web',
    generation: 1,
    attempts: 2,
    deadlineMinutes: 60,
    stalledMinutes: 10,
  };
  const filled = checkAndFill<Stored<'Installation'>['status']>(installationStatus, status).value;
  return { kind: 'Installation', name: 'a-1', spec, status: filled, version: '1', where: 'memory' };
}

interface Case {
  found?: Found | Stored<'Machine'>;
  installation?: Stored<'Installation'>;
  claimants?: string[];
  settings?: Partial<MachineSettings>;
  menu?: MenuOption[];
  from?: Client;
  readonly doubt?: string;
  readonly traces?: Trace[];
}

function ask(
  question: Question,
  { found = { kind: 'none' }, menu = [], from = client(), ...rest }: Case,
  now = startTime,
) {
  const { settings = {}, claimants = [] } = rest;
  const view: View = {
    settings: { defaultEntry: undefined, identify: 'query', ...settings },
    snapshot: backend.snapshot,
    find: () => ('spec' in found ? { kind: 'one', machine: found } : found),
    claimants: () => claimants,
    traces: () => rest.traces ?? [],
    installation: (name) => (name === rest.installation?.name ? rest.installation : undefined),
    sentToDisk: () => undefined,
    doubt: rest.doubt,
    menu,
  };
  return decide(said({ mac: mac(1), platform: 'efi' }), from, question, view, now);
}

const wanted = { bootProfile: 'web', install: { generation: 1 } };
const begun = { generation: 1, installation: 'a-1' };
const started = { attempt: 1, attemptStarted: '2026-11-28T12:00:00.000Z', lastHeard: '2026-11-28T12:00:00.000Z' };
const running = { phase: 'Installing', ...started };
const sent = {
  type: 'AnswersSent',
  status: 'True',
  reason: 'Sent',
  message: '',
  lastTransitionTime: started.lastHeard,
};

t.test('each question in each state has its answer', async (t) => {
  const table: [string, Case, [boot: string, installer: string, profile: string, answers: string]][] = [
    ['unknown', {}, ['menu', 'allow', 'allow', 'allow']],
    ['unknown, by a setting', { settings: { unknown: 'disk' } }, ['disk', 'allow', 'allow', 'allow']],
    ['discovered', { found: machine({}, { discovered: true }) }, ['menu', 'allow', 'allow', 'allow']],
    ['several', { found: { kind: 'several', names: ['a', 'b'] } }, ['disk', 'disk', 'disk', 'refuse']],
    [
      'alike',
      { found: { kind: 'doubtful', names: ['b'], reason: 'It may be b.' } },
      ['disk', 'disk', 'disk', 'refuse'],
    ],
    [
      'with another name before',
      { found: machine(wanted), traces: [{ machine: 'old', generation: 1, reason: '' }] },
      ['disk', 'disk', 'disk', 'refuse'],
    ],
    [
      'raised above what it was before',
      {
        found: machine({ ...wanted, install: { generation: 2 } }),
        traces: [{ machine: 'old', generation: 1, reason: '' }],
      },
      ['install', 'install', 'install', 'refuse'],
    ],
    ['a rival', { found: machine(wanted), claimants: ['b'] }, ['disk', 'disk', 'disk', 'refuse']],
    ['without a profile', { found: machine() }, ['disk', 'allow', 'disk', 'refuse']],
    ['with a profile alone', { found: machine({ bootProfile: 'web' }) }, ['disk', 'disk', 'disk', 'refuse']],
    ['raised', { found: machine(wanted) }, ['install', 'install', 'install', 'refuse']],
    [
      'raised, of a profile that is not there',
      { found: machine({ ...wanted, bootProfile: 'gone' }) },
      ['disk', 'disk', 'disk', 'refuse'],
    ],
    [
      'installing',
      { found: machine(wanted, begun), installation: installation(running) },
      ['install', 'install', 'install', 'allow'],
    ],
    [
      'the last attempt started anew',
      { found: machine(wanted, begun), installation: installation({ ...running, attempt: 2, conditions: [sent] }) },
      ['disk', 'disk', 'disk', 'allow'],
    ],
    [
      'restored without statuses',
      { found: machine(wanted), installation: installation({}) },
      ['disk', 'disk', 'disk', 'refuse'],
    ],
    [
      'restored with its begun generation alone',
      { found: machine(wanted, { generation: 1 }), installation: installation({}) },
      ['disk', 'disk', 'disk', 'refuse'],
    ],
    [
      'cut off before the first attempt',
      { found: machine(wanted, { installation: 'a-1' }), installation: installation({}) },
      ['install', 'install', 'install', 'refuse'],
    ],
    [
      'between attempts',
      { found: machine(wanted, begun), installation: installation({ phase: 'Pending', attempt: 1 }) },
      ['install', 'install', 'install', 'refuse'],
    ],
    [
      'installed',
      { found: machine(wanted, begun), installation: installation({ phase: 'Installed', attempt: 1 }) },
      ['disk', 'disk', 'disk', 'refuse'],
    ],
    [
      'failed',
      { found: machine(wanted, begun), installation: installation({ phase: 'Failed', attempt: 2 }) },
      ['disk', 'disk', 'disk', 'refuse'],
    ],
    ['its Installation deleted', { found: machine(wanted, begun) }, ['disk', 'disk', 'disk', 'refuse']],
    [
      'the profile taken away',
      { found: machine({ install: { generation: 1 } }, begun), installation: installation(running) },
      ['disk', 'disk', 'disk', 'allow'],
    ],
    [
      'a stranger asks',
      { found: machine(wanted), settings: { identify: 'neighbour' }, from: client('10.0.0.9', mac(9)) },
      ['refuse', 'refuse', 'refuse', 'refuse'],
    ],
  ];
  for (const [state, given, kinds] of table) {
    const answers = Object.values(questions).map((question) => ask(question, given));
    t.strictSame(
      answers.map(({ kind }) => kind),
      kinds,
      state,
    );
    t.ok(
      answers.every(({ reason }) => /^[A-Z0-9].*[.?]$/.test(reason)),
      `${state}: each has its reason`,
    );
  }
});

t.test('an attempt goes on, or ends and the next begins, by what was heard of it', async (t) => {
  const decided = (status: object, now = startTime) => {
    const given = { found: machine(wanted, begun), installation: installation({ ...running, ...status }) };
    const decision = ask(boot, given, now);
    return decision.kind === 'install' ? [decision.attempt.attempt, decision.ends?.reason] : [decision.kind];
  };
  t.strictSame(decided({}), [1, undefined]);
  t.strictSame(decided({ conditions: [sent] }), [2, 'StartedAgain']);
  t.strictSame(decided({}, startTime + 10 * minute), [2, 'Stalled']);
  t.strictSame(decided({}, startTime + 60 * minute), [2, 'DeadlineExceeded']);
  t.strictSame(decided({}, startTime - 1e12), [1, undefined], 'a clock that was set back ends nothing');
});

t.test('what somebody else asks ends no attempt', async (t) => {
  const given = {
    found: machine(wanted, begun),
    installation: installation({ ...running, attempt: 2, conditions: [sent] }),
    settings: { identify: 'neighbour' as const },
  };
  t.equal(ask(boot, { ...given, from: client('10.0.0.9', mac(9)) }).ends, undefined);
  t.equal(ask(boot, { ...given, from: client('10.0.0.1', mac(1)) }).ends?.reason, 'StartedAgain');
});

t.test('answer files are those of the profile that is being installed', async (t) => {
  const given = { found: machine(wanted, begun), installation: installation(running) };
  const other = ask({ about: 'answers', distro: 'debian-13', configuration: 'db' }, given);
  t.match(other, { kind: 'refuse', reason: 'Machine a is being installed with BootProfile web.' });
});

t.test('the menu is what fits the machine, with the default that the operator set', async (t) => {
  const option = { kind: 'distro', distro: 'd', problems: [], arch: 'x86_64' } as const;
  const menu = [
    { ...option, name: 'one', title: 'one' },
    { ...option, name: 'two', title: 'two', arch: 'arm64' },
    { ...option, name: 'three', title: 'three', problems: ['spec.storage'] },
  ];
  const defaultOf = (defaultEntry: string, doubt?: string) => {
    const decision = ask(boot, { menu, settings: { defaultEntry }, ...(doubt === undefined ? {} : { doubt }) });
    return decision.kind === 'menu' ? [decision.defaultEntry?.name, decision.reason] : [];
  };
  t.strictSame(defaultOf('one'), ['one', 'The server is set to start one on machines that are not known.']);
  t.match(defaultOf('three'), [undefined, /^The default entry three cannot be booted here/]);
  const unsure = 'web.yaml cannot be used, and may be of this machine: nothing is started by itself.';
  t.strictSame(defaultOf('one', 'web.yaml'), [undefined, unsure]);
});

t.test('what cannot be used installs nothing, and is named', async (t) => {
  const foreign = installation({});
  const given = { found: machine(wanted), installation: { ...foreign, spec: { ...foreign.spec, machine: 'b' } } };
  t.match(ask(boot, given), { kind: 'disk', reason: /^The Installation a-1 is of another machine, b\./ });
  const broken = new SerabutError('SERABUT_ERR_RESOURCE_INVALID', 'a resource has 1 finding');
  backend.snapshot.withBroken('BootProfile', 'wrong', broken);
  const decision = ask(boot, { found: machine({ ...wanted, bootProfile: 'wrong' }) });
  t.match(decision, { kind: 'disk', reason: /^Its BootProfile wrong cannot be used/ });
});
