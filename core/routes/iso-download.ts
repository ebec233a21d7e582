import type { FastifyInstance } from 'fastify';
import { fileSource } from '../http/byte-source.js';
import { mediaType } from '../http/media-type.js';
import { sourcePlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import Type, { type Static } from '../typebox.js';
import type { Services } from './services.js';

const params = Type.Object({ iso: Type.String() });

/** `GET /iso/download/{iso}`: the whole ISO. */
export function isoDownload(app: FastifyInstance, { library }: Services): void {
  readable<{ Params: Static<typeof params> }>(app, '/iso/download/:iso', { params }, (request) => {
    const { iso } = request.params;
    return sourcePlan(fileSource(library.volume(iso).file), mediaType(iso), request);
  });
}
