import { type ConditionNow, withCondition } from '../resources/condition.js';
import { type InstallationSpec, type InstallationStatus, installationStages } from '../resources/installation.js';
import { asLine, instantOf, minutes, since } from './instant.js';
import type { AttemptEnd } from './outcome.js';

/*
 * What can happen to an Installation, each as a pure function from one status to the next.
 *
 *   Pending ──begun──▶ Installing ──done──▶ Installed
 *      ▲                │      │
 *      └────ended───────┘      └──ended──▶ Failed   (no attempt is left, or it is over for good)
 */

type Status = InstallationStatus;

/** How many failures are kept; an Installation has at most twenty attempts. */
const failuresKept = 20;

/** The status of an Installation that has just been made. */
export const newInstallation: Status = {
  phase: 'Pending',
  attempt: 0,
  attemptStarted: null,
  lastHeard: null,
  tokenHash: null,
  client: null,
  progress: null,
  conditions: [],
  failures: [],
};

/** What a token is for. */
export interface Grant {
  readonly tokenHash: string;
  readonly client: NonNullable<Status['client']>;
}

/** The next attempt begins. What was true of the one before is not true of this one. */
export function begun(status: Status, grant: Grant, now: number): Status {
  const attempt = status.attempt + 1;
  const stages: readonly string[] = installationStages;
  const kept = status.conditions.filter(({ type }) => !stages.includes(type) && type !== 'Stalled');
  const time = instantOf(now);
  const started: Status = { ...status, ...grant, phase: 'Installing', attempt, attemptStarted: time, lastHeard: time };
  const offered = is('Offered', 'AttemptBegan', `Attempt ${attempt} began.`);
  return { ...started, progress: null, conditions: withCondition(kept, offered, time) };
}

/** The machine asks once more for what it may not have got: the same attempt, whose former token opens nothing now. */
export function offeredAgain(status: Status, grant: Grant, now: number): Status {
  return heard({ ...status, ...grant }, [], now);
}

/** Signs of life, and the stages that they show. */
export function heard(status: Status, stages: readonly ConditionNow[], now: number): Status {
  const time = instantOf(now);
  let { conditions } = status;
  for (const stage of stages) conditions = withCondition(conditions, stage, time);
  if (isTrue(status, 'Stalled')) {
    conditions = withCondition(conditions, not('Stalled', 'HeardAgain', 'The machine was heard of again.'), time);
  }
  return { ...status, lastHeard: time, conditions };
}

/** What the installer says of its progress. */
export function progressed(status: Status, text: string, now: number): Status {
  const progress = asLine(text, 256);
  return { ...heard(status, [is('Installing', 'Reported', 'The installer reports.')], now), progress };
}

/** The installer is done. The token's hash stays so that the same report, sent again, is known; it opens nothing. */
export function done(status: Status, now: number): Status {
  const time = instantOf(now);
  const message = `Installed by attempt ${status.attempt}.`;
  let { conditions } = heard(status, [is('Installed', 'Reported', message)], now);
  conditions = withCondition(conditions, not('Failed', 'Installed', message), time);
  return { ...status, phase: 'Installed', lastHeard: time, conditions };
}

/** The attempt has failed; the next one may begin if the budget allows it and the end is not final. */
export function ended(
  status: Status,
  { attempts }: Pick<InstallationSpec, 'attempts'>,
  end: AttemptEnd & { readonly isFinal?: boolean },
  now: number,
): Status {
  const time = instantOf(now);
  const reason = asLine(end.reason, 64);
  const message = asLine(end.message, 512);
  const isLast = end.isFinal === true || status.attempt >= attempts;
  const failure = { attempt: status.attempt, time, reason, message };
  const failures = [...status.failures, failure].slice(-failuresKept);
  const failed = isLast ? is('Failed', reason, message) : not('Failed', reason, `${message} It is tried again.`);
  let conditions = withCondition(status.conditions, failed, time);
  if (isTrue(status, 'Installing')) {
    conditions = withCondition(conditions, not('Installing', reason, message), time);
  }
  return { ...status, phase: isLast ? 'Failed' : 'Pending', conditions, failures };
}

/**
 * Nothing has been heard for too long, and why that is probably so. A sign of life takes it back; else the machine's next
 * question ends the attempt.
 */
export function stalled(status: Status, why: string, now: number): Status {
  const message = why.slice(0, 1024);
  return { ...status, conditions: withCondition(status.conditions, is('Stalled', 'Silence', message), instantOf(now)) };
}

/** Whether the attempt that goes on has taken all of its time. */
export function isOverdue(
  status: Status,
  { deadlineMinutes }: Pick<InstallationSpec, 'deadlineMinutes'>,
  now: number,
): boolean {
  return status.phase === 'Installing' && since(status.attemptStarted, now) >= minutes(deadlineMinutes);
}

/**
 * Whether a report that the installer is done still counts: its attempt goes on, or only its time was over, and no other
 * has begun. Better one that took too long than a finished system that is erased.
 */
export function mayBeDone({ phase, failures }: Status): boolean {
  if (phase === 'Installing') return true;
  const reason = failures.at(-1)?.reason ?? '';
  return phase !== 'Installed' && [ends.overdue(0), ends.stalled(0)].some((end) => end.reason === reason);
}

/** Whether nothing has been heard for so long that the attempt that goes on counts as stalled. */
export function isSilent(
  status: Status,
  { stalledMinutes }: Pick<InstallationSpec, 'stalledMinutes'>,
  now: number,
): boolean {
  return status.phase === 'Installing' && since(status.lastHeard, now) >= minutes(stalledMinutes);
}

/** Whether a condition is true. */
export function isTrue({ conditions }: Pick<Status, 'conditions'>, type: string): boolean {
  return conditions.some((condition) => condition.type === type && condition.status === 'True');
}

/** A condition that holds. */
export function is(type: string, reason: string, message: string): ConditionNow {
  return { type, status: 'True', reason, message };
}

/** A condition that does not hold. */
export function not(type: string, reason: string, message: string): ConditionNow {
  return { type, status: 'False', reason, message };
}

/** The sentences of the ends that the server itself sees. */
export const ends = {
  startedAgain: {
    reason: 'StartedAgain',
    message:
      'The machine asked for its boot script again after its installer had begun: it started anew in the middle.',
  },
  overdue: (minutes: number): AttemptEnd => ({
    reason: 'DeadlineExceeded',
    message: `The attempt took more than its ${minutes} minutes.`,
  }),
  stalled: (minutes: number): AttemptEnd => ({
    reason: 'Stalled',
    message: `Nothing was heard of the machine for ${minutes} minutes, until it asked anew.`,
  }),
  superseded: (generation: number): AttemptEnd => ({
    reason: 'Superseded',
    message: `Generation ${generation} was asked for meanwhile.`,
  }),
  cancelled: {
    reason: 'Cancelled',
    message: 'spec.install.generation was lowered, or spec.bootProfile taken away, and the machine asked anew.',
  },
} as const;
