import { isDeepStrictEqual } from 'node:util';
import { asSerabutError } from '../errors.js';
import type { InstallationStatus } from '../resources/installation.js';
import type { MachineStatus } from '../resources/machine.js';
import type { ObjectKind, Store, Stored } from '../resources/store.js';
import { ClockSteps } from './clock-steps.js';
import { Conflicts } from './conflicts.js';
import { instantOf } from './instant.js';
import type { Roster } from './roster.js';
import { Signs, withPending } from './signs.js';
import { standing } from './standing.js';

/** How often something is done anew because somebody else was faster. */
const mostTries = 5;

/** What of a store people look at machines by. */
export type Present = Pick<Store, 'get' | 'all' | 'snapshot'>;

/** The statuses of machines and their Installations, with all that is not written yet; and how they are written. */
export class Records {
  readonly signs = new Signs();
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly #steps: ClockSteps;
  readonly conflicts: Conflicts;

  constructor(
    readonly store: Store,
    readonly roster: Roster,
    now: () => number,
    /** Milliseconds of a clock that nobody sets. */
    steady: () => number,
  ) {
    this.conflicts = new Conflicts(store);
    this.#steps = new ClockSteps(now, steady);
    // Nothing is written down as of a time that the clock was set to, and nobody knows.
    this.now = () => this.#steps.look();
  }

  /** The first document that cannot be used; while there is one, a machine that is not known may be the one it is of. */
  get doubt(): string | undefined {
    const [error] = [...this.store.errors, ...this.store.snapshot.errors];
    return error === undefined ? undefined : (error.where ?? error.message);
  }

  /** An Installation as it is now. */
  installation(name: string): Stored<'Installation'> | undefined {
    const stored = this.store.get('Installation', name);
    return stored === undefined ? undefined : this.signs.merged(stored);
  }

  /** A Machine as it is now. */
  machine(name: string): Stored<'Machine'> | undefined {
    const stored = this.store.get('Machine', name);
    const pending = this.signs.of(name);
    if (stored === undefined || pending === undefined) return stored;
    return { ...stored, status: withPending(stored.status, pending) };
  }

  /** What is asked for by name as it is now, all of them as they were written. */
  get present(): Present {
    const { store } = this;
    const get = (kind: ObjectKind, name: string) => (kind === 'Machine' ? this.machine(name) : this.installation(name));
    return {
      get: get as Store['get'],
      all: (kind) => store.all(kind),
      get snapshot() {
        return store.snapshot;
      },
    };
  }

  /** The same for saying whether its time is over, and never to be written: by a clock that was set forward none has gone by. */
  timed(name: string): Stored<'Installation'> | undefined {
    const found = this.installation(name);
    if (found === undefined) return undefined;
    const later = (time: string | null) => {
      const step = time === null ? 0 : this.#steps.after(Date.parse(time));
      return time === null || step === 0 ? time : instantOf(Date.parse(time) + step);
    };
    const { attemptStarted, lastHeard } = found.status;
    return {
      ...found,
      status: { ...found.status, attemptStarted: later(attemptStarted), lastHeard: later(lastHeard) },
    };
  }

  /** Writes an Installation that is as it was given; throws SERABUT_ERR_CONFLICT when it is not any more. */
  async writeInstallation(
    installation: Stored<'Installation'>,
    change: (status: InstallationStatus) => InstallationStatus,
  ): Promise<Stored<'Installation'>> {
    const merged = this.signs.merged(installation).status;
    return this.store.writeStatus(installation, change(merged));
  }

  /**
   * Writes a change of a machine's status and its standing, with what is pending. `standing` leaves what is pending for
   * later when there is nothing else to write.
   */
  async writeMachine(
    name: string,
    change: (status: MachineStatus) => MachineStatus = same,
    why: 'pending' | 'standing' = 'pending',
  ): Promise<void> {
    await again(async () => {
      const machine = this.store.get('Machine', name);
      if (machine === undefined) return this.signs.forget(name);
      const settled = this.#standing(machine, change(machine.status));
      if (why === 'standing' && isDeepStrictEqual(settled, machine.status)) return;
      const pending = this.signs.of(name);
      await this.#writeHeard(machine);
      const status = withPending(this.#standing(machine, change(machine.status)), pending);
      if (!isDeepStrictEqual(status, machine.status)) await this.store.writeStatus(machine, status);
      if (pending !== undefined) this.signs.written(name, pending, this.now());
    });
  }

  async #writeHeard({ name }: Stored<'Machine'>): Promise<void> {
    const heard = this.signs.of(name)?.heard;
    const stored = heard === undefined ? undefined : this.store.get('Installation', heard.installation);
    if (stored === undefined) return;
    const { status } = this.signs.merged(stored);
    if (status !== stored.status) await this.store.writeStatus(stored, status);
  }

  #standing(machine: Stored<'Machine'>, status: MachineStatus): MachineStatus {
    const { installation } = status;
    const rivals = [...new Set([...this.roster.claimants(machine), ...this.conflicts.of(machine.name)])];
    const circumstances = {
      installation: installation === null ? undefined : this.installation(installation),
      rivals: rivals.filter((rival) => this.store.get('Machine', rival) !== undefined),
    };
    return standing({ spec: machine.spec, status }, circumstances, this.now());
  }
}

function same<T>(value: T): T {
  return value;
}

/** Does something anew, with what is known by then, when somebody else was faster; bounded. */
export async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (asSerabutError(error).code !== 'SERABUT_ERR_CONFLICT' || tries >= mostTries) throw error;
    }
  }
}
