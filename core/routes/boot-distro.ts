import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { SerabutError } from '../errors.js';
import { textPlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import { bootView } from '../plugin/views.js';
import type { Resource } from '../resources/kinds.js';
import type { Snapshot } from '../resources/snapshot.js';
import { type Services, serverUrl } from './services.js';

const params = Type.Object({ distro: Type.String() });
const querystring = Type.Object({
  profile: Type.Optional(Type.String()),
  configuration: Type.Optional(Type.String()),
});

/**
 * `GET /boot/{distro}`: the iPXE script of a distro. With `?profile=` or `?configuration=` the installation asks
 * nothing and erases the disk; without them the installer asks its questions.
 */
export function bootDistro(app: FastifyInstance, { catalogue, store, settings }: Services): void {
  readable<{ Params: Static<typeof params>; Querystring: Static<typeof querystring> }>(
    app,
    '/boot/:distro',
    { params, querystring },
    async (request) => {
      const distro = await catalogue.distro(request.params.distro);
      const profile = request.query.profile
        ? findProfile(store.snapshot, request.query.profile, distro.name)
        : undefined;
      const name = profile?.spec.configuration ?? request.query.configuration;
      const configuration = name ? findConfiguration(store.snapshot, name) : undefined;
      const server = serverUrl(request, settings);
      const view = bootView(distro, { server, proxy: settings.proxy, profile, configuration });
      return textPlan(await distro.plugin.boot(view));
    },
  );
}

/** The Configuration of this name. Throws SERABUT_ERR_CONFIGURATION_NOT_FOUND, or what is wrong with it. */
export function findConfiguration(snapshot: Snapshot, name: string): Resource<'Configuration'> {
  const found = snapshot.get('Configuration', name);
  if (found !== undefined) return found;
  throw new SerabutError('SERABUT_ERR_CONFIGURATION_NOT_FOUND', `there is no Configuration "${name}"`);
}

function findProfile(snapshot: Snapshot, name: string, distro: string): Resource<'BootProfile'> {
  const found = snapshot.get('BootProfile', name);
  if (found?.spec.distro === distro) return found;
  throw new SerabutError('SERABUT_ERR_PROFILE_NOT_FOUND', `there is no BootProfile "${name}" of distro "${distro}"`);
}
