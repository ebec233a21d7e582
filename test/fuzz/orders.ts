import type { Seed } from './target.js';

/** What a thread is told when it starts. It tries the inputs `first`, `first + step`, … below `count`. */
export interface WorkerOrders {
  /** The URL of the module that exports the target. */
  readonly module: string;
  readonly seeds: readonly Seed[];
  readonly seed: number;
  readonly first: number;
  readonly step: number;
  readonly count: number;
  readonly shared: Int32Array<SharedArrayBuffer>;
}

/** An input that broke an invariant. */
export interface FailureReport {
  readonly index: number;
  readonly error: string;
}

/** Places in the shared memory: how many inputs were read and refused, which one is being tried (-1: none), an order to stop. */
export const [READ, REFUSED, CURRENT, ASKED_TO_STOP, PLACES] = [0, 1, 2, 3, 4];

export function sharedPlaces(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(PLACES * Int32Array.BYTES_PER_ELEMENT));
}
