import { asSerabutError } from '../errors.js';
import { forEachAtOnce } from '../for-each-at-once.js';
import type { Queues } from '../queues.js';
import { type ConditionNow, withCondition } from '../resources/condition.js';
import type { InstallationStatus } from '../resources/installation.js';
import type { Stored } from '../resources/store.js';
import type { AttemptWriter } from './attempt-writer.js';
import { ends, is, isOverdue, isSilent, isTrue, not, stalled } from './attempts.js';
import { diagnose } from './diagnose.js';
import type { DiskBoots } from './disk-boots.js';
import { inTime } from './in-time.js';
import { instantOf } from './instant.js';
import type { LifecycleDeps } from './lifecycle.js';
import type { Client, DiskMethod } from './outcome.js';
import type { Records } from './records.js';
import { withPending } from './signs.js';

/** How long what may be lost waits to be written, in milliseconds. */
const writeAfter = 30_000;

/** How many machines are written at once. */
const atOnce = 16;

/**
 * Of how many machines what may be lost is written in one round. After a power failure all machines ask within minutes:
 * their answers, and an API server, have more to do than to keep when each was last seen.
 */
const newsInRound = 100;

/** The same where there is no news but that the machine asked again. */
const sameInRound = 20;

/** How many Installations of a machine are kept. */
const installationsKept = 5;

/** What is done beside the answers: ends what is over, writes what may wait, and keeps what machines are up to date. */
export class Upkeep {
  /** Machines that have changed since their standing was last worked out. */
  readonly #changed: Set<string>;
  #running: Promise<void> | undefined;

  constructor(
    private readonly records: Records,
    private readonly queues: Queues,
    private readonly disks: DiskBoots,
    private readonly writer: AttemptWriter,
    private readonly deps: Pick<LifecycleDeps, 'log' | 'answerMs'>,
  ) {
    this.#changed = new Set([...records.store.all('Machine')].map(({ name }) => name));
    records.roster.onMachine((machine) => {
      for (const one of [machine, ...records.conflicts.with(machine)]) this.#changed.add(one);
    });
  }

  /** That nobody can tell a machine from others, or by an empty list that it can be told again. */
  conflict(machine: string, among: readonly string[]): void {
    const rivals = among.filter((other) => other !== machine);
    if (this.records.conflicts.set(machine, rivals)) this.#changed.add(machine);
  }

  /** Somebody else asked in a machine's name. */
  refused(machine: string, why: string): void {
    if (!this.records.signs.happened(machine, 'Refused', why, this.records.now())) return;
    this.records.store.tell('Machine', machine, { type: 'Warning', reason: 'Refused', message: why });
  }

  /** Somebody asked who may be this machine, and may be another. */
  resembled(machine: string, { address }: Client, why: string): void {
    const message = `${address} was sent to its disk. ${why}`;
    if (!this.records.signs.happened(machine, 'Resembled', message, this.records.now())) return;
    this.records.store.tell('Machine', machine, { type: 'Warning', reason: 'Resembled', message });
  }

  /** A machine is sent to its disk. */
  sentToDisk(machine: string, method: DiskMethod): void {
    if (!this.disks.send(machine, method, this.records.now())) return;
    this.records.signs.happened(machine, 'CameBack', 'It came straight back from its disk.', this.records.now());
    const condition = not('BootedFromDisk', 'CameBack', 'It came straight back.');
    if (this.#unmarked(machine, condition) === undefined) return;
    void this.#try(machine, () => this.#markBooted(machine, condition));
  }

  /** One round; a call while one goes on waits for that one. */
  tick(): Promise<void> {
    this.#running ??= this.#round(writeAfter).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async close(): Promise<void> {
    const all = async () => {
      await this.#running;
      await this.queues.idle();
      await this.#round(0);
    };
    await inTime(all(), this.deps.answerMs ?? 10_000).catch(() => {});
  }

  /** Writes what has waited for so many milliseconds. */
  async #round(ms: number): Promise<void> {
    const { signs, store, roster, now } = this.records;
    await forEachAtOnce(this.disks.takeArrived(now()), (arrived) => this.#arrived(...arrived), atOnce);
    if (store.isActing) await forEachAtOnce(roster.running(), (name) => this.#watch(name), atOnce);
    const { news, same } = signs.pendingFor(ms, now());
    const pending = ms === 0 ? [...news, ...same] : [...news.slice(0, newsInRound), ...same.slice(0, sameInRound)];
    await forEachAtOnce(pending, (machine) => this.#try(machine, () => this.records.writeMachine(machine)), atOnce);
    if (!store.isActing) return;
    const machines = [...this.#changed];
    this.#changed.clear();
    await forEachAtOnce(machines, (machine) => this.#settle(machine), atOnce);
  }

  /** It was sent to its disk and has not asked again: so it went. */
  #arrived(machine: string, method: DiskMethod): Promise<void> {
    return this.#try(machine, async () => {
      await this.#markBooted(
        machine,
        is('BootedFromDisk', 'StayedAway', 'It was sent to its disk and did not come back.'),
      );
      if (this.records.store.get('Machine', machine)?.spec.bootFromDisk !== 'auto') return;
      await this.records.writeMachine(machine, (status) => ({ ...status, diskMethod: method }), 'standing');
    });
  }

  /** Says of the Installation that a machine has on its disk how the boot from there went. */
  async #markBooted(machine: string, condition: ConditionNow): Promise<void> {
    const installation = this.#unmarked(machine, condition);
    if (installation === undefined) return;
    await this.records.writeInstallation(installation, (status) => ({
      ...status,
      conditions: withCondition(status.conditions, condition, instantOf(this.records.now())),
    }));
  }

