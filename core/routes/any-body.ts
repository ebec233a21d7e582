import type { FastifyInstance } from 'fastify';
import { SerabutError } from '../errors.js';

/** Bytes of a body that are read, and that are taken in all: installers may send their logs with a report. */
const limits = { kept: 65_536, taken: 16 * 1024 * 1024 } as const;

/** Lets the routes of this scope take a body of any type, as the text of its beginning; a longer one is drained. */
export function acceptAnyBody(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', async (_request: unknown, payload: AsyncIterable<Buffer>) => {
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of payload) {
      if (length < limits.kept) pieces.push(piece);
      length += piece.length;
      if (length > limits.taken) throw tooLong();
    }
    return Buffer.concat(pieces).subarray(0, limits.kept).toString('utf8');
  });
}

function tooLong(): SerabutError {
  return new SerabutError('SERABUT_ERR_BAD_REQUEST', `a report is longer than ${limits.taken} bytes`);
}
