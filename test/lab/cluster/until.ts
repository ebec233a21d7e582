import type { LoggedProcess } from '../process-log.js';

export interface Patience {
  readonly seconds: number;
  /** Ends the wait when the run is broken off. */
  readonly stopping: AbortSignal;
  /** Programs without which waiting is in vain. */
  readonly running?: readonly LoggedProcess[];
}

/** Waits until a condition holds. Fails, with the last lines of the programs that matter, when it does not. */
export async function until(
  what: string,
  condition: () => Promise<boolean>,
  { seconds, stopping, running = [] }: Patience,
): Promise<void> {
  const last = () => running.flatMap(({ lines }) => lines.slice(-5).map(({ text }) => `\n  | ${text.slice(0, 300)}`));
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    stopping.throwIfAborted();
    if (await condition()) return;
    if (running.some(({ isRunning }) => !isRunning)) throw new Error(`no ${what}: its program ended${last().join('')}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`no ${what} within ${seconds} s${last().join('')}`);
}

/** Whether a condition comes to hold in time. */
export async function comesTrue(condition: () => Promise<boolean>, patience: Patience): Promise<boolean> {
  try {
    await until('condition', condition, patience);
    return true;
  } catch {
    patience.stopping.throwIfAborted();
    return false;
  }
}
