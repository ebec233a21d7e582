import type { FastifyInstance } from 'fastify';
import { SerabutError } from '../errors.js';
import { textPlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import type { Services } from './services.js';

/** `GET /healthz`: the process answers. `GET /readyz`: all that was there at the start has been read. */
export function health(app: FastifyInstance, { isReady }: Services): void {
  readable(app, '/healthz', {}, () => textPlan('ok\n'));
  readable(app, '/readyz', {}, () => {
    if (isReady()) return textPlan('ok\n');
    throw new SerabutError('SERABUT_ERR_ISO_PREPARING', 'the ISOs are being read', { retryAfter: 2 });
  });
}
