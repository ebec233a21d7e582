import type { FastifyInstance } from 'fastify';
import { SerabutError } from '../errors.js';
import { textPlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import type { Services } from './services.js';

/** What is answered while the ISOs are being read. */
const answeredAtOnce = new Set<string | undefined>(['/healthz', '/metrics']);

/**
 * `GET /healthz`: the process answers. `GET /readyz`: all that was there at the start is read, as for every other route,
 * and machines can boot from the LAN.
 */
export function health(app: FastifyInstance, { isReady, settings }: Services): void {
  readable(app, '/healthz', {}, () => textPlan('ok\n'));
  readable(app, '/readyz', {}, () => {
    const problem = settings.lanProblem?.();
    if (problem !== undefined) throw problem;
    return textPlan('ok\n');
  });
  // Until then nobody can say what does not exist: a machine must wait and not be sent to its own disk.
  app.addHook('onRequest', async (request) => {
    if (isReady() || answeredAtOnce.has(request.routeOptions.url)) return;
    throw new SerabutError('SERABUT_ERR_ISO_PREPARING', 'the ISOs are being read', { retryAfter: 2 });
  });
}
