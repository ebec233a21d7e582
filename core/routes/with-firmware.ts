import type { FastifyInstance } from 'fastify';
import { joinInitrd } from '../firmware/join.js';
import { sourcePlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import Type, { type Static } from '../typebox.js';
import type { Services } from './services.js';

const params = Type.Object({ distro: Type.String() });

/** `GET /with-firmware/{distro}/initrd.gz`: the distro's initrd followed by its overlay and its firmware archives. */
export function withFirmware(app: FastifyInstance, { catalogue }: Services): void {
  readable<{ Params: Static<typeof params> }>(app, '/with-firmware/:distro/initrd.gz', { params }, async (request) => {
    const { initrd, overlay, firmware } = await catalogue.distro(request.params.distro);
    const archives = overlay === undefined ? firmware : [overlay, ...firmware];
    return sourcePlan(joinInitrd(initrd, archives), 'application/octet-stream', request);
  });
}
