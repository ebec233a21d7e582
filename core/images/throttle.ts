/** Waits; rejects at once when the signal says so. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** Waits shorter than this are left to add up. */
const SHORTEST_MS = 20;

/** Keeps a stream of bytes at a rate: after each piece its reader waits as long as the piece may take. */
export class Throttle {
  /** Until when what went through takes at the rate. */
  #busyUntil = 0;

  constructor(
    /** Undefined for no limit. */
    private readonly bytesPerSecond: number | undefined,
    /** Milliseconds of a clock that nobody sets. */
    private readonly now: () => number,
    private readonly sleep: Sleep,
  ) {}

  async took(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.bytesPerSecond === undefined) return;
    const now = this.now();
    this.#busyUntil = Math.max(this.#busyUntil, now) + (bytes * 1000) / this.bytesPerSecond;
    const wait = this.#busyUntil - now;
    if (wait >= SHORTEST_MS) await this.sleep(wait, signal);
  }
}
