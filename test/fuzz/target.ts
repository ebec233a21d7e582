import type { Random } from './random.js';

/** What mutation begins with. */
export interface Seed {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** `read`: taken for good input; `refused`: with an error that says why. Both are fine. */
export type Outcome = 'read' | 'refused';

/** What is fuzzed. A module that the runner can load in a process exports one as `target`. */
export interface FuzzTarget {
  /** Given the seeds, how to make one input. Must use no other source of chance than what it is given. */
  readonly mutator: (seeds: readonly Seed[]) => (random: Random) => Uint8Array;
  /** Tries one input. Throws if an invariant is broken. */
  readonly attempt: (input: Uint8Array) => Promise<Outcome>;
  /** Seconds of CPU that one input may take. */
  readonly maxSeconds: number;
  /** MiB that the heap of one process may grow to. */
  readonly maxHeapMib: number;
  /** Ends what would keep the process going. */
  readonly close?: () => Promise<void>;
}
