import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Seed } from './target.js';

/** What a process is told when it starts. It tries the inputs `first`, `first + step`, … below `count`. */
export interface Orders {
  /** The URL of the module that exports the target. */
  readonly module: string;
  readonly seeds: readonly Seed[];
  readonly seed: number;
  readonly first: number;
  readonly step: number;
  readonly count: number;
  /** The file in which the process says where it is. */
  readonly progress: string;
}

/** What a process says. */
export type Message = { readonly failure: FailureReport } | { readonly done: true };

/** An input that broke an invariant. */
export interface FailureReport {
  readonly index: number;
  readonly error: string;
}

/** How many inputs were read and refused, and which one is being tried. */
export interface Progress {
  readonly read: number;
  readonly refused: number;
  readonly current: number;
}

/** Says where a process is in a file, because that can be read after the process died or while it hangs. */
export class ProgressFile {
  readonly #file: number;
  readonly #numbers = new Float64Array(3);

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  write({ read, refused, current }: Progress): void {
    this.#numbers.set([read, refused, current]);
    writeSync(this.#file, this.#numbers, 0, this.#numbers.byteLength, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Zeros, and no current input, if there is nothing yet. */
export function readProgress(path: string): Progress {
  const bytes = readFileSync(path);
  if (bytes.length < 24) return { read: 0, refused: 0, current: -1 };
  return { read: bytes.readDoubleLE(0), refused: bytes.readDoubleLE(8), current: bytes.readDoubleLE(16) };
}
