import { isDeepStrictEqual } from 'node:util';
import { checkAndFill } from '../check.js';
import { type MachineSpec, machineSpec } from '../resources/machine.js';
import type { Stored } from '../resources/store.js';
import type { SaidFacts } from './outcome.js';

type Machine = Stored<'Machine'>;

/** Of a Machine of which nothing is said. */
export const emptySpec = checkAndFill<MachineSpec>(machineSpec, {}).value;

/** Whether nobody has ever said what a discovered machine shall be. */
export function isUnclaimed({ spec, status }: Pick<Machine, 'spec' | 'status'>): boolean {
  return status.discovered && spec.bootProfile === null && spec.install.generation === 0 && status.generation === 0;
}

/**
 * Whether a discovered Machine is as the server made it: nothing is lost when one that somebody made takes its place. What
 * somebody has written into, or a rule has accepted, is a Machine like all others.
 */
export function givesWay(machine: Pick<Machine, 'spec' | 'status'>): boolean {
  if (!isUnclaimed(machine)) return false;
  return isDeepStrictEqual({ ...machine.spec, macs: [], uuid: null, serial: null }, emptySpec);
}

/**
 * Whether a Machine is the one that says this: one of its identities is said, and none contradicts. Those that have MAC
 * addresses are known by them where one is said.
 */
export function isMeant({ spec }: Machine, said: Pick<SaidFacts, 'mac' | 'uuid' | 'serial'>): boolean {
  const macs = said.mac === null || spec.macs.length === 0 ? undefined : spec.macs.includes(said.mac);
  const others = [compare(spec.uuid, said.uuid), compare(spec.serial, said.serial)];
  const all = [macs, ...others];
  return all.includes(true) && !all.includes(false);
}

/** Whether two are the same; undefined where one of them is not said. */
function compare(a: string | null, b: string | null): boolean | undefined {
  return a === null || b === null ? undefined : a === b;
}

/** What requests name a Machine by; a UUID or a serial number of one with MAC addresses apart. */
export function identitiesOf({ spec: { macs, uuid, serial } }: Machine): string[] {
  const beside = macs.length === 0 ? '' : ' beside a MAC';
  return [
    ...macs.map((mac) => `mac ${mac}`),
    ...(uuid === null ? [] : [`uuid ${uuid}${beside}`]),
    ...(serial === null ? [] : [`serial ${serial}${beside}`]),
  ];
}
