import type { IncomingHttpHeaders } from 'node:http';
import { type ByteSource, entityTag, sliceSource } from './byte-source.js';
import { isNotModified, isRangeWanted } from './conditional.js';
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

/** A byte source as the client wants it: whole, in part, or not at all because it already has it. */
export function sourcePlan(source: ByteSource, type: string, request: IncomingHttpHeaders): Plan {
  const validators = { etag: entityTag(source), modified: source.modified };
  const headers = {
    etag: validators.etag,
    'last-modified': source.modified.toUTCString(),
    'accept-ranges': 'bytes',
    'cache-control': 'no-cache',
  };
  if (isNotModified(request, validators)) return { status: 304, headers, body: undefined };
  const range = isRangeWanted(request, validators) ? parseRange(request.range, source.length) : undefined;
  if (range === undefined) return { status: 200, headers: { ...headers, 'content-type': type }, body: source };
  const contentRange = `bytes ${range.start}-${range.end - 1}/${source.length}`;
  return {
    status: 206,
    headers: { ...headers, 'content-type': type, 'content-range': contentRange },
    body: sliceSource(source, range.start, range.end),
  };
}
