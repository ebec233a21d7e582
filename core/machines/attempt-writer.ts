import { SerabutError } from '../errors.js';
import { type InstallationSpec, type InstallationStatus, installationName } from '../resources/installation.js';
import type { Stored } from '../resources/store.js';
import {
  begun,
  done,
  ended,
  ends as endings,
  type Grant,
  newInstallation,
  offeredAgain,
  progressed,
} from './attempts.js';
import { isOpen } from './due.js';
import { asLine } from './instant.js';
import type { Attempt, Client, Decision, Ended } from './outcome.js';
import { again, type Records } from './records.js';
import { hashToken } from './tokens.js';

type Installation = Stored<'Installation'>;

/** Makes durable what is decided about attempts, in such an order that it may be cut off anywhere. */
export class AttemptWriter {
  constructor(
    private readonly records: Records,
    private readonly newToken: () => string,
  ) {}

  /**
   * Carries out a decision; what it does not find as it was decided about throws SERABUT_ERR_CONFLICT. Returns the token
   * of an attempt.
   */
  async carryOut(decision: Decision, client: Client): Promise<string | undefined> {
    const { now } = this.records;
    const { ends } = decision;
    if (decision.kind !== 'install') {
      if (ends !== undefined) await this.#end(ends);
      return undefined;
    }
    const { attempt } = decision;
    const name = installationName(attempt.machine.name, attempt.generation);
    // What was asked for before is over for good, and its token opens nothing, before the next can begin.
    for (const other of this.records.roster.installations(attempt.machine.name)) {
      if (other.name !== name && isOpen(other)) {
        await this.end(other, { ...endings.superseded(attempt.generation), isFinal: true });
      }
    }
    const installation = await this.#prepare(attempt, name, grantOf('', client).client.mac);
    requireAsDecided(installation, decision);
    const token = this.newToken();
    const grant = grantOf(token, client);
    await this.records.writeInstallation(installation, (status) => {
      if (!attempt.begins) return offeredAgain(status, grant, now());
      const over = ends?.installation === name ? ended(status, installation.spec, ends, now()) : status;
      return begun(over, grant, now());
    });
    if (attempt.begins) this.#tellBegin(attempt, ends);
    return token;
  }

