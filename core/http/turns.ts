/** Lets a number of askers go at once; the others wait, first come, first served. */
export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Calls `go` when it is its turn, which lasts until {@link over}. */
  ask(go: () => void): void {
    if (this.#free === 0) this.#waiting.push(go);
    else {
      this.#free -= 1;
      go();
    }
  }

  /** Runs a task when it is its turn. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    await new Promise<void>((go) => this.ask(go));
    try {
      return await task();
    } finally {
      this.over();
    }
  }

  over(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else queueMicrotask(next);
  }
}
