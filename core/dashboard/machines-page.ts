import { type MachineList, type MachineQuery, machineOrders, type PhaseCounts } from '../operator/machine-list.js';
import type { MachineSummary, Phase } from '../operator/machine-view.js';

/** How many machines a page of the list has. */
export const pageSize = 100;

const orderTitles = { name: 'by name', phase: 'most urgent first', lastSeen: 'last seen first' } as const;

/** What somebody looks for, as it stands in the URL. */
export interface MachineSearch extends Pick<MachineQuery, 'phase' | 'search' | 'sort'> {
  /** 1 for the first. */
  readonly page: number;
}

/** The list of machines, one page of it. */
export function machinesPage({ items, total: found, counts }: MachineList, asked: MachineSearch) {
  const { page, phase = '', search = '', sort = 'name' } = asked;
  const pageCount = Math.max(1, Math.ceil(found / pageSize));
  const first = (page - 1) * pageSize + 1;
  return {
    summary: `${found} of ${total(counts)}`,
    counts: countsOf(counts),
    all: total(counts),
    ...{ phase, search, sort, pageCount, size: pageSize, total: found },
    orders: machineOrders.map((value) => ({ value, title: orderTitles[value] })),
    machines: items.map(rowOf),
    nothing: total(counts) === 0 ? noMachines : 'No machine fits.',
    here: urlOf(asked, page),
    before: page > 1 ? urlOf(asked, Math.min(page - 1, pageCount)) : undefined,
    after: page < pageCount ? urlOf(asked, page + 1) : undefined,
    from: Math.min(first, found),
    to: Math.min(first + pageSize - 1, found),
  };
}

const noMachines =
  'There is no machine yet. One that boots from the network is discovered, and one that a resource of kind Machine names is known.';

/** How many machines are in each phase, in the order of the phases. */
export function countsOf(counts: PhaseCounts): { phase: Phase; number: number }[] {
  return Object.entries(counts).map(([phase, number]) => ({ phase: phase as Phase, number }));
}

export function total(counts: PhaseCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function rowOf({ name, phase, bootProfile, macs, address, lastSeen, ...said }: MachineSummary) {
  const { problem, progress, decision, proposal } = said;
  return {
    ...{ name, phase, lastSeen, address: address ?? '' },
    mac: macs.length > 1 ? `${macs[0]} +${macs.length - 1}` : (macs[0] ?? ''),
    profile: bootProfile ?? (proposal === null ? '' : `${proposal.bootProfile} (proposed)`),
    why: problem ?? progress ?? decision ?? '',
  };
}

function urlOf({ phase, search, sort }: MachineSearch, page: number): string {
  const query = Object.entries({ phase, search, sort, page: page === 1 ? undefined : String(page) });
  const said = query.filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '');
  return said.length === 0 ? '/machines' : `/machines?${new URLSearchParams(said)}`;
}
