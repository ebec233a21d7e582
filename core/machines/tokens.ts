import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Stored } from '../resources/store.js';
import type { Client } from './outcome.js';

/** A secret of 256 bits for a URL: in base64url, without a sign that has a meaning there. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether a text has the form of a token. */
export function isToken(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

/** A text of somebody's without what has the form of a token in it. */
export function withoutTokens(text: string): string {
  return text.replace(/(?<![\w-])[\w-]{43}(?![\w-])/g, '…');
}

/** What is kept in place of a token: its SHA-256 in hexadecimal digits. A token is no password, so no salt is needed. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Whether a token is the one of a hash; null is the hash of none. It takes the same time whatever the answer is. */
export function isTokenOf(token: string, hash: string | null): boolean {
  const given = createHash('sha256').update(token).digest();
  const kept = Buffer.alloc(given.length);
  const isWhole = Buffer.from(hash ?? '', 'hex').copy(kept) === given.length;
  return timingSafeEqual(given, kept) && isWhole;
}

/** Whether the token of an Installation's attempt is for a client: by its MAC address, or by its address where that is not known. */
export function isGrantedTo(
  { status: { client: granted } }: Stored<'Installation'>,
  { address, neighbour }: Client,
): boolean {
  if (granted === null) return false;
  return granted.mac === null ? granted.address === address : granted.mac === neighbour;
}
