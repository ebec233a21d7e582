import type { FastifyInstance } from 'fastify';
import { textPlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import { machineView, wholeQuery } from '../machines/identity.js';
import { requireSupported } from '../plugin/supported.js';
import { bootScript } from '../plugin/texts.js';
import { findConfiguration, findProfileOf } from '../resources/find.js';
import Type, { type Static } from '../typebox.js';
import { scriptFor } from './boot.js';
import { plainConfiguration } from './plain-configuration.js';
import { type Services, serverUrl } from './services.js';

const params = Type.Object({ distro: Type.String() });
const querystring = Type.Object({
  ...wholeQuery,
  profile: Type.Optional(Type.String()),
  configuration: Type.Optional(Type.String()),
});

/**
 * `GET /boot/{distro}`: the iPXE script of a distro. With `?profile=` or `?configuration=` the installation asks
 * nothing and erases the disk; without them the installer asks its questions. A machine that says it has less memory
 * than the installer needs gets a script that says so, and loads nothing. One that names itself, and is known, gets what
 * is due for it in place of what it asks for.
 */
export function bootDistro(app: FastifyInstance, services: Services): void {
  const { catalogue, store, settings } = services;
  readable<{ Params: Static<typeof params>; Querystring: Static<typeof querystring> }>(
    app,
    '/boot/:distro',
    { params, querystring },
    async (request) => {
      const { configuration: named, profile: wanted = named } = request.query;
      const question = { about: 'distro', distro: request.params.distro, profile: wanted || null } as const;
      const due = settings.preview === undefined ? await scriptFor(request, question, services) : undefined;
      if (due !== undefined) return textPlan(due);
      const distro = await catalogue.distro(request.params.distro);
      const profile = request.query.profile
        ? findProfileOf(store.snapshot, distro.name, request.query.profile)
        : undefined;
      const name = profile?.spec.configuration ?? request.query.configuration;
      const configuration = name ? findConfiguration(store.snapshot, name) : undefined;
      if (configuration !== undefined) await requireSupported(distro, configuration);
      const server = serverUrl(request, settings);
      const context = {
        server,
        proxy: settings.proxy,
        reportUrl: settings.preview?.report,
        syslogPort: settings.syslogPort,
        machine: machineView(request.query),
        profile,
        configuration: configuration && plainConfiguration(configuration, settings),
      };
      const asked = { memory: request.query.memory, url: `${server}${request.url}` };
      return textPlan(await bootScript(distro, context, asked));
    },
  );
}
