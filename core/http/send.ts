import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { explain, SerabutError } from '../errors.js';
import { BufferPool } from './buffer-pool.js';
import type { ByteSource } from './byte-source.js';
import { FileHandles } from './file-handles.js';
import type { Plan } from './plan.js';
import { Transfer } from './transfer.js';
import { Turns } from './turns.js';

declare module 'fastify' {
  interface FastifyInstance {
    readonly sender: Sender;
  }
}

export interface SenderOptions {
  /** For how long a client may take nothing of a body before it is cut off. */
  readonly stallMs?: number | undefined;
}

/** Memory for the pieces of all bodies that are on their way, in bytes; see core/http/buffer-pool.ts. */
const bufferBudget = 12 * 1024 * 1024;

/** Reads at once: enough for the four threads that Node reads files with, and for what waits on its way to them. */
const readsAtOnce = 16;

/** Bodies on their way at once. Each may need a smallest buffer beyond the budget. */
const maxTransfers = 4096;

/** Carries plans out, with what all responses of a server share. */
class Sender {
  readonly buffers = new BufferPool(bufferBudget);
  readonly files = new FileHandles();
  readonly #turns = new Turns(readsAtOnce);
  readonly #stallMs: number;
  #running = 0;

  /** A machine that was powered off in the middle is given up; one that unpacks what it got may pause for minutes. */
  constructor({ stallMs = 300_000 }: SenderOptions = {}) {
    this.#stallMs = stallMs;
  }

  /** How many bodies are on their way. */
  get running(): number {
    return this.#running;
  }

  async send(request: FastifyRequest, reply: FastifyReply, { status, headers, body }: Plan): Promise<FastifyReply> {
    if (body === undefined || typeof body === 'string') return reply.code(status).headers(headers).send(body);
    const head = { ...headers, 'content-length': body.length };
    if (request.method === 'HEAD') {
      reply.hijack();
      reply.raw.writeHead(status, head).end();
      return reply;
    }
    if (this.#running >= maxTransfers) throw tooManyTransfers();
    this.#running += 1;
    try {
      await this.#transfer(request, reply, { status, headers: head, body });
    } finally {
      this.#running -= 1;
    }
    return reply;
  }

  /** The files are opened before the head is sent: that one was replaced is then still an error with a status of its own. */
  async #transfer(request: FastifyRequest, reply: FastifyReply, { status, headers, body }: SourcePlan): Promise<void> {
    const files = await this.files.openAll(body);
    try {
      reply.hijack();
      reply.raw.writeHead(status, headers);
      const options = { buffers: this.buffers, turns: this.#turns, stallMs: this.#stallMs };
      await new Transfer(reply.raw, files, options).run(body);
    } catch (cause) {
      request.log.error({ err: cause }, 'a transfer was cut off');
    } finally {
      files.close();
    }
  }
}

type SourcePlan = { status: number; headers: Record<string, string | number>; body: ByteSource };

function tooManyTransfers(): SerabutError {
  const message = `${maxTransfers} bodies are being sent already`;
  return new SerabutError('SERABUT_ERR_BUSY', message, { retryAfter: 5 });
}

/** Gives a server its sender, and ends it with the server. */
export const sending = fp(
  async (app: FastifyInstance, options: SenderOptions) => {
    const sender = new Sender(options);
    app.decorate('sender', sender);
    app.addHook('onClose', () => sender.files.close());
  },
  { name: 'sending', fastify: '5.x' },
);

/**
 * Bids a client that waits with its body to go on. Where an answer to an earlier request is on its way, Node would put
 * that word between the head of this one's answer and its body (lib/_http_outgoing.js, `_send`), so it is left out:
 * nobody may wait for it without end (RFC 9110 §10.1.1).
 */
export function bidInTurn(server: Server): void {
  server.on('checkContinue', (request, response) => {
    if (response.socket !== null) response.writeContinue();
    server.emit('request', request, response);
  });
}

/** What Node's parser refuses, in words, by the code of its error (lib/_http_server.js and llhttp). */
const refusals: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'the head of the request is too long',
  ERR_HTTP_REQUEST_TIMEOUT: 'the request took too long to come',
};

/**
 * Answers bytes that are no request, as every error is answered, and closes the connection. Answers to earlier requests
 * come first: in the middle of one these bytes would be part of its body. Which one is on its way is told by no other
 * field of a socket (lib/_http_server.js, socketOnError).
 */
export function refuseBytes(error: Error & { code?: string }, socket: Socket): void {
  // The parser complains of each piece that comes after the first one, too.
  if (refused.has(socket)) return;
  refused.add(socket);
  refuseInTurn(error, socket);
}

const refused = new WeakSet<Socket>();

function refuseInTurn(error: Error & { code?: string }, socket: Socket): void {
  const { _httpMessage: answer } = socket as { _httpMessage?: ServerResponse | null };
  const isUnderWay = answer?.headersSent || answer?.req.method === 'HEAD';
  if (!socket.writable) socket.destroy();
  else if (answer?.req.complete) answer.once('close', () => refuseInTurn(error, socket));
  else if (isUnderWay) socket.destroy();
  else socket.end(refusal(refusals[error.code ?? ''] ?? 'this is no request of HTTP/1.1'), () => socket.destroy());
}

function refusal(message: string): string {
  const body = explain(new SerabutError('SERABUT_ERR_BAD_REQUEST', message));
  const type = 'Content-Type: text/plain; charset=utf-8';
  const head = ['HTTP/1.1 400 Bad Request', 'Connection: close', 'Cache-Control: no-store', type];
  return `${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
