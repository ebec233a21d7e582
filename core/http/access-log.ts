import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/**
 * One line per request when its response has closed. Fastify's own onResponse never runs after a client's abort, and
 * an aborted initrd is just what somebody looks for.
 */
export const accessLog = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRequest', async (request, reply) => {
      const started = performance.now();
      const { method, url } = request;
      // The address is gone when the socket is, and with a peer that has reset the connection it never was there.
      const client = (request.ip as string | undefined)?.replace(/^::ffff:/, '') ?? 'gone';
      const before = request.socket.bytesWritten;
      reply.raw.once('close', () => {
        const line = {
          client,
          method,
          url,
          status: reply.raw.statusCode,
          bytes: request.socket.bytesWritten - before,
          ms: Math.round(performance.now() - started),
          ...(reply.raw.writableFinished ? {} : { aborted: true }),
        };
        request.log.info(line, 'request');
      });
    });
  },
  { name: 'access-log', fastify: '5.x' },
);
