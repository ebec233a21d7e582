import fc from 'fast-check';
import t from 'tap';
import { checkAndFill } from '../../../core/check.js';
import { SerabutError } from '../../../core/errors.js';
import type { Client, Question, SaidFacts } from '../../../core/machines/outcome.js';
import { hashToken } from '../../../core/machines/tokens.js';
import { installationStatus } from '../../../core/resources/installation.js';
import { machineStatus } from '../../../core/resources/machine.js';
import type { ObjectKind, Stored } from '../../../core/resources/store.js';
import { client, mac, minute, said, World } from '../../helpers/machines.js';

/*
 * Random histories: two servers on one store, each with its own, late view of it; machines and strangers that ask
 * whatever can be asked; installers that report; people who change their minds; writes that fail or come too late;
 * clocks that jump; servers that end without a word. After each write, and after each step, what must hold is looked at.
 */

const names = ['a', 'b', 'c'] as const;

/** Those who ask: three machines, one by its UUID too, and one that nobody knows. */
const identities: readonly SaidFacts[] = [
  said({ mac: mac(1) }),
  said({ mac: mac(2), uuid: '00000000-0000-4000-8000-000000000002' }),
  said({ uuid: '00000000-0000-4000-8000-000000000002' }),
  said({ mac: mac(3), serial: 'same' }),
  said({ serial: 'same' }),
  said({ mac: mac(4), platform: 'efi', product: 'unknown' }),
  said(),
];

const questions: readonly Question[] = [
  { about: 'boot', isWhole: true },
  { about: 'boot', isWhole: false },
  { about: 'distro', distro: 'debian-13', profile: null },
  { about: 'distro', distro: 'debian-13', profile: 'web' },
  { about: 'answers', distro: 'debian-13', configuration: 'web' },
];

/** What may be answered. */
const answers: Record<Question['about'], readonly string[]> = {
  boot: ['install', 'disk', 'wait', 'menu', 'identify', 'refuse'],
  distro: ['install', 'disk', 'wait', 'refuse', 'allow'],
  answers: ['allow', 'refuse'],
};

const specs: readonly object[] = [
  { macs: [mac(1)] },
  { macs: [mac(2)], uuid: '00000000-0000-4000-8000-000000000002' },
  { macs: [mac(3)], serial: 'same' },
  { serial: 'same' },
  { macs: [mac(1), mac(2)] },
];

type Step =
  | { do: 'ask'; server: number; who: number; question: number }
  | { do: 'report'; token: number; kind: 'progress' | 'done' | 'failed'; server: number }
  | { do: 'saw'; server: number; who: number; stage: string }
  | { do: 'pass'; ms: number }
  | { do: 'restart' | 'tick' | 'catchUp'; server: number }
  | { do: 'trouble'; code: 'SERABUT_ERR_STORE' | 'SERABUT_ERR_CONFLICT'; writes: number }
  | { do: 'put'; machine: number; spec: number; generation: number; profile: boolean; attempts: number }
  | { do: 'raise'; machine: number; by: number }
  | { do: 'takeAway'; kind: ObjectKind; machine: number };

type Change = Extract<Step, { do: 'pass' | 'trouble' | 'put' | 'raise' | 'takeAway' }>;

const server = fc.nat(1);
const machine = fc.nat(names.length - 1);
const who = fc.nat(identities.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('ask' as const), server, who, question: fc.nat(4) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('ask' as const), server, who: fc.nat(1), question: fc.constant(0) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('report' as const),
      server,
      token: fc.nat(3),
      kind: fc.constantFrom('progress', 'done', 'failed'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('saw' as const),
      server,
      who,
      stage: fc.constantFrom('AnswersSent', 'KernelSent', 'Offered'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.oneof(
        fc.integer({ min: 0, max: 3 * minute }),
        fc.integer({ min: -1e15, max: 1e15 }),
        fc.constant(31 * minute),
      ),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('restart', 'tick', 'catchUp'), server }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('trouble' as const),
      code: fc.constantFrom('SERABUT_ERR_STORE', 'SERABUT_ERR_CONFLICT'),
      writes: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      machine,
      spec: fc.nat(specs.length - 1),
      generation: fc.nat(3),
      profile: fc.boolean(),
      attempts: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('raise' as const), machine, by: fc.integer({ min: -1, max: 2 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('takeAway' as const),
      kind: fc.constantFrom('Machine', 'Installation'),
      machine,
    }),
  },
);