  /** The Installation that a machine has on its disk, unless it says so already. */
  #unmarked(machine: string, condition: ConditionNow): Stored<'Installation'> | undefined {
    const { store } = this.records;
    const name = store.get('Machine', machine)?.status.installation ?? null;
    const installation = name === null ? undefined : store.get('Installation', name);
    return installation?.status.phase !== 'Installed' || hasSaid(installation, condition) ? undefined : installation;
  }

  /** Ends an attempt that has taken all of its time, and says so of one of which nothing is heard. */
  async #watch(name: string): Promise<void> {
    const { now } = this.records;
    const isDue = (): Stored<'Installation'> | undefined => {
      const found = this.records.timed(name);
      if (found === undefined) return undefined;
      const { status, spec } = found;
      const isQuiet = isSilent(status, spec, now()) && !isTrue(status, 'Stalled');
      return isOverdue(status, spec, now()) || isQuiet ? found : undefined;
    };
    const machine = isDue()?.spec.machine;
    if (machine === undefined) return;
    await this.#try(machine, async () => {
      const timed = isDue();
      const stored = this.records.store.get('Installation', name);
      if (timed === undefined || stored === undefined) return;
      const { status, spec } = stored;
      if (isOverdue(timed.status, spec, now())) {
        await this.writer.end(stored, { ...ends.overdue(spec.deadlineMinutes), isFinal: false });
      } else {
        const message = `Nothing was heard of the machine for ${spec.stalledMinutes} minutes.`;
        const why = `${message} ${this.#diagnosis(machine, status)}`;
        await this.records.writeInstallation(stored, (present) => stalled(present, why, now()));
        this.records.signs.happened(machine, 'Stalled', message, now());
        this.records.store.tell('Machine', machine, { type: 'Warning', reason: 'Stalled', message: why });
      }
    });
  }

  /** Where it is stuck, by all that was seen of it. */
  #diagnosis(name: string, installation: InstallationStatus): string {
    const { store, signs, now } = this.records;
    const machine = store.get('Machine', name);
    if (machine === undefined) return '';
    return diagnose(withPending(machine.status, signs.of(name)).timeline, installation, now());
  }

  /** Brings the status of a machine up to date with what is known, and forgets its oldest Installations. */
  #settle(machine: string): Promise<void> {
    return this.#try(machine, async () => {
      const { store, roster } = this.records;
      const before = store.get('Machine', machine);
      await this.records.writeMachine(machine, undefined, 'standing');
      const known = store.get('Machine', machine);
      if (known !== undefined) await this.#replace(known);
      this.#tellConflict(before, known);
      const others = roster.installations(machine).filter(({ name }) => name !== known?.status.installation);
      others.sort((a, b) => b.spec.generation - a.spec.generation);
      // Of a Machine that is gone for good the newest stays: it shows that its computer is not one that nobody knows.
      const isGone = known === undefined && store.remains.every(({ name }) => name !== machine);
      for (const old of others.slice(isGone ? 1 : installationsKept - 1)) await store.remove(old);
    });
  }

  #tellConflict(before: Stored<'Machine'> | undefined, now: Stored<'Machine'> | undefined): void {
    const conflictOf = (machine: typeof now) => machine?.status.conditions.find(({ type }) => type === 'Conflict');
    const [was, is] = [conflictOf(before), conflictOf(now)];
    if (now === undefined || is === undefined || (was?.status === is.status && was.message === is.message)) return;
    const [type, reason] =
      is.status === 'True' ? (['Warning', 'Conflict'] as const) : (['Normal', 'NoConflict'] as const);
    this.records.store.tell('Machine', now.name, { type, reason, message: is.message });
  }

  /** Takes discovered Machines away in whose place somebody has made this one. */
  async #replace(machine: Stored<'Machine'>): Promise<void> {
    const { store, roster, signs } = this.records;
    for (const discovered of roster.replacedBy(machine)) {
      try {
        await store.remove(discovered);
      } catch (error) {
        // A document that says nothing but who it is of is a person's.
        if (asSerabutError(error).code === 'SERABUT_ERR_READ_ONLY') continue;
        throw error;
      }
      signs.forget(discovered.name);
      const message = `It takes the place of ${discovered.name}, which was discovered.`;
      store.tell('Machine', machine.name, { type: 'Normal', reason: 'Replaced', message });
    }
  }

  /** Does something when it is the machine's turn. What fails is done again in a later round. */
  async #try(machine: string, job: () => Promise<void>): Promise<void> {
    try {
      await this.queues.run(machine, job);
    } catch (error) {
      const { code, message } = asSerabutError(error);
      this.deps.log('the state of a machine could not be written', { machine, code, problem: message });
      this.#changed.add(machine);
    }
  }
}

function hasSaid({ status }: Stored<'Installation'>, { type, reason }: ConditionNow): boolean {
  return status.conditions.some((condition) => condition.type === type && condition.reason === reason);
}
