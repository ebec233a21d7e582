import type { IncomingHttpHeaders } from 'node:http';

/** What identifies one version of a body: a strong entity tag and the time of its last change. */
export interface Validators {
  readonly etag: string;
  readonly modified: Date;
}

/** Whether the client already has this version (RFC 9110 §13.1.2, §13.1.3): If-None-Match goes before the date. */
export function isNotModified(headers: IncomingHttpHeaders, { etag, modified }: Validators): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    return tags.trim() === '*' || tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && wholeSeconds(modified) <= since;
}

/** Whether a Range header counts (RFC 9110 §13.1.5): without If-Range always, else only for exactly this version. */
export function isRangeWanted(headers: IncomingHttpHeaders, { etag, modified }: Validators): boolean {
  const condition = headers['if-range'];
  if (condition === undefined) return true;
  if (typeof condition === 'string' && condition.startsWith('"')) return condition === etag;
  return Date.parse(String(condition)) === wholeSeconds(modified);
}

/** HTTP dates have no fractions of a second. */
function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000;
}
