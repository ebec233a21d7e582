import fc from 'fast-check';
import t from 'tap';
import { checkAndFill } from '../../../core/check.js';
import { SerabutError } from '../../../core/errors.js';
import type { Attempt, Client, Decision, Question, SaidFacts } from '../../../core/machines/outcome.js';
import { hashToken } from '../../../core/machines/tokens.js';
import { installationStatus } from '../../../core/resources/installation.js';
import { machineStatus } from '../../../core/resources/machine.js';
import type { Identities } from '../../../core/resources/remains.js';
import type { ObjectKind, Stored } from '../../../core/resources/store.js';
import { boot, client, mac, minute, said, World } from '../../helpers/machines.js';

/*
 * Random histories: two servers on one store, each with its own, late view of it; machines and strangers that ask
 * whatever can be asked, from any of their network cards, after their mainboards were changed, and before anybody has
 * written them down; installers that report, also when their time is over, and from an address that others have too;
 * people who change their minds, and documents that are gone or get another name; a rule that accepts; writes that fail
 * or come too late; clocks that are set; servers that end without a word. After each write, and after each step, what must
 * hold is looked at.
 */

const names = ['a', 'b', 'c'] as const;

/** Those who ask: three machines, in all the ways in which they may say who they are, and one that nobody knows. */
const identities: readonly SaidFacts[] = [
  said({ mac: mac(1) }),
  said({ mac: mac(2), uuid: '00000000-0000-4000-8000-000000000002' }),
  said({ uuid: '00000000-0000-4000-8000-000000000002' }),
  said({ mac: mac(3), serial: 'same' }),
  said({ serial: 'same' }),
  said({ mac: mac(4), platform: 'efi', product: 'unknown' }),
  said(),
  said({ mac: mac(5), uuid: '00000000-0000-4000-8000-000000000002', product: 'unknown' }),
  said({ mac: mac(2), uuid: '00000000-0000-4000-8000-000000000009', product: 'unknown' }),
  said({ mac: mac(6), serial: 'same', product: 'unknown' }),
  said({ mac: mac(7), uuid: '00000000-0000-4000-8000-000000000007', product: 'unknown' }),
  said({ mac: mac(8), uuid: '00000000-0000-4000-8000-000000000007', product: 'unknown' }),
  said({ mac: mac(9), uuid: '00000000-0000-4000-8000-00000000000a', product: 'other' }),
];

/** Of these: one that no rule accepts. */
const discovered = identities.length - 1;

const aboutAnswers: Question = { about: 'answers', distro: 'debian-13', configuration: 'web' };

const questions: readonly Question[] = [
  { about: 'boot', isWhole: true },
  { about: 'boot', isWhole: false },
  { about: 'distro', distro: 'debian-13', profile: null },
  { about: 'distro', distro: 'debian-13', profile: 'web' },
  aboutAnswers,
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
  { macs: [mac(9)] },
  { uuid: '00000000-0000-4000-8000-00000000000a' },
];

type Step =
  | { do: 'ask'; server: number; who: number; question: number }
  | { do: 'report'; token: number; kind: 'progress' | 'done' | 'failed'; server: number }
  | { do: 'saw'; server: number; who: number; stage: string }
  | { do: 'answers'; server: number; token: number }
  | { do: 'pass'; ms: number }
  | { do: 'set'; ms: number }
  | { do: 'restart' | 'tick' | 'catchUp'; server: number }
  | { do: 'trouble'; code: 'SERABUT_ERR_STORE' | 'SERABUT_ERR_CONFLICT'; writes: number }
  | { do: 'put'; machine: number; spec: number; generation: number; profile: boolean; attempts: number }
  | { do: 'raise'; machine: number; by: number }
  | { do: 'takeAway'; kind: ObjectKind; machine: number }
  | { do: 'hide'; machine: number };

type Change = Extract<Step, { do: 'pass' | 'set' | 'trouble' | 'put' | 'raise' | 'takeAway' | 'hide' }>;

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
  { weight: 5, arbitrary: fc.record({ do: fc.constant('answers' as const), server, token: fc.nat(3) }) },
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
        fc.integer({ min: 0, max: 1e10 }),
        fc.constantFrom(31 * minute, 121 * minute),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      ms: fc.oneof(fc.integer({ min: -1e15, max: 1e15 }), fc.constantFrom(40 * minute, 130 * minute, 1e9)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('hide' as const), machine }) },
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

/** Steps that are taken at once. */
const group: fc.Arbitrary<Step[][]> = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => [steps]);

