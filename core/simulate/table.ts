import { bytesText } from '../machines/sightings.js';
import type { Step, Walk } from './walk.js';

export const heading = 'state  by        size     time  what\n';

/** One line of the table: state, protocol, size, time, and what; the last is of any length. */
export function stepLine({ state, protocol, bytes, ms, what }: Step): string {
  const size = bytes === null ? '' : bytesText(bytes);
  const time = ms === null ? '' : timeText(ms);
  return `${state.padEnd(5)}  ${protocol.padEnd(4)}  ${size.padStart(8)}  ${time.padStart(7)}  ${what}\n`;
}

function timeText(ms: number): string {
  return ms < 10_000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** What is broken and what to do about it, or that nothing is. */
export function faultLines({ fault, warnings }: Pick<Walk, 'fault' | 'warnings'>): string {
  if (fault === undefined && warnings.length === 0) return 'All that was looked at works.\n';
  if (fault === undefined) return 'The way that was gone works. The lines "warn" say what does not.\n';
  return `fault: ${fault.code}\ncause: ${fault.cause}\nremedy: ${fault.remedy}\n`;
}
