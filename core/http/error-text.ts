import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { asSerabutError, explain, SerabutError } from '../errors.js';
import { problemOf } from '../operator/schema.js';

/**
 * Every failure as short plain text with a code, since it may be read on an iPXE console. What the server is to blame
 * for is logged with its cause; an error that nobody foresaw tells the client no more than that.
 */
export const errorText = fp(
  async (app: FastifyInstance) => {
    app.setErrorHandler(replyWithError);
    app.setNotFoundHandler((request) => {
      throw new SerabutError('SERABUT_ERR_ROUTE_NOT_FOUND', `there is nothing at ${request.method} ${request.url}`);
    });
  },
  { name: 'error-text', fastify: '5.x' },
);

/** Seconds. iPXE asks again after a 503 only when it is told when. */
const defaultRetryAfter = 5;

/** Answers with an error; also for what Fastify refuses before any route is found. */
export function replyWithError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = beginErrorReply(thrown, request, reply);
  return reply.type('text/plain; charset=utf-8').send(explain(error));
}

/** The same as JSON, for programs. */
export function replyWithProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = beginErrorReply(thrown, request, reply);
  return reply.type('application/json; charset=utf-8').send(problemOf(error));
}

/** Logs what the server is to blame for, and sets the head of the answer. What the client may know comes back. */
export function beginErrorReply(thrown: unknown, request: FastifyRequest, reply: FastifyReply): SerabutError {
  const error = isRefusal(thrown) ? badRequest(thrown) : asSerabutError(thrown);
  if (error.status >= 500) request.log.error({ err: thrown }, error.code);
  const seconds = error.retryAfter ?? (error.status === 503 ? defaultRetryAfter : undefined);
  const retryAfter = seconds === undefined ? {} : { 'retry-after': String(seconds) };
  reply.code(error.status).headers({ ...error.headers, ...retryAfter, 'cache-control': 'no-store' });
  return error.code === 'SERABUT_ERR_INTERNAL' ? new SerabutError(error.code, 'an unforeseen error') : error;
}

/** Fastify's own refusals: a URL that cannot be decoded, a parameter that does not fit its schema. */
function isRefusal(thrown: unknown): thrown is FastifyError {
  return (
    !(thrown instanceof SerabutError) &&
    thrown instanceof Error &&
    'statusCode' in thrown &&
    Number(thrown.statusCode) < 500
  );
}

function badRequest(thrown: FastifyError): SerabutError {
  const code = thrown.code === 'FST_ERR_BAD_URL' ? 'SERABUT_ERR_PATH_INVALID' : 'SERABUT_ERR_BAD_REQUEST';
  return new SerabutError(code, thrown.message, { cause: thrown });
}
