import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Counter, Registry } from 'prom-client';
import { whenClosed } from './outcome.js';

declare module 'fastify' {
  interface FastifyInstance {
    /** The metrics of this application, and of no other in the process. */
    readonly metrics: Registry;
  }
}

/**
 * Counts requests when their responses have closed. A route is named by its pattern: a URL is the client's own choice,
 * and each new one would be a series that is kept for ever.
 */
export const requestMetrics = fp(
  async (app: FastifyInstance) => {
    const registry = new Registry();
    const { requests, bytes, aborted } = counters(registry);
    app.decorate('metrics', registry);
    app.addHook('onRequest', async (request, reply) => {
      const { method } = request;
      const route = request.routeOptions.url ?? 'none';
      whenClosed(request, reply, (outcome) => {
        requests.inc({ route, method, status: outcome.status });
        bytes.inc({ route }, outcome.bytes);
        // Adding 0 as well makes the series begin there: Prometheus sees no increase in one that begins with 1.
        aborted.inc({ route }, outcome.isAborted ? 1 : 0);
      });
    });
  },
  { name: 'request-metrics', fastify: '5.x' },
);

/** Every label has few values: the routes, the methods that Node's parser knows, the statuses. */
function counters(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'serabut_http_requests_total',
      help: 'Requests whose response has ended.',
      labelNames: ['route', 'method', 'status'],
      registers,
    }),
    bytes: new Counter({
      name: 'serabut_http_response_bytes_total',
      help: 'Bytes of responses with their heads, counted when a response ends.',
      labelNames: ['route'],
      registers,
    }),
    aborted: new Counter({
      name: 'serabut_http_response_aborted_total',
      help: 'Responses that ended before the client had everything.',
      labelNames: ['route'],
      registers,
    }),
  };
}
