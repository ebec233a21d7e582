import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type ActionName, actionNames, confirmPage } from '../dashboard/confirm-page.js';
import { machineView } from '../operator/machine-view.js';
import { machineOf } from './dashboard-machines.js';
import type { Pages } from './dashboard-pages.js';
import type { Services } from './services.js';

type OfMachine = { Params: { name: string } };
type OfForm = OfMachine & { Body: Readonly<Record<string, string>> | undefined };

const titles: Readonly<Record<ActionName, string>> = {
  accept: 'Accept',
  reinstall: 'Reinstall',
  forget: 'Forget',
};

/** `GET|POST /machines/{name}/{accept,reinstall,forget}`: the question, with the machine's name in it, and the action. */
export function dashboardActions(scope: FastifyInstance, pages: Pages, services: Services): void {
  const { access, store, machines } = services;
  for (const action of actionNames) {
    const path = `/machines/:name/${action}`;
    scope.get<OfMachine>(path, { exposeHeadRoute: false }, async (request, reply) => {
      const { name } = request.params;
      const looking = await pages.asOperator(request as FastifyRequest);
      const machine = machineView(machineOf(name, services), machines.present, looking.now);
      const profiles = store.snapshot.list('BootProfile').map((profile) => profile.name);
      const view = confirmPage(action, machine, profiles);
      const page = { template: 'confirm', section: '/machines', title: `${titles[action]} ${name}` } as const;
      return scope.sender.send(
        request as FastifyRequest,
        reply as FastifyReply,
        pages.plan({ ...page, view }, looking),
      );
    });
    scope.post<OfForm>(path, async (request, reply) => {
      const { name } = request.params;
      const form = request.body ?? {};
      const { operator } = await access.requireForm(request as FastifyRequest, form.csrf);
      await carryOut(action, name, form, operator, services);
      return reply.redirect(action === 'forget' ? '/machines' : `/machines/${encodeURIComponent(name)}`, 303);
    });
  }
}

async function carryOut(
  action: ActionName,
  name: string,
  form: Readonly<Record<string, string>>,
  operator: string,
  { actions }: Services,
): Promise<void> {
  if (action === 'accept') await actions.accept(name, { bootProfile: form.bootProfile || undefined }, { operator });
  else if (action === 'forget') await actions.forget(name, { operator });
  else {
    // Which generation is meant stands in the form: one that is sent twice asks for one installation.
    const generation = /^[1-9]\d{0,9}$/.test(form.generation ?? '') ? Number(form.generation) : undefined;
    await actions.reinstall(name, { generation }, { operator });
  }
}
