import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { SerabutError } from '../errors.js';
import { replyWithProblem } from '../http/error-text.js';
import { operatorHeaders } from '../http/operator-access.js';
import { apiActions } from './api-actions.js';
import { apiEvents } from './api-events.js';
import { apiReading } from './api-reading.js';
import { answers, namedSchemas } from './api-schemas.js';
import type { Services } from './services.js';

/** What is said of the API where its document begins. */
const info = {
  title: 'Serabut',
  version: 'v1',
  description:
    'What the dashboard and the command line of Serabut stand on. Reading is open to everybody who reaches the server, ' +
    'unless it was started with --closed; acting wants the token of an operator.',
};

/** `/api/v1/…`: everything that operators see and do, as JSON. `/api/v1/openapi.json` describes it, made of the routes. */
export async function api(app: FastifyInstance, services: Services): Promise<void> {
  await app.register(
    async (scope) => {
      scope.setErrorHandler(replyWithProblem);
      scope.setNotFoundHandler((request) => {
        throw new SerabutError('SERABUT_ERR_ROUTE_NOT_FOUND', `there is nothing at ${request.method} ${request.url}`);
      });
      scope.addHook('onRequest', async (_, reply) => void reply.headers(operatorHeaders));
      // The views are made field by field, and tests hold them against the schemas: no serializer is compiled at each start.
      scope.setSerializerCompiler(() => (data) => JSON.stringify(data));
      for (const [name, schema] of Object.entries(namedSchemas)) scope.addSchema({ ...schema, $id: name });
      await scope.register(swagger, {
        openapi: {
          openapi: '3.1.0',
          info,
          components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
        },
        refResolver: { buildLocalReference: ({ $id }) => String($id) },
      });
      await scope.register(async (routes) => {
        apiReading(routes, services);
        apiEvents(routes, services);
        apiActions(routes, services);
        describeApi(routes);
      });
    },
    { prefix: '/api/v1' },
  );
}

/** `GET /api/v1/openapi.json`; open where reading is closed, too: it says nothing of this server. */
function describeApi(app: FastifyInstance): void {
  const schema: FastifySchema = {
    summary: 'This document',
    response: { 200: { description: 'OpenAPI 3.1', type: 'object', additionalProperties: true }, ...answers.errors },
  };
  app.get('/openapi.json', { schema }, () => app.swagger());
}
