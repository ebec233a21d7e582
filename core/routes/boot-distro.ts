import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { SerabutError } from '../errors.js';
import { textPlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import { machineQuery, machineView } from '../machines/identity.js';
import { leastMemoryScript } from '../machines/memory.js';
import { requireSupported } from '../plugin/supported.js';
import { automationView, bootView } from '../plugin/views.js';
import type { BootableDistro } from '../resources/catalogue.js';
import type { Resource } from '../resources/kinds.js';
import type { Snapshot } from '../resources/snapshot.js';
import { type Services, serverUrl } from './services.js';

const params = Type.Object({ distro: Type.String() });
const querystring = Type.Object({
  ...machineQuery,
  /** MiB, by iPXE's `${memsize}`; empty where iPXE does not know. */
  memory: Type.Optional(Type.String({ maxLength: 20 })),
  profile: Type.Optional(Type.String()),
  configuration: Type.Optional(Type.String()),
});

/**
 * `GET /boot/{distro}`: the iPXE script of a distro. With `?profile=` or `?configuration=` the installation asks
 * nothing and erases the disk; without them the installer asks its questions. A machine that says it has less memory
 * than the installer needs gets a script that says so, and loads nothing.
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
      const machine = machineView(request.query);
      const { proxy, reportUrl } = settings;
      const context = { server, proxy, reportUrl, machine, profile };
      if (configuration !== undefined) await requireAnswers(distro, { ...context, configuration });
      const view = bootView(distro, { ...context, configuration });
      const tooLittle = leastMemoryScript(view, request.query.memory, `${server}${request.url}`);
      return textPlan(tooLittle ?? (await distro.plugin.boot(view)));
    },
  );
}

/** An installer shall not start, and erase a disk, that would not get its answers: each file is made once beforehand. */
async function requireAnswers(distro: BootableDistro, context: Parameters<typeof automationView>[1]): Promise<void> {
  await requireSupported(distro, context.configuration);
  for (const [file, make] of distro.plugin.automation) await make(automationView(distro, context, file));
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