/** Steps that are taken at once, one after the other group. */
const history = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 5, maxLength: 60 });

/** What happened in all histories together: a test of histories in which nothing happens shows nothing. */
const totals = { installs: 0, installed: 0, failed: 0, waits: 0, conflicts: 0, discovered: 0 };

class Histories {
  readonly worlds: [World, World];
  readonly broken: string[] = [];
  readonly #tokens: { token: string; client: Client; machine: string }[] = [];
  /** How often each generation of each machine was begun and done. */
  readonly #begun = new Map<string, number>();
  readonly #done = new Map<string, number>();
  readonly #before = new Map<string, Stored>();
  /** A Machine that people took away and made again is another one. */
  readonly #epochs = new Map<string, number>();
  #trouble: Extract<Step, { do: 'trouble' }> = { do: 'trouble', code: 'SERABUT_ERR_STORE', writes: 0 };

  constructor() {
    const first = new World();
    this.worlds = [first, new World({}, first)];
    const { backend } = first;
    this.worlds[1].store.lags = true;
    backend.putSnapshot([
      { kind: 'BootProfile', name: 'web', spec: { distro: 'debian-13', configuration: 'web' } },
      { kind: 'MachineRule', name: 'r', spec: { match: { product: 'unk*' }, bootProfile: 'web', accept: false } },
    ]);
    backend.beforeWrite = async () => {
      await Promise.resolve();
      if (this.#trouble.writes <= 0) return;
      this.#trouble = { ...this.#trouble, writes: this.#trouble.writes - 1 };
      throw new SerabutError(this.#trouble.code, 'trouble');
    };
    const set = backend.set.bind(backend);
    backend.set = (kind, name, object) => {
      const stored = set(kind, name, object);
      this.#look(kind, name, stored);
      return stored;
    };
    for (const [index, name] of names.entries()) {
      backend.putMachine(name, { ...specs[index], bootProfile: 'web', install: { generation: 1, attempts: 2 } });
    }
    this.worlds[1].store.catchUp();
  }

  #world(server: number): World {
    return this.worlds[server] ?? this.worlds[0];
  }

  #break(what: string): void {
    this.broken.push(what);
  }

