import { control } from '../resources/text.js';

/** The last millisecond that RFC 3339 can write: its years have four digits. */
const last = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** A moment as text in UTC. A clock that is beyond all reason is at one of the ends of the calendar. */
export function instantOf(ms: number): string {
  return new Date(Math.min(Math.max(Number.isFinite(ms) ? ms : 0, 0), last)).toISOString();
}

/** How many milliseconds have gone by since a moment; less than none when the clock was set back. */
export function since(instant: string | null, now: number): number {
  return instant === null ? 0 : now - Date.parse(instant);
}

const controls = new RegExp(`[${control}\\s]+`, 'g');
const halfPair = /[\ud800-\udbff]$/;
const minute = 60_000;

/** Minutes in milliseconds. */
export function minutes(count: number): number {
  return count * minute;
}

/** Text of anybody as a line of a status: without control characters, and not too long. */
export function asLine(text: string, length: number): string {
  const plain = text.toWellFormed().replace(controls, ' ').trim();
  return plain.length <= length ? plain : `${plain.slice(0, length - 1).replace(halfPair, '')}…`;
}
