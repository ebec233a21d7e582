import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { whenClosed } from './outcome.js';
import { shownUrl } from './shown-url.js';

/** One line per request when its response has closed. The tokens of installations are not in it. */
export const accessLog = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRequest', async (request, reply) => {
      const { method } = request;
      const url = shownUrl(request);
      // The address is gone when the socket is, and with a peer that has reset the connection it never was there.
      const client = (request.ip as string | undefined)?.replace(/^::ffff:/, '') ?? 'gone';
      whenClosed(request, reply, ({ status, bytes, ms, isAborted }) => {
        const line = { client, method, url, status, bytes, ms, ...(isAborted ? { aborted: true } : {}) };
        request.log.info(line, 'request');
      });
    });
  },
  { name: 'access-log', fastify: '5.x' },
);