  /** Looks at an object that has just been written. */
  #look(kind: ObjectKind, name: string, stored: Stored | undefined): void {
    if (stored === undefined) {
      if (kind === 'Machine') this.#epochs.set(name, (this.#epochs.get(name) ?? 0) + 1);
      this.#before.delete(`${kind}/${name}`);
      return;
    }
    const schema = kind === 'Machine' ? machineStatus : installationStatus;
    const { findings } = checkAndFill(schema, structuredClone(stored.status));
    if (findings.length > 0) this.#break(`${kind} ${name} has a wrong status: ${JSON.stringify(findings[0])}`);
    const before = this.#before.get(`${kind}/${name}`) as Stored<'Installation'> | undefined;
    this.#before.set(`${kind}/${name}`, stored);
    if (kind === 'Installation') this.#lookAtInstallation(stored as Stored<'Installation'>, before);
    else if ((stored as Stored<'Machine'>).status.discovered) totals.discovered += 1;
  }

  #lookAtInstallation(
    { name, spec, status }: Stored<'Installation'>,
    before: Stored<'Installation'> | undefined,
  ): void {
    const key = `${name} of epoch ${this.#epochs.get(spec.machine) ?? 0}`;
    if (status.attempt > (before?.status.attempt ?? 0)) count(this.#begun, key);
    if (status.phase === 'Installed' && before?.status.phase !== 'Installed') count(this.#done, key);
    if (status.phase === 'Installed' && before?.status.phase !== 'Installed') totals.installed += 1;
    if (status.phase === 'Failed' && before?.status.phase !== 'Failed') totals.failed += 1;
    if ((this.#begun.get(key) ?? 0) > spec.attempts || status.attempt > spec.attempts)
      this.#break(`${key}: too many attempts`);
    if ((this.#done.get(key) ?? 0) > 1) this.#break(`${key}: installed twice`);
    const running = this.#installations().filter(
      (one) => one.spec.machine === spec.machine && one.status.phase === 'Installing',
    );
    if (running.length > 1) this.#break(`${spec.machine}: two attempts at once`);
  }

  #installations(): Stored<'Installation'>[] {
    return [...this.worlds[0].backend.objects.values()].filter(
      (one) => one.kind === 'Installation',
    ) as Stored<'Installation'>[];
  }

  async take(steps: readonly Step[]): Promise<void> {
    await Promise.all(steps.map((step) => this.#take(step)));
    for (const line of this.worlds.flatMap(({ logged }) => logged.splice(0))) {
      if (line.includes('SERABUT_ERR_INTERNAL')) this.#break(line);
    }
    this.#lookAtTokens();
    await this.#lookAtRest();
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case 'ask':
        return this.#ask(this.#world(step.server), step.who, step.question);
      case 'report':
        return this.#report(step);
      case 'saw': {
        const { mac } = identities[step.who] ?? said();
        return this.#world(step.server).lifecycle.saw(mac === null ? {} : { mac }, step.stage, 'x');
      }
      case 'restart':
        this.#world(step.server).restart();
        this.worlds[1].store.lags = true;
        return;
      case 'tick':
        return this.#world(step.server).lifecycle.tick();
      case 'catchUp':
        return this.#world(step.server).store.catchUp();
      default:
        this.#change(step);
    }
  }

  /** What the world does to the servers. */
  #change(step: Change): void {
    const { backend, clock } = this.worlds[0];
    if (step.do === 'pass') clock.now += step.ms;
    else if (step.do === 'trouble') this.#trouble = step;
    else if (step.do === 'takeAway') this.#takeAway(step.kind, names[step.machine] ?? 'a');
    else if (step.do === 'raise') this.#raise(names[step.machine] ?? 'a', step.by);
    else {
      const install = { generation: step.generation, attempts: step.attempts };
      const spec = { ...specs[step.spec], bootProfile: step.profile ? 'web' : null, install };
      backend.putMachine(names[step.machine] ?? 'a', spec);
    }
  }

  async #report({ server, token, kind }: Extract<Step, { do: 'report' }>): Promise<void> {
    const held = this.#tokens.at(-1 - token);
    if (held === undefined) return;
    await this.#world(server).lifecycle.report(held.token, held.client, kind, 'text').catch(expected);
  }

  #raise(name: string, by: number): void {
    const { backend } = this.worlds[0];
    const known = backend.objects.get(`Machine/${name}`) as Stored<'Machine'> | undefined;
    if (known === undefined) return;
    const { install } = known.spec;
    const generation = Math.max(0, install.generation + by);
    backend.putMachine(name, { ...known.spec, bootProfile: 'web', install: { ...install, generation } });
  }

  #takeAway(kind: ObjectKind, machine: string): void {
    const { backend } = this.worlds[0];
    const installations = this.#installations().filter(({ spec }) => spec.machine === machine);
    for (const name of kind === 'Machine' ? [machine] : installations.map(({ name }) => name)) {
      backend.set(kind, name, undefined);
    }
  }

  async #ask(world: World, index: number, asked: number): Promise<void> {
    const facts = identities[index] ?? said();
    const question = questions[asked] ?? { about: 'boot', isWhole: true };
    const from = client(`192.168.88.${index}`);
    const before = barred(world, facts);
    const { decision, token } = await world.lifecycle.ask(facts, from, question);
    const kinds = answers[question.about];
    if (!kinds.includes(decision.kind) || decision.reason === '') this.#break(`${decision.kind} for ${question.about}`);
    if (decision.kind === 'wait') totals.waits += 1;
    if (before !== undefined && before === barred(world, facts)) {
      if (before === 'conflict') totals.conflicts += 1;
      if (decision.kind === 'install') this.#break(`an installation of what is ${before}`);
    }
    if (decision.kind !== 'install') return;
    totals.installs += 1;
    if (token === undefined) this.#break('an installation without a token');
    else this.#tokens.push({ token, client: from, machine: decision.attempt.machine.name });
  }

  /** Of all tokens that were ever given, one for each machine opens something, and none of what is over. */
  #lookAtTokens(): void {
    const fresh = new World({}, this.worlds[0]);
    const open = new Map<string, number>();
    for (const { token, client, machine } of this.#tokens) {
      const of = this.#installations().find(({ status }) => status.tokenHash === hashToken(token));
      try {
        fresh.lifecycle.open(token, client);
        count(open, machine);
        if (of?.status.phase !== 'Installing') this.#break(`a token opens what is ${of?.status.phase}`);
      } catch (error) {
        expected(error);
      }
    }
    for (const [machine, tokens] of open) if (tokens > 1) this.#break(`${machine}: ${tokens} tokens open something`);
    void fresh.store.close();
  }

  /** A machine that is installed, or has failed, boots its disk, whatever it asks. */
  async #lookAtRest(): Promise<void> {
    const fresh = new World({}, this.worlds[0]);
    this.#trouble = { ...this.#trouble, writes: 0 };
    for (const facts of identities) {
      const phase = this.#restingPhase(fresh, facts);
      for (const question of phase === undefined ? [] : questions) {
        const { decision } = await fresh.lifecycle.ask(facts, client(), question);
        const wanted = question.about === 'answers' ? 'refuse' : 'disk';
        if (decision.kind !== wanted) this.#break(`what is ${phase} gets ${decision.kind} for ${question.about}`);
      }
    }
    void fresh.store.close();
  }

  /** The phase of the Installation of a machine's present generation, if that is over. */
  #restingPhase({ roster }: World, facts: SaidFacts): string | undefined {
    const found = roster.find(facts);
    if (found.kind !== 'one' || found.machine.spec.bootProfile === null) return undefined;
    const { spec, name } = found.machine;
    const present = this.#installations().find((one) => one.name === `${name}-${spec.install.generation}`);
    const phase = present?.spec.machine === name ? present.status.phase : undefined;
    return phase === 'Installed' || phase === 'Failed' ? phase : undefined;
  }
}

