import { asSerabutError, SerabutError } from '../errors.js';
import { Turns } from '../http/turns.js';
import { Queues } from '../queues.js';
import type { Store, Stored } from '../resources/store.js';
import { AskNotes } from './ask-notes.js';
import { AttemptWriter } from './attempt-writer.js';
import { isOverdue, mayBeDone } from './attempts.js';
import { decide, type View } from './decide.js';
import { Discovery } from './discovery.js';
import { DiskBoots } from './disk-boots.js';
import { findProfile } from './due.js';
import { inTime } from './in-time.js';
import type { Answer, Attempt, Client, Decision, MachineSettings, Question, SaidFacts } from './outcome.js';
import { again, type Present, Records } from './records.js';
import type { Roster } from './roster.js';
import type { Who } from './sightings.js';
import { hashToken, isGrantedTo, isTokenOf } from './tokens.js';
import type { MenuOption } from './unknown.js';
import { Upkeep } from './upkeep.js';
import { Watch } from './watch.js';

export interface LifecycleDeps {
  readonly store: Store;
  readonly roster: Roster;
  readonly settings: MachineSettings;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock that nobody sets; the process's own when left out. */
  readonly steady?: (() => number) | undefined;
  readonly newToken: () => string;
  /** What can be booted by a machine of which nothing is known. */
  readonly menu: () => Promise<readonly MenuOption[]>;
  /** Never given a token. */
  readonly log: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** How long a machine waits for the store before it is told to ask again, in milliseconds; ten seconds by default. */
  readonly answerMs?: number | undefined;
}

/** What a token opens. */
export type Opened = Attempt & { readonly installation: Stored<'Installation'> };

/** After how many seconds a machine asks again when the server could not do what it had decided. */
const waitSeconds = 10;

/** Decisions written at once. Each takes several writes: of a whole site that asks at once none would be done before all. */
const writtenAtOnce = 32;

/** The life of machines: decides what each shall do, and keeps what follows from that in the store. */
export class Lifecycle {
  /** Machines and Installations for people to look at, with what is not written yet. */
  readonly present: Present;
  readonly #records: Records;
  readonly #queues = new Queues();
  readonly #turns = new Turns(writtenAtOnce);
  /** What machines said that were told to ask again, and wait for no answer any more. */
  readonly #late = new WeakSet<SaidFacts>();
  readonly #disks = new DiskBoots();
  readonly #writer: AttemptWriter;
  readonly #discovery: Discovery;
  readonly #upkeep: Upkeep;
  readonly #watch: Watch;
  readonly #asked: AskNotes;

  constructor(private readonly deps: LifecycleDeps) {
    this.#records = new Records(deps.store, deps.roster, deps.now, deps.steady ?? (() => performance.now()));
    this.present = this.#records.present;
    this.#watch = new Watch(this.#records);
    this.#writer = new AttemptWriter(this.#records, deps.newToken);
    this.#discovery = new Discovery(this.#records, this.#queues, deps);
    this.#upkeep = new Upkeep(this.#records, this.#queues, this.#disks, this.#writer, deps);
    this.#asked = new AskNotes(this.#records, this.#upkeep, this.#disks, deps);
  }

  /** Calls the listener with the name of a machine of which something was seen that is not written yet. */
  readonly onSign = (listener: (machine: string) => void): void => this.#records.signs.onChange(listener);

  /** Decides, and makes durable what follows. When that cannot be done in time, the answer is to wait. Never throws. */
  async ask(said: SaidFacts, client: Client, question: Question): Promise<Answer> {
    const { answerMs = 10_000 } = this.deps;
    const asking = { ...said };
    try {
      return await inTime(this.#ask(asking, client, question), answerMs);
    } catch (error) {
      this.#late.add(asking);
      const { code, message } = asSerabutError(error);
      this.deps.log('a machine has to wait', { code, problem: message });
      const reason = `The server cannot keep what it would do (${code}): ask again.`;
      if (question.about === 'answers') return { decision: { kind: 'refuse', reason } };
      return { decision: { kind: 'wait', seconds: waitSeconds, reason } };
    }
  }

  /** What it would be told, with nothing kept and nothing begun: HEAD changes nothing (RFC 9110 §9.2.1). */
  look(said: SaidFacts, client: Client, question: Question): Promise<Decision> {
    return this.#decide(said, client, question);
  }

  async #ask(said: SaidFacts, client: Client, question: Question): Promise<Answer> {
    let decision = await this.#decide(said, client, question);
    if (question.about === 'boot' && (await this.#discovery.met(said, client, decision))) {
      decision = await this.#decide(said, client, question);
    }
    const answer = changes(decision) ? await this.#carryOut(said, client, question, decision) : { decision };
    const asker = this.#asked.note({ said, client, question, decision: answer.decision });
    return asker === undefined ? answer : { ...answer, asker };
  }

  async #decide(said: SaidFacts, client: Client, question: Question): Promise<Decision> {
    const { roster, store, settings } = this.deps;
    const found = roster.find(said);
    const isKnown = found.kind === 'one' && !found.machine.status.discovered;
    const menu = question.about !== 'boot' || isKnown ? [] : await this.deps.menu();
    const view: View = {
      settings,
      snapshot: store.snapshot,
      menu,
      doubt: this.#records.doubt,
      find: (other) => (other === said ? found : roster.find(other)),
      claimants: (machine) => roster.claimants(machine),
      traces: (machine) => roster.tracesOf(machine),
      installation: (name) => this.#records.timed(name),
      sentToDisk: (machine) => this.#disks.of(machine),
    };
    return decide(said, client, question, view, this.#records.now());
  }

  /** Decides again when it is this machine's turn, and writes; and again, when somebody else was faster. */
  #carryOut(said: SaidFacts, client: Client, question: Question, { machine = '' }: Decision): Promise<Answer> {
    const write = async (): Promise<Answer> => {
      const decision = await this.#decide(said, client, question);
      // A token for nobody would only keep others waiting; an attempt that is begun is so much the sooner given out.
      const isIdle = this.#late.has(said) && decision.kind === 'install' && !decision.attempt.begins;
      const token = changes(decision) && !isIdle ? await this.#writer.carryOut(decision, client) : undefined;
      return token === undefined ? { decision } : { decision, token };
    };
    return this.#queues.run(machine, () => this.#turns.run(() => again(write)));
  }

