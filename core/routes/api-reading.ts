import type { FastifyInstance, FastifyRequest } from 'fastify';
import { withoutTokens } from '../machines/tokens.js';
import { machineNotFound } from '../operator/actions.js';
import { distroViews, profileViews } from '../operator/distro-view.js';
import { imageViews } from '../operator/image-view.js';
import { machineOrders, machineViews } from '../operator/machine-list.js';
import { machineView, phases } from '../operator/machine-view.js';
import { overview } from '../operator/overview.js';
import { pluginViews } from '../operator/plugin-view.js';
import { words } from '../operator/schema.js';
import type { Stored } from '../resources/store.js';
import Type, { type Static } from '../typebox.js';
import { answers, type SchemaName } from './api-schemas.js';
import type { Services } from './services.js';

export const nameParams = Type.Object({ name: Type.String({ maxLength: 128 }) });
const listQuery = Type.Object({
  phase: Type.Optional(words(phases)),
  search: Type.Optional(
    Type.String({ maxLength: 128, description: 'A part of a name, MAC address, address or serial' }),
  ),
  sort: words(machineOrders, { default: 'name' }),
  offset: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0 }),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
});
const logQuery = Type.Object({ after: Type.Integer({ minimum: 0, maximum: 2 ** 31, default: 0 }) });

type OfName = { Params: Static<typeof nameParams> };

/** `GET /api/v1/{overview,machines,machines/{name},machines/{name}/log,images,distros,profiles,plugins}`. */
export function apiReading(app: FastifyInstance, services: Services): void {
  const { store, catalogue, library, plugins, machines, access, now, settings, installerLog } = services;
  const sources = { store, catalogue, library, plugins, lanProblem: settings.lanProblem };
  const read = reader(app, (request) => access.requireReader(request));

  read('/overview', 'What is wrong, and what goes on', 'Overview', {}, () =>
    overview({ ...sources, machines: machines.present }, now()),
  );
  read<{ Querystring: Static<typeof listQuery> }>(
    '/machines',
    'A page of machines',
    'MachineList',
    { querystring: listQuery },
    ({ query }) => machineViews(machines.present, query, now()),
  );
  read<OfName>('/machines/:name', 'A machine', 'Machine', { params: nameParams }, ({ params }) =>
    machineView(machineOf(services, params.name), machines.present, now()),
  );
  read('/images', 'Images, and ISOs that no Image is about', 'ImageList', {}, () => ({ items: imageViews(sources) }));
  read('/distros', 'What can be booted, or why not', 'DistroList', {}, async () => {
    return { items: await distroViews(sources) };
  });
  read('/profiles', 'BootProfiles, and whether they can be used', 'ProfileList', {}, async () => {
    return { items: await profileViews(sources) };
  });
  read('/plugins', 'Plugins, those that failed first', 'PluginList', {}, () => ({ items: pluginViews(plugins) }));

  // What installers log is nobody's to vouch for: it is not for everybody on the LAN.
  const readInside = reader(app, (request) => access.requireInsider(request));
  readInside<OfName & { Querystring: Static<typeof logQuery> }>(
    '/machines/:name/log',
    'What the installer of a machine logged; needs a token',
    'MachineLog',
    { params: nameParams, querystring: logQuery },
    ({ params, query }) => {
      const { address } = machines.present.get('Machine', machineOf(services, params.name).name)?.status ?? {};
      const { lines, next } = installerLog.linesAfter(address ?? '', query.after);
      return { lines: lines.map(withoutTokens), next };
    },
  );
}

/** Throws SERABUT_ERR_MACHINE_NOT_FOUND. */
export function machineOf({ store }: Pick<Services, 'store'>, name: string): Stored<'Machine'> {
  const machine = store.get('Machine', name);
  if (machine === undefined) throw machineNotFound(name);
  return machine;
}

/** Registers routes that read, after somebody has looked who asks. */
function reader(app: FastifyInstance, allow: (request: FastifyRequest) => Promise<void>) {
  return <Route extends object>(
    url: string,
    summary: string,
    name: SchemaName,
    asked: { readonly params?: object; readonly querystring?: object },
    answer: (request: FastifyRequest<Route>) => unknown,
  ): void => {
    const schema = { summary, security: [{}, { token: [] }], ...asked, response: answers.of(name, summary) };
    app.get(url, { schema, onRequest: async (request) => allow(request) }, async (request) =>
      answer(request as unknown as FastifyRequest<Route>),
    );
  };
}
