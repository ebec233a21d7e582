import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { SerabutError } from '../errors.js';
import type { Change, ChangeFeed } from '../operator/change-feed.js';
import { answers } from './api-schemas.js';
import type { Services } from './services.js';

/** How many may listen, how much one may leave untaken in bytes, and how often a silent connection is kept alive. */
const limits = { listeners: 200, untaken: 256 * 1024, keepAliveMs: 15_000 } as const;

const summary = 'What changes, as it changes: server-sent events';
const description =
  'Each event has the name `change`, and as its data a JSON object with `kind` (Machine, Image, Distro or Plugin) and ' +
  '`name`; null stands for some or all of the kind. At most two times a second. Nothing is sent again: who connects ' +
  'anew reads anew. How far a download is makes no event.';

/** `GET /api/v1/events`. */
export function apiEvents(app: FastifyInstance, { access, feed }: Services): void {
  const response = { 200: { description: summary, content: { 'text/event-stream': { schema: { type: 'string' } } } } };
  app.route({
    method: 'GET',
    url: '/events',
    exposeHeadRoute: false,
    schema: { summary, description, security: [{}, { token: [] }], response: { ...response, ...answers.errors } },
    onRequest: async (request) => access.requireReader(request),
    handler: async (_, reply) => {
      if (feed.listeners >= limits.listeners) {
        const message = `${limits.listeners} listen to events already`;
        throw new SerabutError('SERABUT_ERR_BUSY', message, { retryAfter: 30 });
      }
      return reply.type('text/event-stream; charset=utf-8').send(eventStream(feed));
    },
  });
}

/** A client that does not take what it is sent is cut off; it connects anew by itself. */
function eventStream(feed: ChangeFeed): Readable {
  const stream = new Readable({ read: () => {}, highWaterMark: limits.untaken });
  const push = (text: string): void => {
    if (!stream.push(text)) stream.destroy();
  };
  const keepAlive = setInterval(() => push(':\n\n'), limits.keepAliveMs).unref();
  const stop = feed.listen((changes) => push(changes.map(eventText).join('')));
  stream.once('close', () => {
    clearInterval(keepAlive);
    stop();
  });
  push('retry: 2000\n\n');
  return stream;
}

function eventText(change: Change): string {
  return `event: change\ndata: ${JSON.stringify(change)}\n\n`;
}
