import type { Stored } from '../resources/store.js';
import type { DiskMethod, DiskMethods, SaidFacts } from './outcome.js';

/** That a machine was sent to its disk. */
export interface SentToDisk {
  /** When; milliseconds since 1970. */
  readonly at: number;
  /** The method that its script tried first. */
  readonly method: DiskMethod;
}

/** Within this time a machine that asks again did not get to its disk, in milliseconds. */
const backWithin = 120_000;

/** Sooner no machine has been through its firmware: that is iPXE repeating its request, in milliseconds. */
export const repeatWithin = 5_000;

/*
 * Where the clock was set meanwhile nobody can say how long a machine was away: it counts as long, forwards and backwards,
 * so that nothing waits until the clock has caught up.
 */

/** Whether a machine that asks now has come straight back from a boot of its disk that went wrong. */
export function cameBack(sent: SentToDisk | undefined, now: number): boolean {
  if (sent === undefined) return false;
  const gone = Math.abs(now - sent.at);
  return gone >= repeatWithin && gone < backWithin;
}

/** Whether a machine that has not asked again got to its disk. */
export function stayedAway(sent: SentToDisk, now: number): boolean {
  return Math.abs(now - sent.at) >= backWithin;
}

/** Whether a request is the one before, repeated. */
export function isRepeat(sent: SentToDisk | undefined, now: number): boolean {
  return sent !== undefined && Math.abs(now - sent.at) < repeatWithin;
}

/**
 * The methods in the order in which the script tries them: as the Machine says; else the other one first when it came
 * straight back; else the one that worked; else by the firmware. On UEFI a failing exit goes on to the next boot entry,
 * and drive 0x80 is no device; a BIOS starts its first disk by int 13h. What fails at once is followed by the other one.
 */
export function diskMethods(
  machine: Pick<Stored<'Machine'>, 'spec' | 'status'> | undefined,
  said: Pick<SaidFacts, 'platform'>,
  sent: SentToDisk | undefined,
  now: number,
): DiskMethods {
  const set = machine?.spec.bootFromDisk ?? 'auto';
  if (set !== 'auto') return inOrder(set);
  if (sent !== undefined && cameBack(sent, now)) return inOrder(sent.method === 'exit' ? 'sanboot' : 'exit');
  if (sent !== undefined && isRepeat(sent, now)) return inOrder(sent.method);
  const platform = said.platform ?? machine?.status.facts.platform;
  return inOrder(machine?.status.diskMethod ?? (platform === 'efi' ? 'exit' : 'sanboot'));
}

function inOrder(first: DiskMethod): DiskMethods {
  return first === 'exit' ? ['exit', 'sanboot'] : ['sanboot', 'exit'];
}
