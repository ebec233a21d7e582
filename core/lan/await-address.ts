import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { SerabutError } from '../errors.js';
import { type LanAddress, lanAddress } from './lan-address.js';

export interface Waiting {
  /** How long to wait, in milliseconds. */
  readonly ms: number;
  readonly pollMs?: number;
  readonly signal?: AbortSignal;
}

/** Where the kernel lists interfaces, with and without an address. */
const interfaceDirectory = '/sys/class/net';

/** The address of an interface that may be still to come. Throws SERABUT_ERR_LAN when it does not. */
export async function awaitAddress(name: string, { ms, pollMs = 250, signal }: Waiting): Promise<LanAddress> {
  const end = performance.now() + ms;
  for (;;) {
    try {
      return lanAddress(name);
    } catch (error) {
      if (performance.now() >= end) throw await waitedInVain(name, ms, error);
      await sleep(pollMs, undefined, { signal });
    }
  }
}

/** That there is no such interface and that it has no address are two things to see to. */
async function waitedInVain(name: string, ms: number, cause: unknown): Promise<unknown> {
  const interfaces = await readdir(interfaceDirectory).catch(() => [name]);
  if (!(cause instanceof SerabutError)) return cause;
  const waited = ms === 0 ? '' : `, after ${ms / 1000} s`;
  if (interfaces.includes(name)) return new SerabutError(cause.code, `${cause.message}${waited}`, { cause });
  const message = `there is no interface "${name}"${waited}; there are ${interfaces.sort().join(', ')}`;
  return new SerabutError('SERABUT_ERR_LAN', message, { cause });
}