/** Why what says this must not be installed, as far as a server can know; by looking at all Machines. */
function barred({ store }: World, facts: SaidFacts): 'unknown' | 'conflict' | undefined {
  const all = [...store.all('Machine')];
  const fitting = all.filter(({ spec: { macs, uuid, serial } }) => {
    const same = [
      facts.mac !== null && macs.length > 0 ? macs.includes(facts.mac) : undefined,
      facts.uuid !== null && uuid !== null ? facts.uuid === uuid : undefined,
      facts.serial !== null && serial !== null ? facts.serial === serial : undefined,
    ];
    return same.includes(true) && !same.includes(false);
  });
  const [only] = fitting;
  if (only === undefined) return 'unknown';
  const claims = all.filter(({ spec }) => spec.macs.some((mac) => only.spec.macs.includes(mac)));
  if (fitting.length > 1 || claims.length > 1) return 'conflict';
  return only.status.discovered && only.spec.bootProfile === null ? 'unknown' : undefined;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function expected(error: unknown): void {
  const codes = ['SERABUT_ERR_TOKEN', 'SERABUT_ERR_STORE', 'SERABUT_ERR_CONFLICT', 'SERABUT_ERR_BUSY'];
  if (!(error instanceof SerabutError) || !codes.includes(error.code)) throw error;
}

t.test('whatever happens, no machine is installed that must not be, and each gets an answer', async (t) => {
  await fc.assert(
    fc.asyncProperty(history, async (groups) => {
      const histories = new Histories();
      for (const group of groups) {
        await histories.take(group);
        if (histories.broken.length > 0) throw new Error(histories.broken.join('\n'));
      }
    }),
    { numRuns: 600, includeErrorInReport: true },
  );
  t.comment(JSON.stringify(totals));
  for (const [what, many] of Object.entries(totals)) t.ok(many > 20, `${what}: ${many}`);
});
