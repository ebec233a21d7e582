import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  ASKED_TO_STOP,
  CURRENT,
  type FailureReport,
  READ,
  REFUSED,
  sharedPlaces,
  type WorkerOrders,
} from './orders.js';
import { Random } from './random.js';
import type { FuzzTarget, Seed } from './target.js';

export interface FuzzOptions {
  /** The module that exports the `target`. */
  readonly module: URL;
  readonly seeds: readonly Seed[];
  /** Input number `index` is the same for the same seed and seeds, however many threads there are. */
  readonly seed: number;
  readonly count?: number | undefined;
  readonly seconds?: number | undefined;
  readonly threads?: number;
  /** Where offending inputs are written. */
  readonly directory: string;
  readonly log?: (line: string) => void;
}

export interface Failure extends FailureReport {
  /** The input; undefined once there are enough with the same error. */
  readonly file: string | undefined;
}

export interface FuzzReport {
  readonly images: number;
  readonly refused: number;
  readonly read: number;
  readonly failures: readonly Failure[];
  readonly seconds: number;
}

const PROGRESS_MS = 10_000;

/** An input that takes this long is given up: long enough that a busy machine alone is not the reason. */
const HANG_MS = 30_000;

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
  readonly #threads: Thread[] = [];
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
    const { threads = 1, seconds, log } = this.options;
    const watchdog = setInterval(() => this.#giveUpHanging(), 1000);
    const progress = setInterval(() => log?.(summary(this.#report())), PROGRESS_MS);
    const end = seconds === undefined ? undefined : setTimeout(() => this.#stop(), seconds * 1000);
    try {
      await Promise.all(Array.from({ length: threads }, (_, number) => this.#shift(number, threads)));
      await this.#writing;
    } finally {
      for (const timer of [watchdog, progress, end]) clearInterval(timer);
    }
    return this.#report();
  }

  /** Keeps one thread's share of the inputs going: one that dies is replaced, after the input that it died of. */
  async #shift(first: number, step: number): Promise<void> {
    const { module, seeds, seed, count = 2 ** 31 - 1 } = this.options;
    for (let next = first; next < count && !this.#stopped; ) {
      const shared = sharedPlaces();
      const orders = { module: module.href, seeds, seed, first: next, step, count, shared };
      const thread = new Thread(orders, this.target.maxHeapMib, (failure) => this.#note(failure));
      this.#threads.push(thread);
      const died = await thread.end;
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
    for (const thread of this.#threads) thread.giveUpHanging();
  }

  #stop(): void {
    this.#stopped = true;
    for (const thread of this.#threads) thread.stop();
  }

  #report(): FuzzReport {
    const total = (place: number) => this.#threads.reduce((sum, { shared }) => sum + (shared[place] ?? 0), 0);
    const [read, refused, failures] = [total(READ), total(REFUSED), this.#failures];
    const seconds = (performance.now() - this.#started) / 1000;
    return { images: read + refused + failures.length, read, refused, failures, seconds };
  }
}

/** A worker, and what is known of it while it does not answer. */
class Thread {
  readonly shared: Int32Array<SharedArrayBuffer>;
  /** The input that the thread died of; undefined if it came to its end. */
  readonly end: Promise<FailureReport | undefined>;
  readonly #worker: Worker;
  #seen = { index: -1, at: performance.now() };
  #hanging = false;

  constructor(orders: WorkerOrders, maxHeapMib: number, note: (failure: FailureReport) => void) {
    this.shared = orders.shared;
    Atomics.store(this.shared, CURRENT, -1);
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: orders,
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMib },
    });
    this.#worker.on('message', note);
    this.end = new Promise((resolve, reject) => {
      let cause: Error | undefined;
      this.#worker.on('error', (error) => {
        cause = error;
      });
      this.#worker.on('exit', () => {
        const index = Atomics.load(this.shared, CURRENT);
        if (index >= 0) resolve({ index, error: this.#hanging ? 'hangs' : String(cause) });
        else if (cause === undefined) resolve(undefined);
        else reject(cause);
      });
    });
  }

  stop(): void {
    Atomics.store(this.shared, ASKED_TO_STOP, 1);
  }

  giveUpHanging(): void {
    const index = Atomics.load(this.shared, CURRENT);
    if (index !== this.#seen.index) this.#seen = { index, at: performance.now() };
    if (index < 0 || performance.now() - this.#seen.at < HANG_MS) return;
    this.#hanging = true;
    void this.#worker.terminate();
  }
}

/** `N images, N refused, N read, N failed`, and how fast. */
export function summary({ images, refused, read, failures, seconds }: FuzzReport): string {
  const rate = Math.round(images / Math.max(seconds, 0.001));
  return `${images} images, ${refused} refused, ${read} read, ${failures.length} failed (${seconds.toFixed(0)} s, ${rate}/s)`;
}