/** An installer that is done when its time is over. */
const late: fc.Arbitrary<Step[][]> = fc
  .record({ server, who: fc.nat(1), ticks: fc.boolean() })
  .map(({ server, who, ticks }) => [
    [{ do: 'ask', server, who, question: 0 }],
    [{ do: 'pass', ms: 121 * minute }],
    ticks ? [{ do: 'tick', server: 0 }] : [],
    [{ do: 'report', server: 0, token: 0, kind: 'done' }],
  ]);

/** The document of a machine that was begun gets another name. */
const renamed: fc.Arbitrary<Step[][]> = fc
  .nat(2)
  .map((generation) => [
    [{ do: 'ask', server: 0, who: 0, question: 0 }],
    [{ do: 'hide', machine: 0 }],
    [{ do: 'put', machine: 1, spec: 0, generation, profile: true, attempts: 2 }],
    [{ do: 'ask', server: 0, who: 0, question: 0 }],
  ]);

/** Machines that start anew in the middle, one beside the other, behind one address. */
const startsAnew: fc.Arbitrary<Step[][]> = fc
  .record({ server, others: fc.boolean() })
  .map(({ server, others }) => [
    [{ do: 'ask', server, who: 0, question: 0 }],
    [{ do: 'answers', server, token: 0 }],
    others ? [{ do: 'ask', server, who: 1, question: 0 }] : [],
    others ? [{ do: 'answers', server, token: 0 }] : [],
    [{ do: 'ask', server, who: 0, question: 0 }],
  ]);

/** Somebody makes a Machine for one that was discovered. */
const takenOver: fc.Arbitrary<Step[][]> = fc
  .record({ server, machine, spec: fc.constantFrom(5, 6), ticks: fc.boolean() })
  .map(({ server, machine, spec, ticks }) => [
    [{ do: 'ask', server, who: discovered, question: 0 }],
    [{ do: 'put', machine, spec, generation: 3, profile: true, attempts: 2 }],
    ticks ? [{ do: 'tick', server }] : [],
    [{ do: 'ask', server, who: discovered, question: 0 }],
  ]);

/** One group of steps after the other. */
const history = fc
  .array(
    fc.oneof(
      { weight: 20, arbitrary: group },
      { weight: 1, arbitrary: late },
      { weight: 1, arbitrary: renamed },
      { weight: 1, arbitrary: takenOver },
      { weight: 1, arbitrary: startsAnew },
    ),
    { minLength: 5, maxLength: 60 },
  )
  .map((groups) => groups.flat());