  /** Takes up the generation for this Installation, step by step; what it is cut off at is taken up again. */
  async #prepare(
    { machine: known, profile, generation }: Attempt,
    name: string,
    mac: string | null,
  ): Promise<Installation> {
    const machine = boundTo(known, mac);
    const { store } = this.records;
    const present = store.get('Installation', name);
    if (present !== undefined) {
      await this.#raise(machine, generation, name);
      return present;
    }
    // A server that has not heard yet that the Installation was made, and deleted, is stopped here.
    const installedGeneration = this.#onDisk(machine);
    const claimed = await store.writeStatus(machine, { ...machine.status, installation: name, installedGeneration });
    const { attempts, deadlineMinutes, stalledMinutes } = machine.spec.install;
    const budget = { attempts, deadlineMinutes, stalledMinutes };
    const spec: InstallationSpec = { machine: machine.name, bootProfile: profile.name, generation, ...budget };
    // It is there before the generation is raised, and the generation is raised before a token is given out: so none is
    // lost, and none begins twice.
    const made = await store.create('Installation', name, spec, newInstallation);
    await this.#raise(claimed, generation, name);
    return made;
  }

  /** Of an Installation that ended well the Machine may not have been told; soon it looks at the next one alone. */
  #onDisk({ name, status }: Stored<'Machine'>): number {
    const installed = this.records.roster.installations(name).filter(({ status }) => status.phase === 'Installed');
    return Math.max(status.installedGeneration, ...installed.map(({ spec }) => spec.generation));
  }

  async #raise(machine: Stored<'Machine'>, generation: number, installation: string): Promise<void> {
    const { status } = machine;
    if (status.generation >= generation && status.installation === installation) return;
    const raised = { ...status, generation: Math.max(generation, status.generation), installation };
    await this.records.store.writeStatus(machine, { ...raised, phase: 'Installing' });
  }

  async #end(ends: Ended): Promise<void> {
    const installation = this.records.store.get('Installation', ends.installation);
    if (!isOpen(installation)) throw new SerabutError('SERABUT_ERR_CONFLICT', `${ends.installation} is over`);
    await this.end(installation, ends);
  }

  /** Ends an attempt that is as it was given. */
  async end(installation: Installation, end: Omit<Ended, 'installation'>): Promise<void> {
    const { now, signs, store } = this.records;
    const { machine } = installation.spec;
    const { status } = await this.records.writeInstallation(installation, (status) =>
      ended(status, installation.spec, end, now()),
    );
    signs.happened(machine, 'AttemptFailed', `${end.reason}: ${end.message}`, now());
    const reason = status.phase === 'Failed' ? 'InstallationFailed' : 'AttemptFailed';
    store.tell('Machine', machine, { type: 'Warning', reason, message: `${end.reason}: ${end.message}` });
  }

  #tellBegin({ machine, attempt, generation }: Attempt, ends: Ended | undefined): void {
    const { now, signs, store } = this.records;
    const message = `Attempt ${attempt} to install generation ${generation} began.`;
    const why = ends === undefined ? '' : ` Before: ${ends.message}`;
    signs.happened(machine.name, 'AttemptBegan', `${message}${why}`, now());
    store.tell('Machine', machine.name, { type: 'Normal', reason: 'AttemptBegan', message: `${message}${why}` });
  }

  /** Whether a report has been made durable before: the answer to it may have been lost. */
  isKnown({ status }: Installation, kind: 'progress' | 'done' | 'failed'): boolean {
    if (kind === 'done') return status.phase === 'Installed';
    return kind === 'failed' && (status.phase === 'Pending' || status.phase === 'Failed');
  }

  /** Writes a report of an installer. `find` gives the Installation as it is, or throws; undefined when all is done. */
  async report(
    find: () => Installation | undefined,
    kind: 'progress' | 'done' | 'failed',
    text: string,
  ): Promise<void> {
    const { now, signs, store } = this.records;
    const machine = await again(async () => {
      const found = find();
      if (found === undefined) return undefined;
      const stored = store.get('Installation', found.name) ?? found;
      if (kind === 'failed') await this.end(stored, { ...reported(text), isFinal: false });
      else await this.records.writeInstallation(stored, (status) => reportedStatus(status, kind, text, now()));
      return found.spec.machine;
    });
    if (machine === undefined) return;
    if (kind === 'progress') signs.happened(machine, 'Progress', text.trim() || 'The installer reports.', now());
    if (kind === 'done') {
      signs.happened(machine, 'Installed', text || 'The installer is done.', now());
      store.tell('Machine', machine, { type: 'Normal', reason: 'Installed', message: 'The installer is done.' });
    }
    // What the Installation says counts; that the Machine says so too may come later.
    if (kind !== 'progress') await this.records.writeMachine(machine).catch(() => {});
  }
}

/** What another server wrote may have come between the decision and its turn. */
function requireAsDecided(
  { name, status }: Installation,
  { attempt, ends }: Extract<Decision, { kind: 'install' }>,
): void {
  const isNext = attempt.begins && ends?.installation !== name;
  const isSame = status.phase === (isNext ? 'Pending' : 'Installing');
  if (isSame && status.attempt === attempt.attempt - (attempt.begins ? 1 : 0)) return;
  throw new SerabutError('SERABUT_ERR_CONFLICT', `${name} is not what was decided about`);
}

/** A Machine without MAC addresses is from now on the one whose installation begins. */
function boundTo(machine: Stored<'Machine'>, mac: string | null): Stored<'Machine'> {
  const { spec, status } = machine;
  if (spec.macs.length > 0 || mac === null || status.facts.mac !== null) return machine;
  return { ...machine, status: { ...status, facts: { ...status.facts, mac } } };
}

function reportedStatus(status: InstallationStatus, kind: 'progress' | 'done', text: string, now: number) {
  return kind === 'done' ? done(status, now) : progressed(status, text, now);
}

function reported(text: string) {
  return { reason: 'Reported', message: asLine(text, 512) || 'The installer said that it has failed.' };
}

function grantOf(token: string, { address, neighbour }: Client): Grant {
  const mac = neighbour === 'local' ? null : neighbour;
  return { tokenHash: hashToken(token), client: { address, mac } };
}
