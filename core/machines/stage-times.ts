import { sentStages } from '../resources/installation.js';
import type { TimelineEntry } from '../resources/machine.js';
import { endsStart } from './timeline.js';

/** The stages of a start that ends with an installed system, in their order. */
const timedStages = ['Offered', 'LoaderSent', ...sentStages, 'Installed'] as const;

export type TimedStage = (typeof timedStages)[number];

/** How long a machine took from the stage before to this one. */
export interface StageTime {
  readonly stage: TimedStage;
  readonly seconds: number;
  /** When it came to this stage; milliseconds since 1970. */
  readonly at: number;
}

/**
 * The times between the stages of a history. A machine that comes to an earlier stage, or to the same one again, has
 * begun anew from there; a stage that it is not known to have been in (a server that was away) is left out.
 */
export function stageTimes(timeline: readonly TimelineEntry[]): StageTime[] {
  const times: StageTime[] = [];
  let before: { readonly order: number; readonly at: number } | undefined;
  for (const { stage, time } of timeline) {
    const order = timedStages.indexOf(stage as TimedStage);
    const at = Date.parse(time);
    if (order >= 0 && before !== undefined && order > before.order) {
      times.push({ stage: stage as TimedStage, seconds: Math.max(0, (at - before.at) / 1000), at });
    }
    if (endsStart(stage)) before = undefined;
    // An answer file that is fetched once more is no new beginning.
    else if (order >= 0 && !(order === before?.order && stage === 'AnswersSent')) before = { order, at };
  }
  return times;
}
