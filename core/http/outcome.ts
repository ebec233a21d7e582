import type { FastifyReply, FastifyRequest } from 'fastify';

/** How the answer to a request ended. */
export interface Outcome {
  readonly status: number;
  /** Bytes given to the client's connection, the head of the response included. */
  readonly bytes: number;
  readonly ms: number;
  /** The client left, or was cut off, before it had everything. */
  readonly isAborted: boolean;
}

/**
 * Calls back once, when the response has closed. Fastify's own onResponse never runs after a client's abort, and an
 * aborted initrd is just what somebody looks for.
 */
export function whenClosed(request: FastifyRequest, { raw }: FastifyReply, ended: (outcome: Outcome) => void): void {
  const started = performance.now();
  const { socket } = request;
  const before = bytesWritten(socket);
  raw.once('close', () => {
    ended({
      status: raw.statusCode,
      bytes: bytesWritten(socket) - before,
      ms: Math.round(performance.now() - started),
      isAborted: !raw.writableFinished,
    });
  });
}

/** What stands for a socket in a request that `inject` makes counts nothing. */
function bytesWritten(socket: FastifyRequest['socket']): number {
  return (socket.bytesWritten as number | undefined) ?? 0;
}
