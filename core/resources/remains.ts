import { findings } from '../check.js';
import type { TSchema } from '../typebox.js';
import { line, macAddress, uuid } from './text.js';

/** What a computer is known by. */
export interface Identities {
  readonly macs: readonly string[];
  readonly uuid: string | null;
  readonly serial: string | null;
}

/**
 * What is known of a Machine that is not there, or cannot be used: its computer may hold what somebody needs, and is not
 * to be taken for one that nobody knows.
 */
export interface Remains {
  readonly name: string;
  /** All that it was ever seen to be known by. */
  readonly identities: readonly Identities[];
  /** The highest generation that was begun. */
  readonly generation: number;
  /** Where what is known of it is kept, for people. */
  readonly where: string;
}

/** What of something that may be wrong as a whole can be used as identities. */
export function identitiesIn(value: unknown): Identities {
  const { macs, mac, uuid: id, serial } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const listed = [...(Array.isArray(macs) ? macs.slice(0, 16) : []), mac];
  return {
    macs: listed.filter((one): one is string => isOf(macSchema, one)),
    uuid: isOf(uuidSchema, id) ? id : null,
    serial: isOf(serialSchema, serial) ? serial : null,
  };
}

const [macSchema, uuidSchema, serialSchema] = [macAddress(), uuid(), line(128)];

function isOf(schema: TSchema, value: unknown): value is string {
  return findings(schema, value).length === 0;
}
