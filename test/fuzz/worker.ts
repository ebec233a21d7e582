/** One process of a fuzzer: tries input after input. Whatever happens to it, its parent knows which one it was at. */
import { once } from 'node:events';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { type Message, type Orders, ProgressFile } from './orders.js';
import { Random } from './random.js';
import type { FuzzTarget, Outcome } from './target.js';

/** Inputs between two looks at whether the run was ended. */
const LOOK_EVERY = 64;

const [orders] = (await once(process, 'message')) as [Orders];
const { target } = (await import(orders.module)) as { target: FuzzTarget };
const mutate = target.mutator(orders.seeds);
const progress = new ProgressFile(orders.progress);
const counts = { read: 0, refused: 0 };
let current = orders.first;
// A promise that nobody waits for comes to light when this process next yields.
process.on('uncaughtException', ({ stack, message }) => {
  void say({
    failure: { index: current, error: `of this input or one of the ${LOOK_EVERY} before it: ${stack ?? message}` },
  });
});

for (let index = orders.first; index < orders.count; index += orders.step) {
  current = index;
  progress.write({ ...counts, current: index });
  const outcome = await tried(mutate(new Random(orders.seed, index)));
  if (typeof outcome === 'string') counts[outcome] += 1;
  else await say({ failure: { index, error: outcome.stack ?? outcome.message } });
  if ((index - orders.first) % (LOOK_EVERY * orders.step) === 0) await yieldToEvents();
}
progress.write({ ...counts, current: -1 });
await target.close?.();
await say({ done: true });
process.disconnect();

async function tried(input: Uint8Array): Promise<Outcome | Error> {
  const started = process.cpuUsage();
  try {
    const outcome = await target.attempt(input);
    const { user, system } = process.cpuUsage(started);
    const spent = (user + system) / 1e6;
    if (spent <= target.maxSeconds) return outcome;
    return new Error(`took ${spent.toFixed(1)} seconds of CPU, where ${target.maxSeconds} are enough`);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function say(message: Message): Promise<void> {
  return new Promise((done) => process.send?.(message, () => done()));
}