/** What happened in all histories together: a test of histories in which nothing happens shows nothing. */
const totals = {
  installs: 0,
  installed: 0,
  failed: 0,
  waits: 0,
  conflicts: 0,
  discovered: 0,
  accepted: 0,
  alike: 0,
  renamed: 0,
  late: 0,
  overdue: 0,
  takenOver: 0,
  answered: 0,
};

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
  /** Whether one step alone is taken now. */
  #isAlone = false;
  /** Machines whose documents are gone, as they were. */
  readonly #hidden = new Map<string, Stored<'Machine'>>();
  /** When attempts began by a clock that nobody sets; forgotten where a server cannot know it. */
  readonly #started = new Map<string, number>();
  /** The attempts whose answers a server has sent. It may forget that when it ends, or when their Machine is gone. */
  readonly #answered = new Map<string, object>();
  #trouble: Extract<Step, { do: 'trouble' }> = { do: 'trouble', code: 'SERABUT_ERR_STORE', writes: 0 };

  constructor() {
    const first = new World();
    this.worlds = [first, new World({}, first)];
    const { backend } = first;
    this.worlds[1].store.lags = true;
    backend.putSnapshot([
      { kind: 'BootProfile', name: 'web', spec: { distro: 'debian-13', configuration: 'web' } },
      {
        kind: 'MachineRule',
        name: 'r',
        spec: { match: { product: 'unk*' }, bootProfile: 'web', accept: true, maximum: 9 },
      },
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
    this.#lookAtTime(name, status, before?.status);
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

  /** Time that has not gone by ends nothing. */
  #lookAtTime(
    name: string,
    { attempt, failures }: Stored<'Installation'>['status'],
    before: Stored<'Installation'>['status'] | undefined,
  ): void {
    const last = failures.length > (before?.failures.length ?? 0) ? failures.at(-1) : undefined;
    const least = { DeadlineExceeded: 120, Stalled: 30 }[last?.reason ?? ''];
    const started = this.#isInCalendar() ? this.#started.get(name) : undefined;
    if (least !== undefined && started !== undefined) {
      totals.overdue += 1;
      const took = (this.#steady() - started) / minute;
      if (took < least) this.#break(`${name}: ${last?.reason} after ${took} minutes`);
    }
    if (attempt <= (before?.attempt ?? 0)) return;
    if (this.#isInCalendar()) this.#started.set(name, this.#steady());
    else this.#started.delete(name);
  }

  /** Whether RFC 3339 can write what the clock says. */
  #isInCalendar(): boolean {
    const { now } = this.worlds[0].clock;
    return now > 0 && now < Date.UTC(9999, 0);
  }

  #steady(): number {
    const { clock } = this.worlds[0];
    return clock.now - clock.set;
  }

  #installations(): Stored<'Installation'>[] {
    return [...this.worlds[0].backend.objects.values()].filter(
      (one) => one.kind === 'Installation',
    ) as Stored<'Installation'>[];
  }

  async take(steps: readonly Step[]): Promise<void> {
    this.#isAlone = steps.length === 1;
    await Promise.all(steps.map((step) => this.#take(step)));
    for (const line of this.worlds.flatMap(({ logged }) => logged.splice(0))) {
      if (line.includes('SERABUT_ERR_INTERNAL')) this.#break(line);
    }
    const fresh = new World({}, this.worlds[0]);
    this.#lookAtTokens(fresh);
    await this.#lookOnly(fresh);
    await this.#lookAtRest(fresh);
    await fresh.store.close();
  }

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case 'ask':
        return this.#ask(this.#world(step.server), step.who, step.question);
      case 'report':
        return this.#report(step);
      case 'saw': {
        const { mac } = identities[step.who] ?? said();
        const by = mac === null ? { address: addressOf(step.who) } : { mac };
        return this.#world(step.server).lifecycle.saw(by, step.stage, 'x');
      }
      case 'answers':
        return this.#sendAnswers(step);
      case 'restart':
        this.#world(step.server).restart();
        this.#started.clear();
        this.#answered.clear();
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
    const { backend } = this.worlds[0];
    if (step.do === 'pass' || step.do === 'set') this.#passOrSet(step);
    else if (step.do === 'trouble') this.#trouble = step;
    else if (step.do === 'hide') this.#hide(names[step.machine] ?? 'a');
    else if (step.do === 'takeAway') this.#takeAway(step.kind, names[step.machine] ?? 'a');
    else if (step.do === 'raise') this.#raise(names[step.machine] ?? 'a', step.by);
    else {
      const install = { generation: step.generation, attempts: step.attempts };
      const spec = { ...specs[step.spec], bootProfile: step.profile ? 'web' : null, install };
      const name = names[step.machine] ?? 'a';
      const known = this.#hidden.get(name);
      this.#hidden.delete(name);
      this.#remain();
      if (known !== undefined) backend.set('Machine', name, known);
      backend.putMachine(name, spec);
    }
  }

  /** Time goes by, or somebody sets the wall clock. When something began before it was set back nobody can tell. */
  #passOrSet({ do: what, ms }: Extract<Change, { do: 'pass' | 'set' }>): void {
    if (what === 'pass') this.worlds[0].pass(ms);
    else {
      // Servers compare their clocks every few seconds, and each time that somebody asks.
      for (const { lifecycle } of this.worlds) void lifecycle.look(said(), client(), aboutAnswers);
      this.worlds[0].step(ms);
    }
    if (ms < 0 || !this.#isInCalendar()) this.#started.clear();
  }

  /** The document of a Machine is gone; what the server knows of it is not. */
  #hide(name: string): void {
    this.#answered.clear();
    const { backend } = this.worlds[0];
    const known = backend.objects.get(`Machine/${name}`) as Stored<'Machine'> | undefined;
    if (known === undefined) return;
    this.#hidden.set(name, known);
    this.#remain();
    const epoch = this.#epochs.get(name) ?? 0;
    backend.set('Machine', name, undefined);
    this.#epochs.set(name, epoch);
  }

  #remain(): void {
    this.worlds[0].backend.remains = [...this.#hidden].map(([name, { spec, status }]) => {
      return { name, identities: [spec], generation: status.generation, where: name };
    });
  }

  /** An installer fetches its answers, by its token and from an address that it shares with others. */
  #sendAnswers({ server, token }: Extract<Step, { do: 'answers' }>): void {
    const held = this.#tokens.at(-1 - token);
    if (held === undefined) return;
    const { lifecycle } = this.#world(server);
    try {
      const { machine, installation } = lifecycle.open(held.token, held.client);
      lifecycle.saw({ machine: machine.name, address: held.client.address }, 'AnswersSent', 'x');
      this.#answered.set(`${server} ${installation.name} ${installation.status.attempt}`, {});
    } catch (error) {
      expected(error);
    }
  }

  async #report({ server, token, kind }: Extract<Step, { do: 'report' }>): Promise<void> {
    const held = this.#tokens.at(-1 - token);
    if (held === undefined) return;
    const world = this.#world(server);
    const before = kind === 'done' ? this.#finishable(world, held.token) : undefined;
    if (before === 'late') totals.late += 1;
    await world.lifecycle.report(held.token, held.client, kind, 'text').catch((error) => {
      expected(error);
      const isRefused = (error as SerabutError).code === 'SERABUT_ERR_TOKEN';
      if (isRefused && before !== undefined && before === this.#finishable(world, held.token)) {
        this.#break(`what is finished is not believed (${before})`);
      }
    });
  }

  /** Whether a token is of the last attempt of its machine, which time alone has ended, if anything has. */
  #finishable({ store }: World, token: string): 'in time' | 'late' | undefined {
    const of = [...store.all('Installation')].find(({ status }) => status.tokenHash === hashToken(token));
    if (of === undefined || store.get('Machine', of.spec.machine)?.status.installation !== of.name) return undefined;
    const { phase, failures } = of.status;
    if (phase === 'Installing') return 'in time';
    return phase !== 'Installed' && /^(DeadlineExceeded|Stalled)$/.test(failures.at(-1)?.reason ?? '')
      ? 'late'
      : undefined;
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
    this.#answered.clear();
    const { backend } = this.worlds[0];
    const installations = this.#installations().filter(({ spec }) => spec.machine === machine);
    for (const name of kind === 'Machine' ? [machine] : installations.map(({ name }) => name)) {
      backend.set(kind, name, undefined);
    }
  }

  async #ask(world: World, index: number, asked: number): Promise<void> {
    const facts = identities[index] ?? said();
    const question = questions[asked] ?? { about: 'boot', isWhole: true };
    const from = client(addressOf(index));
    const answered = new Map(this.#answered);
    const before = barred(world, facts);
    const { decision, token } = await world.lifecycle.ask(facts, from, question);
    this.#lookAtDecision(world, question, decision);
    if (decision.kind === 'wait') totals.waits += 1;
    // Where something else goes on, or is not known yet, it may have been for a moment alone.
    const isSure = this.#isAlone && !world.store.lags;
    if (before !== undefined && (isSure || before === barred(world, facts))) this.#lookAtBarred(before, decision.kind);
    if (decision.kind !== 'install') return;
    totals.installs += 1;
    this.#lookAtAnswered(world, decision.attempt, answered);
    if (decision.attempt.machine.status.discovered) totals.accepted += 1;
    if (index === discovered) totals.takenOver += 1;
    if (token === undefined) this.#break('an installation without a token');
    else this.#tokens.push({ token, client: from, machine: decision.attempt.machine.name });
  }

  #lookAtDecision(world: World, question: Question, decision: Decision): void {
    const kinds = answers[question.about];
    if (this.#isAlone && isInTheWay(decision.conflict ?? [], world)) this.#break(decision.reason);
    if (!kinds.includes(decision.kind) || decision.reason === '') this.#break(`${decision.kind} for ${question.about}`);
  }

  /** An attempt whose answers were sent is over when its machine starts anew. */
  #lookAtAnswered(
    world: World,
    { machine, generation, attempt, begins }: Attempt,
    before: ReadonlyMap<string, object>,
  ): void {
    const key = `${this.worlds.indexOf(world)} ${machine.name}-${generation}`;
    if (begins && before.has(`${key} ${attempt - 1}`)) totals.answered += 1;
    // The same note, before and after: nothing has come between by which the server may have forgotten it.
    const note = before.get(`${key} ${attempt}`);
    if (begins || note === undefined || note !== this.#answered.get(`${key} ${attempt}`)) return;
    this.#break(`${key}: attempt ${attempt} goes on, though its answers were sent`);
  }

  #lookAtBarred(why: NonNullable<ReturnType<typeof barred>>, got: string): void {
    if (why === 'conflict') totals.conflicts += 1;
    if (why === 'alike' || why === 'renamed') totals[why] += 1;
    if (got === 'install') this.#break(`an installation of what is ${why}`);
  }

  /** Of all tokens that were ever given, one for each machine opens something, and none of what is over. */
  #lookAtTokens(fresh: World): void {
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
  }

  /** A machine that is installed, or has failed, boots its disk, whatever it asks. */
  async #lookAtRest(fresh: World): Promise<void> {
    this.#trouble = { ...this.#trouble, writes: 0 };
    for (const facts of identities) {
      const phase = this.#restingPhase(fresh, facts);
      for (const question of phase === undefined ? [] : questions) {
        const { decision } = await fresh.lifecycle.ask(facts, client(), question);
        const wanted = question.about === 'answers' ? 'refuse' : 'disk';
        if (decision.kind !== wanted) this.#break(`what is ${phase} gets ${decision.kind} for ${question.about}`);
      }
    }
  }

  /** HEAD changes nothing. */
  async #lookOnly(fresh: World): Promise<void> {
    const versions = () => this.#installations().map(({ name, version }) => `${name} ${version}`);
    const before = versions();
    await Promise.all(identities.map((facts) => fresh.lifecycle.look(facts, client(), boot)));
    if (versions().join() !== before.join()) this.#break('a look has changed something');
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
function barred({ store }: World, facts: SaidFacts): 'unknown' | 'conflict' | 'alike' | 'renamed' | undefined {
  const isAccepted = facts.product === 'unknown' && facts.mac !== null ? undefined : 'unknown';
  const all = [...store.all('Machine')];
  const meant = all.filter(({ spec: { macs, uuid, serial } }) => {
    const same = [
      facts.mac !== null && macs.length > 0 ? macs.includes(facts.mac) : undefined,
      facts.uuid !== null && uuid !== null ? facts.uuid === uuid : undefined,
      facts.serial !== null && serial !== null ? facts.serial === serial : undefined,
    ];
    return same.includes(true) && !same.includes(false);
  });
  const claimed = meant.filter((one) => !isUnclaimed(one));
  const fitting = claimed.length > 0 ? claimed : meant;
  const [only] = fitting;
  const isUnknown = only === undefined || (fitting.length === 1 && isUnclaimed(only));
  const known = [
    ...all.filter((one) => !isUnclaimed(one)).map(({ spec }) => spec),
    ...store.remains.flatMap(({ identities }) => identities),
  ];
  if (isUnknown && known.some((one) => isAlike(one, { ...facts, macs: facts.mac === null ? [] : [facts.mac] }))) {
    return 'alike';
  }
  if (only === undefined) return isAccepted;
  const claims = all.filter((one) => one === only || !isUnclaimed(one));
  const rivals = claims.filter(({ spec }) => spec.macs.some((mac) => only.spec.macs.includes(mac)));
  if (fitting.length > 1 || rivals.length > 1) return 'conflict';
  if (isUnknown) return isAccepted;
  const { name, spec } = only;
  const isBegun = store.get('Installation', `${name}-${spec.install.generation}`) !== undefined;
  const former = store.remains.filter((one) => one.identities.some((identity) => isAlike(identity, spec)));
  const isRenamed = former.some((one) => one.name !== name && one.generation >= spec.install.generation);
  return isRenamed && !isBegun ? 'renamed' : undefined;
}

