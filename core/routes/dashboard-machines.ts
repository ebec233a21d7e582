import type { FastifyInstance } from 'fastify';
import { machinePage } from '../dashboard/machine-page.js';
import { type MachineSearch, machinesPage, pageSize } from '../dashboard/machines-page.js';
import { previewPage } from '../dashboard/preview-page.js';
import { withoutTokens } from '../machines/tokens.js';
import { machineNotFound } from '../operator/actions.js';
import { machineOrders, machineViews } from '../operator/machine-list.js';
import { machineView, phases } from '../operator/machine-view.js';
import { preview } from '../operator/preview.js';
import type { Stored } from '../resources/store.js';
import type { Pages } from './dashboard-pages.js';
import { type Services, serverUrl } from './services.js';

type OfList = { Querystring: Readonly<Record<string, unknown>> };
type OfMachine = { Params: { name: string } };

/**
 * `GET /machines`: a list to look in. `GET /machines/{name}`: how a machine stands. `GET /machines/{name}/preview`: what it
 * would get, without anything being changed.
 */
export function dashboardMachines(scope: FastifyInstance, pages: Pages, services: Services): void {
  const { machines, installerLog } = services;
  pages.readable<OfList>(scope, '/machines', ({ query }, { now }) => {
    const asked = searchOf(query);
    const range = { offset: (asked.page - 1) * pageSize, limit: pageSize };
    const view = machinesPage(machineViews(machines.present, { ...asked, ...range }, now), asked);
    return { template: 'machines', section: '/machines', title: 'Machines', view };
  });
  pages.readable<OfMachine>(scope, '/machines/:name', ({ params: { name } }, looking) => {
    const machine = machineView(machineOf(name, services), machines.present, looking.now);
    // Nobody knows what installers print: it is not for everybody.
    const log = looking.session === undefined ? [] : installerLog.linesOf(machine.address ?? '').map(withoutTokens);
    return { template: 'machine', section: '/machines', title: name, view: machinePage(machine, log, looking) };
  });
  pages.readable<OfMachine>(scope, '/machines/:name/preview', async (request) => {
    const { name } = request.params;
    const server = serverUrl(request, services.settings);
    const view = previewPage(name, server, await preview(machineOf(name, services), server, services));
    return { template: 'preview', section: '/machines', title: `What ${name} would get`, view };
  });
}

/** Throws SERABUT_ERR_MACHINE_NOT_FOUND. */
export function machineOf(name: string, { machines }: Pick<Services, 'machines'>): Stored<'Machine'> {
  const machine = machines.present.get('Machine', name);
  if (machine === undefined) throw machineNotFound(name);
  return machine;
}

/** What a query says that makes sense; all else is as if it were not there. */
function searchOf(query: Readonly<Record<string, unknown>>): MachineSearch {
  const { phase, search, sort, page } = query;
  const number = typeof page === 'string' && /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1;
  return {
    phase: phases.find((known) => known === phase),
    search: typeof search === 'string' ? search.slice(0, 200) : undefined,
    sort: machineOrders.find((known) => known === sort),
    page: number,
  };
}
