import t from 'tap';
import { withEntry } from '../../../core/machines/timeline.js';
import { type TimelineEntry, timelineLength } from '../../../core/resources/machine.js';

const entry = (stage: string, minute: number, bytes?: number): TimelineEntry => ({
  time: `2026-11-28T12:${String(minute).padStart(2, '0')}:00.000Z`,
  stage,
  message: 'as it was',
  ...(bytes === undefined ? {} : { bytes }),
});

t.test('entries follow each other, and the oldest go', async (t) => {
  let timeline: TimelineEntry[] = [];
  for (let minute = 0; minute < 60; minute++) timeline = withEntry(timeline, entry('ScriptSent', minute));
  t.equal(timeline.length, timelineLength);
  t.equal(timeline[0]?.time, '2026-11-28T12:10:00.000Z');
  t.equal(timeline.at(-1)?.time, '2026-11-28T12:59:00.000Z');
});

t.test('the parts of a medium are one entry until something else happens', async (t) => {
  let timeline = [entry('AnswersSent', 1, 9)];
  for (const minute of [2, 3, 4]) timeline = withEntry(timeline, entry('ContentSent', minute, 2e6));
  t.strictSame(timeline, [
    entry('AnswersSent', 1, 9),
    { ...entry('ContentSent', 4, 6e6), message: 'sent 6.0 MB of the medium' },
  ]);
  timeline = withEntry(withEntry(timeline, entry('Progress', 5)), entry('ContentSent', 6));
  t.strictSame(
    timeline.map(({ stage }) => stage),
    ['AnswersSent', 'ContentSent', 'Progress', 'ContentSent'],
  );
});
