import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SerabutError } from '../errors.js';
import { mediaType } from '../http/media-type.js';
import { textPlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import { machineView, saidFacts, type WholeQuery, wholeQuery } from '../machines/identity.js';
import type { Question } from '../machines/outcome.js';
import { requireSupported } from '../plugin/supported.js';
import { answerFile } from '../plugin/texts.js';
import { findConfiguration } from '../resources/find.js';
import Type, { type Static } from '../typebox.js';
import { isLook } from './boot.js';
import { clientOf } from './client.js';
import { plainConfiguration } from './plain-configuration.js';
import { type Services, serverUrl } from './services.js';

const querystring = Type.Object(wholeQuery);
const params = Type.Object({ config: Type.String(), distro: Type.String(), file: Type.String() });

/**
 * `GET /configuration/{config}/automation/{distro}/{file}`: an answer file. The parameters are those of the first
 * BootProfile, by name, that joins this configuration to this distro. What the query says of the machine goes into the
 * host name, and into what depends on its firmware. A known machine gets it only while it is installed with it.
 */
export function automation(app: FastifyInstance, services: Services): void {
  const { catalogue, store, settings } = services;
  readable<{ Params: Static<typeof params>; Querystring: Static<typeof querystring> }>(
    app,
    '/configuration/:config/automation/:distro/:file',
    { params, querystring },
    async (request) => {
      const { config, file } = request.params;
      await requireAllowed(
        request,
        { about: 'answers', distro: request.params.distro, configuration: config },
        services,
      );
      const configuration = findConfiguration(store.snapshot, config);
      const distro = await catalogue.distro(request.params.distro);
      const profiles = store.snapshot.list('BootProfile');
      const profile = profiles.find(({ spec }) => spec.distro === distro.name && spec.configuration === config);
      await requireSupported(distro, configuration);
      const context = {
        server: serverUrl(request, settings),
        proxy: settings.proxy,
        reportUrl: settings.preview?.report,
        syslogPort: settings.syslogPort,
        machine: machineView(request.query),
        profile,
        configuration: plainConfiguration(configuration, settings),
      };
      return textPlan(await answerFile(distro, context, file), mediaType(file, 'text/plain; charset=utf-8'));
    },
  );
}

/** Throws SERABUT_ERR_NOT_INSTALLING for a known machine that is not installed with this now. */
async function requireAllowed(
  request: FastifyRequest<{ Querystring: WholeQuery }>,
  question: Question,
  { settings, machines, neighbours }: Services,
): Promise<void> {
  if (settings.preview !== undefined) return;
  const asked = [saidFacts(request.query), await clientOf(request, neighbours), question] as const;
  const { decision, asker = null } = isLook(request)
    ? { decision: await machines.look(...asked) }
    : await machines.ask(...asked);
  request.machine = asker;
  if (decision.kind !== 'allow') throw new SerabutError('SERABUT_ERR_NOT_INSTALLING', decision.reason);
}
