import type { Stored } from '../resources/store.js';
import Type, { type Static } from '../typebox.js';
import { type Machines, machineSummary, machineSummarySchema, type Phase, phases } from './machine-view.js';

/** By what machines are sorted; the newest first of those last seen, and what needs a person first of the phases. */
export const machineOrders = ['name', 'phase', 'lastSeen'] as const;

/** Which machines are wanted. */
export interface MachineQuery {
  readonly phase?: Phase | undefined;
  /** A part of a name, a MAC address, an address, a serial number, a UUID or a product; letters count in either case. */
  readonly search?: string | undefined;
  readonly sort?: (typeof machineOrders)[number] | undefined;
  readonly offset: number;
  readonly limit: number;
}

/** How many machines are in each phase. */
export const phaseCounts = Type.Object(
  Object.fromEntries(phases.map((phase) => [phase, Type.Integer()])) as Record<Phase, Type.TInteger>,
  { additionalProperties: false },
);

export const machineListSchema = Type.Object(
  {
    items: Type.Array(machineSummarySchema),
    /** Of those that fit, on all pages. */
    total: Type.Integer(),
    /** Of all machines, whatever is looked for. */
    counts: phaseCounts,
  },
  { additionalProperties: false },
);

export type MachineList = Static<typeof machineListSchema>;
export type PhaseCounts = Static<typeof phaseCounts>;

/** One page of machines. Views are made of that page alone: a look at the others costs next to nothing. */
export function machineViews(machines: Machines, query: MachineQuery, now: number): MachineList {
  const counts = noMachines();
  const needle = query.search?.trim().toLowerCase() ?? '';
  const fitting: Stored<'Machine'>[] = [];
  for (const machine of machines.all('Machine')) {
    counts[machine.status.phase] += 1;
    if (query.phase !== undefined && machine.status.phase !== query.phase) continue;
    if (needle === '' || isFound(machine, needle)) fitting.push(machine);
  }
  fitting.sort(orders[query.sort ?? 'name']);
  const page = fitting.slice(query.offset, query.offset + query.limit);
  return { items: page.map((machine) => machineSummary(machine, machines, now)), total: fitting.length, counts };
}

export function countPhases(machines: Pick<Machines, 'all'>): PhaseCounts {
  const counts = noMachines();
  for (const { status } of machines.all('Machine')) counts[status.phase] += 1;
  return counts;
}

function noMachines(): PhaseCounts {
  return Object.fromEntries(phases.map((phase) => [phase, 0])) as PhaseCounts;
}

function isFound({ name, spec, status }: Stored<'Machine'>, needle: string): boolean {
  const { product, manufacturer } = status.facts;
  const texts = [name, ...spec.macs, spec.serial, spec.uuid, spec.bootProfile, status.address, product, manufacturer];
  return texts.some((text) => text?.toLowerCase().includes(needle));
}

type Compare = (a: Stored<'Machine'>, b: Stored<'Machine'>) => number;

const byName: Compare = (a, b) => (a.name < b.name ? -1 : 1);
const urgency: readonly Phase[] = ['Failed', 'Conflict', 'Installing', 'Pending', 'Discovered', 'Ready', 'Installed'];
const rank = new Map(urgency.map((phase, index) => [phase, index]));

const orders: Readonly<Record<(typeof machineOrders)[number], Compare>> = {
  name: byName,
  phase: (a, b) => (rank.get(a.status.phase) ?? 0) - (rank.get(b.status.phase) ?? 0) || byName(a, b),
  lastSeen: (a, b) => {
    const [first, second] = [a.status.lastSeen ?? '', b.status.lastSeen ?? ''];
    return first === second ? byName(a, b) : first < second ? 1 : -1;
  },
};
