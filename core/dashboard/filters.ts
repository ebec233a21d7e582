import { bytesText } from '../machines/sightings.js';

/** The words of phases and conditions, by how they look; see style.css. */
const kinds: Readonly<Record<string, string>> = {
  Installed: 'good',
  Installing: 'busy',
  Pending: 'busy',
  Discovered: 'warn',
  Failed: 'bad',
  Conflict: 'bad',
};

/** How a phase looks: good, busy, warn, bad, or as nothing. */
export function kind(phase: unknown): string {
  return kinds[String(phase)] ?? '';
}

/** A number of bytes; nothing where it is not known. */
export function bytes(value: unknown): string {
  return typeof value === 'number' ? bytesText(value) : '';
}

/** Seconds as a span of time, in at most two units. */
export function duration(value: unknown): string {
  if (typeof value !== 'number') return '';
  const seconds = Math.max(0, value);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${padded(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${padded((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${padded((seconds % 86_400) / 3600)} h`;
}

/** How long ago an instant was, to one unit. */
export function ago(instant: unknown, now: number): string {
  if (typeof instant !== 'string') return 'never';
  const seconds = (now - Date.parse(instant)) / 1000;
  if (seconds < 1) return 'just now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** The time of day of an instant in UTC, with its date where that is another day than now's. */
export function clock(instant: unknown, now: number): string {
  if (typeof instant !== 'string') return '';
  const [day = '', time = ''] = new Date(instant).toISOString().split(/[T.]/);
  return new Date(now).toISOString().startsWith(day) ? time : `${day} ${time}`;
}

function padded(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}
