import type { SerabutError } from '../errors.js';
import Type, { type Static, type TNull, type TSchema, type TUnion, type TUnsafe } from '../typebox.js';

/** What an answer may leave open. */
export const orNull = <T extends TSchema>(schema: T): TUnion<[T, TNull]> => Type.Union([schema, Type.Null()]);

/** One of some words, without the keyword `expected`, which only findings need. */
export const words = <const T extends readonly string[]>(
  list: T,
  more: { readonly default?: T[number]; readonly description?: string } = {},
): TUnsafe<T[number]> => Type.Unsafe<T[number]>({ type: 'string', enum: [...list], ...more });

/** A moment in UTC (RFC 3339). */
export const moment = () => Type.String({ format: 'date-time' });

/** An error as programs read it. */
export const problem = Type.Object(
  {
    /** Of core/errors.ts. */
    code: Type.String(),
    message: Type.String(),
    /** The file, object or path that it is about. */
    where: orNull(Type.String()),
    /** What to do. */
    help: Type.String(),
  },
  { additionalProperties: false },
);

export type Problem = Static<typeof problem>;

export function problemOf({ code, message, where, remedy }: SerabutError): Problem {
  return { code, message, where: where ?? null, help: remedy };
}
