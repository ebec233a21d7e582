import { SerabutError } from '../errors.js';

declare const safe: unique symbol;

/** A relative path of plain segments joined by `/`, without `..`, NUL or backslash; empty means the root. */
export type SafePath = string & { readonly [safe]: true };

/**
 * The only way from a path in a URL (decoded once, by the router) to one that is looked up. Empty and `.` segments are
 * dropped, since installers join URLs carelessly; whatever could climb or confuse is refused.
 */
export function safePath(decoded: string): SafePath {
  const segments = decoded.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..') || /[\0\\]/.test(decoded)) {
    throw new SerabutError('SERABUT_ERR_PATH_INVALID', `the path ${JSON.stringify(decoded)} is not allowed`);
  }
  return segments.join('/') as SafePath;
}
