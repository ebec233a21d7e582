import type { FastifyRequest } from 'fastify';
import { withoutTokens } from '../machines/tokens.js';

/** The URL of a request for the log: without the token of an installation, however a client wrote it. */
export function shownUrl({ url, routeOptions, params }: FastifyRequest): string {
  const { file = '' } = (params ?? {}) as { file?: string };
  const pattern = routeOptions.url ?? '';
  const isOfToken = pattern.startsWith('/installations/');
  const path = isOfToken ? pattern.replace(':token', '…').replace(':file', () => file) : url;
  // No number of steps decodes all that a client may write, but what is a token only then is none that opens anything.
  const plain = path.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  const shown = withoutTokens(plain);
  return shown === plain ? path : shown;
}
