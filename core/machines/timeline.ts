import { type TimelineEntry, timelineLength } from '../resources/machine.js';
import { bytesText } from './sightings.js';

/** How the sum of what was sent of a medium is said. */
export function contentMessage(bytes: number): string {
  return `sent ${bytesText(bytes)} of the medium`;
}

/** What comes in many small parts, none of which is of interest alone. */
export const isSummed = (stage: string): boolean => stage === 'ContentSent';

/** Whether what comes after this belongs to another start. */
export const endsStart = (stage: string): boolean => ['Installed', 'AttemptFailed', 'CameBack'].includes(stage);

/**
 * A history with one more entry. What is sent of a medium meanwhile becomes one entry with the time of its last part;
 * where there are too many entries, the oldest go.
 */
export function withEntry(timeline: readonly TimelineEntry[], entry: TimelineEntry): TimelineEntry[] {
  const last = timeline.at(-1);
  if (last === undefined || last.stage !== entry.stage || !isSummed(entry.stage))
    return [...timeline, entry].slice(-timelineLength);
  const bytes = (last.bytes ?? 0) + (entry.bytes ?? 0);
  return [...timeline.slice(0, -1), { ...entry, bytes, message: contentMessage(bytes) }];
}
