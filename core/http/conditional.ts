import type { IncomingHttpHeaders } from 'node:http';
import { parseHttpDate } from './http-date.js';

/** What identifies one version of a body: a strong entity tag and the time of its last change. */
export interface Validators {
  readonly etag: string;
  readonly modified: Date;
}

/** What the preconditions of a GET or HEAD lead to: the answer itself, 304, or 412. */
export type Outcome = 'send' | 'not-modified' | 'failed';

/** The preconditions in the order of RFC 9110 §13.2.2: a date counts only where the tags do not say it better. */
export function evaluate(headers: IncomingHttpHeaders, validators: Validators): Outcome {
  if (!isExpected(headers, validators)) return 'failed';
  return isKnown(headers, validators) ? 'not-modified' : 'send';
}

/** §13.1.1, §13.1.4: whether this is the version that the client has in mind. A date that is none counts as absent. */
function isExpected(headers: IncomingHttpHeaders, { etag, modified }: Validators): boolean {
  const tags = headers['if-match'];
  if (tags !== undefined) return tags.trim() === '*' || entityTags(tags).includes(etag);
  const date = parseHttpDate(headers['if-unmodified-since']);
  return date === undefined || wholeSeconds(modified) <= date;
}

/** §13.1.2, §13.1.3: whether the client already has this version. Tags are compared weakly: `W/"x"` is as good as `"x"`. */
function isKnown(headers: IncomingHttpHeaders, { etag, modified }: Validators): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    return tags.trim() === '*' || entityTags(tags).some((tag) => tag.replace(/^W\//, '') === etag);
  }
  const date = parseHttpDate(headers['if-modified-since']);
  return date !== undefined && wholeSeconds(modified) <= date;
}

/**
 * Whether a Range header counts (§13.1.5): without If-Range always, else only for exactly this version. A date is exact
 * only when the body is older than it by a minute (§8.8.2.2): a change within the same second would not show in it.
 */
export function isRangeWanted(headers: IncomingHttpHeaders, { etag, modified }: Validators, now = Date.now()): boolean {
  const condition = headers['if-range'];
  if (condition === undefined) return true;
  if (typeof condition !== 'string') return false;
  if (condition.includes('"')) return condition.trim() === etag;
  return parseHttpDate(condition) === wholeSeconds(modified) && modified.getTime() <= now - 60_000;
}

/** The tags of a list (§8.8.3), in which a comma may be part of a tag. */
function entityTags(list: string): string[] {
  return list.match(/(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g) ?? [];
}

/** HTTP dates have no fractions of a second. */
function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000) * 1000;
}
