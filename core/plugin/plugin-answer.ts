import { type Path, type PlainCopy, plainCopy } from './plain-copy.js';

/** The answer of a plugin's process to a call, or with the id 0 what its module exports. */
export type Answer = { readonly id: number } & ({ readonly copy: PlainCopy } | { readonly error: string });

/** How long an error may be that is passed on, in characters. */
const errorLimit = 10_000;

/**
 * A message of a plugin's process as an answer; undefined when it is none. What runs there may send anything, so all that
 * was made sure of on its side is made sure of again.
 */
export function readAnswer(message: unknown): Answer | undefined {
  if (!isObject(message) || !Number.isSafeInteger(message.id)) return undefined;
  const { id, error, copy } = message as { id: number; error?: unknown; copy?: unknown };
  if (typeof error === 'string') return { id, error: error.slice(0, errorLimit) };
  if (!isObject(copy) || !Array.isArray(copy.functions)) return undefined;
  try {
    const { value, functions } = plainCopy(copy.value);
    const paths = copy.functions.filter(isPath);
    if (functions.length > 0 || paths.length !== copy.functions.length) return undefined;
    return { id, copy: { value, functions: paths } };
  } catch (thrown) {
    return { id, error: String(thrown).slice(0, errorLimit) };
  }
}

function isPath(path: unknown): path is Path {
  return Array.isArray(path) && path.every((key) => typeof key === 'string' || Number.isSafeInteger(key));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
