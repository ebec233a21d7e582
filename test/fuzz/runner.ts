import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FailureReport } from './orders.js';
import { Random } from './random.js';
import type { FuzzTarget, Seed } from './target.js';
import { WorkerProcess } from './worker-process.js';

export interface FuzzOptions {
  /** The module that exports the `target`. */
  readonly module: URL;
  readonly seeds: readonly Seed[];
  /** Input number `index` is the same for the same seed and seeds, however many processes there are. */
  readonly seed: number;
  readonly count?: number | undefined;
  readonly seconds?: number | undefined;
  readonly processes?: number;
  /** Where offending inputs are written. */
  readonly directory: string;
  /** An input that takes this long is given up; by default so long that a busy machine alone is not the reason. */
  readonly hangMs?: number;
  readonly log?: (line: string) => void;
}

export interface Failure extends FailureReport {
  /** The input; undefined once there are enough with the same error. */
  readonly file: string | undefined;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly refused: number;
  readonly read: number;
  readonly failures: readonly Failure[];
  readonly seconds: number;
}

const PROGRESS_MS = 10_000;

/** Files that are kept of failures that look the same. */
const KEPT = 3;

/** Failures after which a run ends by itself. */
const ENOUGH = 500;

/** Tries inputs until one of the limits is reached. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const run = new Run(options, ((await import(options.module.href)) as { target: FuzzTarget }).target);
  return run.toEnd();
}

class Run {
  readonly #mutate: (random: Random) => Uint8Array;
  readonly #workers: WorkerProcess[] = [];
  readonly #failures: Failure[] = [];
  readonly #written = new Map<string, number>();
  readonly #started = performance.now();
  #writing = Promise.resolve();
  #stopped = false;

  constructor(
    private readonly options: FuzzOptions,
    private readonly target: FuzzTarget,
  ) {
    this.#mutate = target.mutator(options.seeds);
  }

  async toEnd(): Promise<FuzzReport> {
    const { processes = 1, seconds, log } = this.options;
    const watchdog = setInterval(() => this.#giveUpHanging(), 250);
    const progress = setInterval(() => log?.(summary(this.#report())), PROGRESS_MS);
    const end = seconds === undefined ? undefined : setTimeout(() => this.#stop(), seconds * 1000);
    try {
      await Promise.all(Array.from({ length: processes }, (_, number) => this.#shift(number, processes)));
      await this.#writing;
    } finally {
      for (const timer of [watchdog, progress, end]) clearInterval(timer);
    }
    return this.#report();
  }

  /** Keeps one process's share of the inputs going: one that dies is replaced, after the input that it died of. */
  async #shift(first: number, step: number): Promise<void> {
    const { module, seeds, seed, count = 2 ** 31 - 1 } = this.options;
    for (let next = first; next < count && !this.#stopped; ) {
      const orders = { module: module.href, seeds, seed, first: next, step, count };
      const worker = new WorkerProcess(orders, this.target.maxHeapMib, (failure) => this.#note(failure));
      this.#workers.push(worker);
      const died = await worker.end;
      if (died === undefined) return;
      this.#note(died);
      next = died.index + step;
    }
  }

  #note({ index, error }: FailureReport): void {
    const signature = error.split('\n', 3).join('\n').replace(/\d+/g, '0');
    const known = this.#written.get(signature) ?? 0;
    this.#written.set(signature, known + 1);
    if (known === 0) this.options.log?.(`input ${index} of seed ${this.options.seed}: ${error}`);
    const file = known < KEPT ? join(this.options.directory, `${this.options.seed}-${index}`) : undefined;
    this.#failures.push({ index, error, file });
    if (this.#failures.length >= ENOUGH) this.#stop();
    if (file !== undefined) this.#writing = this.#writing.then(() => this.#write(file, index, error));
  }

  /** The input is made again from its number. */
  async #write(file: string, index: number, error: string): Promise<void> {
    await mkdir(this.options.directory, { recursive: true });
    await writeFile(file, this.#mutate(new Random(this.options.seed, index)));
    await writeFile(`${file}.txt`, `seed ${this.options.seed}, input ${index}\n${error}\n`);
  }

  #giveUpHanging(): void {
    for (const worker of this.#workers) worker.giveUpAfter(this.options.hangMs ?? 30_000);
  }

  #stop(): void {
    this.#stopped = true;
    for (const worker of this.#workers) worker.stop();
  }

  #report(): FuzzReport {
    const progress = this.#workers.map((worker) => worker.progress);
    const read = progress.reduce((sum, each) => sum + each.read, 0);
    const refused = progress.reduce((sum, each) => sum + each.refused, 0);
    const failures = this.#failures;
    const seconds = (performance.now() - this.#started) / 1000;
    return { inputs: read + refused + failures.length, read, refused, failures, seconds };
  }
}

/** `N inputs, N refused, N read, N failed`, and how fast. */
export function summary({ inputs, refused, read, failures, seconds }: FuzzReport): string {
  const rate = Math.round(inputs / Math.max(seconds, 0.001));
  return `${inputs} inputs, ${refused} refused, ${read} read, ${failures.length} failed (${seconds.toFixed(0)} s, ${rate}/s)`;
}
