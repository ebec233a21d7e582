/** One thread of a fuzzer: tries input after input, and says in shared memory where it is. */
import { parentPort, workerData } from 'node:worker_threads';
import { ASKED_TO_STOP, CURRENT, type FailureReport, READ, REFUSED, type WorkerOrders } from './orders.js';
import { Random } from './random.js';
import type { FuzzTarget } from './target.js';

const { module, seeds, seed, first, step, count, shared } = workerData as WorkerOrders;
const { target } = (await import(module)) as { target: FuzzTarget };
const mutate = target.mutator(seeds);

for (let index = first; index < count && Atomics.load(shared, ASKED_TO_STOP) === 0; index += step) {
  Atomics.store(shared, CURRENT, index);
  const input = mutate(new Random(seed, index));
  const started = process.threadCpuUsage();
  try {
    const outcome = await target.attempt(input);
    const { user, system } = process.threadCpuUsage(started);
    const spent = (user + system) / 1e6;
    if (spent > target.maxSeconds)
      throw new Error(`took more than ${target.maxSeconds} s of CPU: ${spent.toFixed(1)} s`);
    Atomics.add(shared, outcome === 'read' ? READ : REFUSED, 1);
  } catch (error) {
    const report: FailureReport = {
      index,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
    parentPort?.postMessage(report);
  }
}
Atomics.store(shared, CURRENT, -1);
