import { printable } from '../iso/printable.js';
import { RecentMap } from '../recent-map.js';
import { sentStages } from '../resources/installation.js';
import { withoutTokens } from './tokens.js';

/** Of whom something was seen: by network card or by address, whichever is known. */
export interface Who {
  /** The Machine, where who asked is believed to be it; counts before the others, which several may have in common. */
  readonly machine?: string;
  readonly mac?: string;
  readonly address?: string;
}

/**
 * What can be seen of a machine besides the reports of its installer. {@link sentStages}
 * count for the conditions of an attempt; the others are for its history alone.
 */
export const stages = [
  'Offered',
  'NotOffered',
  'LoaderSent',
  'LoaderFailed',
  ...sentStages,
  'ContentSent',
  'TransferFailed',
  'Progress',
  'Syslog',
] as const;

export type Stage = (typeof stages)[number];

/** Takes a sign of life. Never throws, and never waits. `bytes`: of what was sent in this stage. */
export type Saw = (who: Who, stage: Stage, message: string, bytes?: number) => void;

/** As many characters as a message of the timeline may have. */
const longestMessage = 256;

/**
 * A text that a client chose, as a message: one line, harmless to a terminal, of bounded length, and without the token
 * of an installation, which installers log with the URLs that they ask for.
 */
export function messageOf(text: string, longest = longestMessage): string {
  const short = printable(withoutTokens(text).slice(0, 4 * longest));
  return (short.length > longest ? `${short.slice(0, longest - 1)}…` : short).toWellFormed();
}

/** A number of bytes for people, in decimal units. */
export function bytesText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1000)} kB`;
}

/** Adds the MAC address of whoever has an address on this network: by it a machine is known before it is installed. */
export function withNeighbours(saw: Saw, neighbours: { find(address: string): Promise<string | 'local' | null> }): Saw {
  let last: Promise<void> = Promise.resolve();
  return (who, stage, message, bytes) => {
    // One after the other, in the order in which they were seen.
    last = last.then(async () => {
      const { address } = who;
      const found = who.mac === undefined && address !== undefined ? await neighbours.find(address) : null;
      saw(found === null || found === 'local' ? who : { ...who, mac: found }, stage, message, bytes);
    });
  };
}

/** For how long the same thing is not said again, in milliseconds. */
const quietMs = 60_000;

/** Passes on what was not said of the same machine within a minute: boot ROMs ask many times, and clients try again. */
export function withoutRepeats(saw: Saw, now: () => number): Saw {
  const said = new RecentMap<number>(1024);
  return (who, stage, message, bytes) => {
    const key = `${who.machine ?? who.mac ?? who.address} ${stage} ${message}`;
    const last = said.get(key);
    if (last !== undefined && Math.abs(now() - last) < quietMs) return;
    said.set(key, now());
    saw(who, stage, message, bytes);
  };
}
