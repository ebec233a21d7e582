import { Turns } from '../../http/turns.js';

/** Node reads and writes files by four threads. One is left for those who read while a slow disk keeps the writers. */
const writesAtOnce = 3;

/** Does what is asked of one object in order, and of different objects at once, up to a bound. */
export class WriteQueue {
  readonly #last = new Map<string, Promise<void>>();
  readonly #turns = new Turns(writesAtOnce);

  /** Begins when all that was asked for the same key before is over, done or failed. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const result = (this.#last.get(key) ?? Promise.resolve()).then(() => this.#inTurn(task));
    const over = result.then(
      () => {},
      () => {},
    );
    this.#last.set(key, over);
    void over.then(() => {
      if (this.#last.get(key) === over) this.#last.delete(key);
    });
    return result;
  }

  /** Resolves when all that was asked for until now is over. */
  async idle(): Promise<void> {
    await Promise.all(this.#last.values());
  }

  async #inTurn<T>(task: () => Promise<T>): Promise<T> {
    await new Promise<void>((go) => this.#turns.ask(go));
    try {
      return await task();
    } finally {
      this.#turns.over();
    }
  }
}
