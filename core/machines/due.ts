import { installationName } from '../resources/installation.js';
import type { Snapshot } from '../resources/snapshot.js';
import type { Stored } from '../resources/store.js';
import { ends, isOverdue, isSilent, isTrue } from './attempts.js';
import type { Attempt, AttemptEnd, Ended, Profile } from './outcome.js';
import type { Trace } from './traces.js';

type Machine = Stored<'Machine'>;
type Installation = Stored<'Installation'>;

/** What has to be known to say what is due for a machine. */
export interface DueView {
  /** As it is now, with all that was heard and is not written yet. */
  installation(name: string): Installation | undefined;
  /** What is left of other Machines, not there any more, that were the same computer. */
  traces(machine: Machine): readonly Trace[];
  readonly snapshot: Pick<Snapshot, 'get'>;
}

/** What is due for a known machine that asks for a boot script: an attempt to install it, or nothing, and why. */
export interface Due {
  readonly reason: string;
  readonly attempt?: Attempt;
  readonly ends?: Ended;
}

/**
 * Says what is due. Only a generation that is higher than all before begins an Installation, and each is begun once: one
 * that somebody deleted is not begun again. Pure.
 */
export function due(machine: Machine, view: DueView, now: number): Due {
  const { install, bootProfile } = machine.spec;
  const { generation: begun, installation: last } = machine.status;
  const before = last === null ? undefined : view.installation(last);
  if (install.generation < begun || bootProfile === null) return withdrawn(machine, before);
  if (install.generation === 0) return nothing('No installation was asked for (spec.install.generation is 0).');
  const present = view.installation(installationName(machine.name, install.generation));
  if (present !== undefined) return goesOn(machine, present, view, now);
  if (install.generation === begun) {
    return nothing(`Generation ${begun} was begun, and its Installation is not there any more.`);
  }
  const former = view.traces(machine).find(({ generation }) => generation >= install.generation);
  if (former !== undefined) return nothing(renamed(former));
  return attemptOf(machine, view.snapshot, bootProfile, { attempt: 1, begins: true });
}

/** A document that got another name has asked for nothing new; a generation that is higher than all before has. */
function renamed({ machine, generation }: Trace): string {
  return `As Machine ${machine} generation ${generation} was begun on it: to install it, raise spec.install.generation above that.`;
}

/** People have taken back what they asked for; what goes on is over when the machine starts anew. */
function withdrawn({ spec }: Machine, before: Installation | undefined): Due {
  const ended = isOpen(before) ? { ends: endOf(before, ends.cancelled, true) } : {};
  const reason =
    spec.bootProfile === null
      ? 'It has no BootProfile.'
      : `Generation ${spec.install.generation} is lower than one that was begun.`;
  return { reason, ...ended };
}

/** Whether an attempt of it goes on, or may begin. */
export function isOpen(installation: Installation | undefined): installation is Installation {
  return installation?.status.phase === 'Pending' || installation?.status.phase === 'Installing';
}

/** What an Installation of the present generation has come to. */
function goesOn(machine: Machine, installation: Installation, view: DueView, now: number): Due {
  const { spec, status } = installation;
  if (spec.machine !== machine.name) {
    return nothing(`The Installation ${installation.name} is of another machine, ${spec.machine}.`);
  }
  if (status.attempt === 0 && machine.status.installation !== installation.name) {
    const why = 'as after their objects were restored without a status';
    return nothing(`Machine ${machine.name} does not know of its Installation ${installation.name}, ${why}.`);
  }
  if (status.phase === 'Installed') return nothing(`Generation ${spec.generation} is installed.`);
  if (status.phase === 'Failed')
    return nothing(`Generation ${spec.generation} has failed: ${lastFailure(installation)}`);
  const end = status.phase === 'Installing' ? endNow(installation, now) : undefined;
  if (status.phase === 'Installing' && end === undefined) {
    return attemptOf(machine, view.snapshot, spec.bootProfile, { attempt: status.attempt, begins: false });
  }
  return next(machine, installation, view, end);
}

/** The next attempt, after one that ends now, or has ended. */
function next(machine: Machine, installation: Installation, view: DueView, end: AttemptEnd | undefined): Due {
  const { spec, status } = installation;
  const isLast = status.attempt >= spec.attempts;
  const ended = end === undefined ? {} : { ends: endOf(installation, end, false) };
  if (isLast) {
    const why = end?.message ?? lastFailure(installation);
    const over = { ends: endOf(installation, end ?? { reason: 'AttemptsSpent', message: why }, true) };
    return { reason: `Generation ${spec.generation} has failed: ${why}`, ...over };
  }
  const attempt = attemptOf(machine, view.snapshot, spec.bootProfile, { attempt: status.attempt + 1, begins: true });
  return { ...attempt, ...ended };
}

/** Why the attempt that goes on is over when its machine asks for a boot script now. */
function endNow({ spec, status }: Installation, now: number): AttemptEnd | undefined {
  if (isOverdue(status, spec, now)) return ends.overdue(spec.deadlineMinutes);
  if (isTrue(status, 'Stalled') || isSilent(status, spec, now)) return ends.stalled(spec.stalledMinutes);
  // Who reports has read its answers, whoever gave them to it.
  const hasBegun = isTrue(status, 'AnswersSent') || isTrue(status, 'Installing');
  return hasBegun ? ends.startedAgain : undefined;
}

function attemptOf(
  machine: Machine,
  snapshot: Pick<Snapshot, 'get'>,
  name: string,
  { attempt, begins }: Pick<Attempt, 'attempt' | 'begins'>,
): Due {
  const profile = findProfile(snapshot, name);
  if (typeof profile === 'string') return nothing(profile);
  const { generation } = machine.spec.install;
  const reason = `Attempt ${attempt} to install generation ${generation} ${begins ? 'begins' : 'goes on'}.`;
  return { reason, attempt: { machine, profile, generation, attempt, begins } };
}

/** The BootProfile of this name, or why there is none that can be used. */
export function findProfile(snapshot: Pick<Snapshot, 'get'>, name: string): Profile | string {
  try {
    return snapshot.get('BootProfile', name) ?? `Its BootProfile ${name} is not there.`;
  } catch {
    return `Its BootProfile ${name} cannot be used; the log of the server says why.`;
  }
}

function lastFailure({ status }: Installation): string {
  return status.failures.at(-1)?.message ?? 'no attempt is left.';
}

function endOf({ name }: Installation, end: AttemptEnd, isFinal: boolean): Ended {
  return { installation: name, ...end, isFinal };
}

function nothing(reason: string): Due {
  return { reason };
}
