import type { FastifyInstance, FastifyRequest, FastifySchema, RouteGenericInterface } from 'fastify';
import type { Plan } from './plan.js';

/**
 * A route that can be read by GET and HEAD. Both are registered by hand with one handler: the HEAD route that Fastify
 * makes by itself would run the whole body through and throw it away.
 */
export function readable<Route extends RouteGenericInterface>(
  app: FastifyInstance,
  url: string,
  schema: FastifySchema,
  plan: (request: FastifyRequest<Route>) => Plan | Promise<Plan>,
): void {
  for (const method of ['GET', 'HEAD'] as const) {
    app.route({
      method,
      url,
      schema,
      exposeHeadRoute: false,
      handler: async (request, reply) => app.sender.send(request, reply, await plan(request as FastifyRequest<Route>)),
    });
  }
}