function isUnclaimed({ spec, status }: Stored<'Machine'>): boolean {
  return status.discovered && spec.bootProfile === null && spec.install.generation === 0 && status.generation === 0;
}

/** Whether of Machines that cannot be told apart one was only discovered, and another was not. */
function isInTheWay(conflict: readonly string[], { store }: World): boolean {
  const all = conflict.flatMap((name) => store.get('Machine', name) ?? []);
  // What a document of a person is named as is his, whatever was discovered under the name before.
  const left = all.filter((one) => isUnclaimed(one) && !names.some((name) => name === one.name));
  return left.length > 0 && all.some((one) => !isUnclaimed(one));
}

/** Whether two have anything in common. */
function isAlike(a: Identities, b: Identities): boolean {
  const isSame = (one: string | null, other: string | null) => one !== null && one === other;
  return a.macs.some((mac) => b.macs.includes(mac)) || isSame(a.uuid, b.uuid) || isSame(a.serial, b.serial);
}

/** Some of them share an address, as behind a router. */
function addressOf(who: number): string {
  return `192.168.88.${Math.max(who, 5)}`;
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
    { numRuns: 150, includeErrorInReport: true },
  );
  t.comment(JSON.stringify(totals));
  for (const [what, many] of Object.entries(totals)) t.ok(many > 5, `${what}: ${many}`);
});
