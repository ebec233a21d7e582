import { SerabutError } from '../errors.js';

/** How long a call into a plugin may take, how long the text may be that it returns (in UTF-16 units), and its heap. */
export const pluginLimits = {
  milliseconds: 5_000,
  /** Of the first call, which begins with the start of a process. */
  loadMilliseconds: 20_000,
  textLength: 1_048_576,
  heapMiB: 128,
} as const;

/** Where in the life of a plugin a call belongs; named in every failure. */
export type Stage = 'load' | 'boot' | 'check' | `automation ${string}` | `overlay ${string}`;

/**
 * The one door into a plugin's code. Whatever it throws, rejects with or never settles becomes an error that names the
 * plugin, the stage and the cause. Code that never yields is stopped by plugin-process.ts, where it is not Serabut's own.
 */
export async function runPlugin<T>(plugin: string, stage: Stage, call: () => T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const milliseconds = stage === 'load' ? pluginLimits.loadMilliseconds : pluginLimits.milliseconds;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not settle within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([(async () => call())(), deadline]);
  } catch (cause) {
    if (cause instanceof SerabutError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SerabutError('SERABUT_ERR_PLUGIN_FAILED', `plugin "${plugin}" failed at ${stage}: ${reason}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** What a plugin returned as a text: a string of bounded length and nothing else. */
export function pluginText(plugin: string, stage: Stage, returned: unknown): string {
  if (typeof returned === 'string' && returned.length <= pluginLimits.textLength) return returned;
  const kind = returned === undefined || returned === null ? 'nothing' : `a ${typeof returned}`;
  const received = typeof returned === 'string' ? `a text of ${returned.length} characters` : kind;
  const message = `plugin "${plugin}" at ${stage}: expected a text of at most ${pluginLimits.textLength} characters, received ${received}`;
  throw new SerabutError('SERABUT_ERR_PLUGIN_FAILED', message);
}
