import { instantOf, minutes } from '../machines/instant.js';
import { installationStages } from '../resources/installation.js';
import type { TimelineEntry } from '../resources/machine.js';
import type { Stored } from '../resources/store.js';
import Type, { type Static } from '../typebox.js';
import { moment, orNull, words } from './schema.js';

const stageView = Type.Object({
  stage: words(installationStages),
  /** When it was reached; null while it is not. */
  time: orNull(moment()),
  /** Since the stage before that was reached. */
  seconds: orNull(Type.Number()),
  /** What was sent in it. */
  bytes: orNull(Type.Integer()),
});

/** What an operator sees of an Installation. */
export const installationViewSchema = Type.Object(
  {
    name: Type.String(),
    phase: words(['Pending', 'Installing', 'Installed', 'Failed']),
    bootProfile: Type.String(),
    generation: Type.Integer(),
    /** Which one goes on, or was the last; 0 before the first. */
    attempt: Type.Integer(),
    attempts: Type.Integer(),
    attemptStarted: orNull(moment()),
    lastHeard: orNull(moment()),
    /** When the attempt that goes on is over at the latest. */
    deadline: orNull(moment()),
    /** What the installer last said. */
    progress: orNull(Type.String()),
    stages: Type.Array(stageView),
    /** Of the medium, sent in this attempt as far as the history of the machine goes back. */
    contentBytes: Type.Integer(),
    failures: Type.Array(
      Type.Object({ attempt: Type.Integer(), time: moment(), reason: Type.String(), message: Type.String() }),
    ),
  },
  { additionalProperties: false },
);

export type InstallationView = Static<typeof installationViewSchema>;

/** `timeline` is the machine's. */
export function installationView(
  { name, spec, status }: Stored<'Installation'>,
  timeline: readonly TimelineEntry[],
): InstallationView {
  const { phase, attempt, attemptStarted, lastHeard, progress, failures } = status;
  const isRunning = phase === 'Installing' && attemptStarted !== null;
  const deadline = isRunning ? instantOf(Date.parse(attemptStarted) + minutes(spec.deadlineMinutes)) : null;
  const own = timeline.filter(({ time }) => attemptStarted !== null && time >= attemptStarted);
  return {
    ...{ name, phase, bootProfile: spec.bootProfile, generation: spec.generation },
    ...{ attempt, attempts: spec.attempts, attemptStarted, lastHeard, deadline, progress },
    stages: stagesOf(status, own),
    contentBytes: bytesOf(own, 'ContentSent') ?? 0,
    failures: failures.map(({ attempt, time, reason, message }) => ({ attempt, time, reason, message })),
  };
}

type StageView = Static<typeof stageView>;

function stagesOf({ conditions }: Stored<'Installation'>['status'], own: readonly TimelineEntry[]): StageView[] {
  let before: number | undefined;
  return installationStages.map((stage) => {
    const reached = conditions.find(({ type, status }) => type === stage && status === 'True');
    const time = reached?.lastTransitionTime ?? null;
    const at = time === null ? undefined : Date.parse(time);
    const seconds = at === undefined || before === undefined ? null : Math.max(0, at - before) / 1000;
    before = at ?? before;
    return { stage, time, seconds, bytes: bytesOf(own, stage) };
  });
}

function bytesOf(timeline: readonly TimelineEntry[], wanted: string): number | null {
  const sizes = timeline.flatMap(({ stage, bytes }) => (stage === wanted && bytes !== undefined ? [bytes] : []));
  return sizes.length === 0 ? null : sizes.reduce((sum, bytes) => sum + bytes, 0);
}
