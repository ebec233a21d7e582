import type { IncomingHttpHeaders } from 'node:http';
import { SerabutError } from '../errors.js';
import { type ByteSource, entityTag, sliceSource } from './byte-source.js';
import { evaluate, isRangeWanted } from './conditional.js';
import { parseRange } from './range.js';

/** What a route answers. Nothing below a route knows the socket: send.ts is the one module that carries plans out. */
export interface Plan {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | ByteSource | undefined;
}

export function textPlan(text: string, type = 'text/plain; charset=utf-8'): Plan {
  return { status: 200, headers: { 'content-type': type, 'cache-control': 'no-store' }, body: text };
}

/** What of a request decides how much of a body is sent. */
export interface BodyRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * A byte source as the client wants it: whole, in part, or not at all because it already has it. Ranges are defined for
 * GET alone (RFC 9110 §14.2).
 */
export function sourcePlan(source: ByteSource, type: string, { method, headers: asked }: BodyRequest): Plan {
  const validators = { etag: entityTag(source), modified: source.modified };
  const headers = {
    etag: validators.etag,
    'last-modified': source.modified.toUTCString(),
    'accept-ranges': 'bytes',
    'cache-control': 'no-cache',
  };
  const outcome = evaluate(asked, validators);
  if (outcome === 'not-modified') return { status: 304, headers, body: undefined };
  if (outcome === 'failed') {
    const message = 'the file is another version than the request wants';
    throw new SerabutError('SERABUT_ERR_PRECONDITION', message, { headers: { etag: validators.etag } });
  }
  const isPart = method === 'GET' && isRangeWanted(asked, validators);
  const range = isPart ? parseRange(asked.range, source.length) : undefined;
  if (range === undefined) return { status: 200, headers: { ...headers, 'content-type': type }, body: source };
  const contentRange = `bytes ${range.start}-${range.end - 1}/${source.length}`;
  return {
    status: 206,
    headers: { ...headers, 'content-type': type, 'content-range': contentRange },
    body: sliceSource(source, range.start, range.end),
  };
}
