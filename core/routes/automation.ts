import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { SerabutError } from '../errors.js';
import { mediaType } from '../http/media-type.js';
import { textPlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import { machineQuery, machineView } from '../machines/identity.js';
import { requireSupported } from '../plugin/supported.js';
import { automationView } from '../plugin/views.js';
import { findConfiguration } from './boot-distro.js';
import { type Services, serverUrl } from './services.js';

const querystring = Type.Object(machineQuery);
const params = Type.Object({ config: Type.String(), distro: Type.String(), file: Type.String() });

/**
 * `GET /configuration/{config}/automation/{distro}/{file}`: an answer file. The parameters are those of the first
 * BootProfile, by name, that joins this configuration to this distro. What the query says of the machine goes into the
 * host name, and into what depends on its firmware.
 */
export function automation(app: FastifyInstance, { catalogue, store, settings }: Services): void {
  readable<{ Params: Static<typeof params>; Querystring: Static<typeof querystring> }>(
    app,
    '/configuration/:config/automation/:distro/:file',
    { params, querystring },
    async (request) => {
      const { config, file } = request.params;
      const configuration = findConfiguration(store.snapshot, config);
      const distro = await catalogue.distro(request.params.distro);
      const make = distro.plugin.automation.get(file);
      if (make === undefined) {
        const known = [...distro.plugin.automation.keys()].join(', ');
        throw new SerabutError(
          'SERABUT_ERR_FILE_NOT_FOUND',
          `${distro.name} has no answer file "${file}", only ${known}`,
        );
      }
      const profiles = store.snapshot.list('BootProfile');
      const profile = profiles.find(({ spec }) => spec.distro === distro.name && spec.configuration === config);
      await requireSupported(distro, configuration);
      const server = serverUrl(request, settings);
      const machine = machineView(request.query);
      const { proxy, reportUrl } = settings;
      const context = { server, proxy, reportUrl, machine, profile, configuration };
      return textPlan(await make(automationView(distro, context, file)), mediaType(file, 'text/plain; charset=utf-8'));
    },
  );
}
