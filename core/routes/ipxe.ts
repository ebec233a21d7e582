import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { SerabutError } from '../errors.js';
import { fileSource, identityOf } from '../http/byte-source.js';
import { mediaType } from '../http/media-type.js';
import { sourcePlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import Type, { type Static } from '../typebox.js';
import type { Services } from './services.js';

const params = Type.Object({ file: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*\\.(efi|kpxe)$' }) });

/** `GET /ipxe/{file}`: an iPXE binary, for UEFI HTTP boot. */
export function ipxe(app: FastifyInstance, { settings }: Services): void {
  readable<{ Params: Static<typeof params> }>(app, '/ipxe/:file', { params }, async (request) => {
    const { file } = request.params;
    const path = join(settings.ipxeDirectory, file);
    const stats = await stat(path, { bigint: true }).catch(() => undefined);
    if (!stats?.isFile()) throw new SerabutError('SERABUT_ERR_FILE_NOT_FOUND', `there is no iPXE binary ${file}`);
    return sourcePlan(fileSource(identityOf(path, stats)), mediaType(file), request);
  });
}