  /** What a token opens for this client now. Throws SERABUT_ERR_TOKEN, with no more said, when that is nothing. */
  open(token: string, client: Client): Opened {
    const { now, store } = this.deps;
    const installation = this.#ofToken(token, client);
    const { spec } = installation;
    const machine = this.#machineOf(installation);
    const timed = this.#records.timed(installation.name);
    if (timed?.status.phase !== 'Installing' || isOverdue(timed.status, spec, now())) throw closed();
    const profile = findProfile(store.snapshot, spec.bootProfile);
    if (typeof profile === 'string') throw new SerabutError('SERABUT_ERR_PROFILE_NOT_FOUND', profile);
    this.#watch.used(installation, client.address);
    const { generation } = spec;
    return { machine, profile, generation, attempt: installation.status.attempt, begins: false, installation };
  }

  /** The Machine of an Installation that is its last one. */
  #machineOf({ name, spec }: Stored<'Installation'>): Stored<'Machine'> {
    const machine = this.deps.store.get('Machine', spec.machine);
    if (machine?.status.installation !== name) throw closed();
    return machine;
  }

  #ofToken(token: string, client: Client): Stored<'Installation'> {
    const stored = this.deps.roster.byTokenHash(hashToken(token));
    if (stored === undefined || !isTokenOf(token, stored.status.tokenHash) || !isGrantedTo(stored, client)) {
      throw closed();
    }
    return this.#records.installation(stored.name) ?? stored;
  }

  /**
   * A report of the installer; durable when it resolves. The same report sent again is well too. Throws SERABUT_ERR_TOKEN
   * when the token opens nothing, and SERABUT_ERR_STORE when it cannot be written now.
   */
  async report(token: string, client: Client, kind: 'progress' | 'done' | 'failed', text: string): Promise<void> {
    const { spec } = this.#ofToken(token, client);
    const present = (): Stored<'Installation'> | undefined => {
      const installation = this.#ofToken(token, client);
      if (this.#writer.isKnown(installation, kind)) return undefined;
      if (kind === 'done' && mayBeDone(installation.status)) this.#machineOf(installation);
      else this.open(token, client);
      return installation;
    };
    // A machine whose end is lost counts as one that failed.
    const urgency = kind === 'progress' ? 'ordinary' : 'urgent';
    await this.#queues.run(spec.machine, () => this.#writer.report(present, kind, text), urgency);
  }

  /** A sign of life of this Machine, or of whoever has this MAC address or network address. Never throws; kept sooner or later. */
  saw(who: Who, stage: string, message: string, bytes?: number): void {
    this.#watch.saw(who, stage, message, bytes);
  }

  /** Whether the machine at an address is being installed now. */
  isInstalling(address: string): boolean {
    return this.#watch.machinesAt(address).length > 0;
  }

  /** Ends attempts whose time is over, and writes what waits to be written; to be called every few seconds. */
  tick(): Promise<void> {
    return this.#upkeep.tick();
  }

  /** Writes what waits to be written. */
  close(): Promise<void> {
    return this.#upkeep.close();
  }
}

/** Whether something has to be durable before it is answered. */
function changes(decision: Decision): boolean {
  return decision.kind === 'install' || decision.ends !== undefined;
}

function closed(): SerabutError {
  return new SerabutError('SERABUT_ERR_TOKEN', 'this address opens nothing for you now');
}
