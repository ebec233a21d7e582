import { SerabutError } from './errors.js';

/** How many jobs of one key there may be; and with those whose loss would cost most. What a server asks itself is not bounded. */
const most = { ordinary: 8, urgent: 16, own: Number.POSITIVE_INFINITY } as const;

/** One queue for each key: jobs of one key run one after the other, those of others beside them. */
export class Queues {
  readonly #last = new Map<string, { readonly end: Promise<void>; waiting: number }>();

  /** Runs a job after all others of its key. Throws SERABUT_ERR_BUSY when too many wait already. */
  async run<T>(key: string, job: () => Promise<T>, kind: keyof typeof most = 'ordinary'): Promise<T> {
    const before = this.#last.get(key);
    if (before !== undefined && before.waiting >= most[kind]) {
      throw new SerabutError('SERABUT_ERR_BUSY', `too many requests of ${key} wait`, { retryAfter: 5 });
    }
    const result = before === undefined ? job() : before.end.then(job);
    const entry = { end: result.then(nothing, nothing), waiting: (before?.waiting ?? 0) + 1 };
    this.#last.set(key, entry);
    try {
      return await result;
    } finally {
      const last = this.#last.get(key);
      if (last === entry) this.#last.delete(key);
      else if (last !== undefined) last.waiting -= 1;
    }
  }

  /** Resolves when all that is in the queues now has ended. */
  async idle(): Promise<void> {
    await Promise.all([...this.#last.values()].map(({ end }) => end));
  }
}

function nothing(): void {}
