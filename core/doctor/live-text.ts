import { findingText, stepText } from './capture-text.js';
import type { LiveReport } from './live/live-report.js';

/** The report for people, a line at a time. */
export function* liveText({ steps, findings }: LiveReport): Generator<string> {
  for (const step of steps) yield stepText({ ...step, packets: [] });
  for (const finding of findings) yield `\n${findingText({ ...finding, packets: [] })}`;
  if (findings.length === 0) yield '\nAll that was looked at works.\n';
}
