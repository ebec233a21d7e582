import { Turns } from '../../http/turns.js';
import { Queues } from '../../queues.js';

/** Node reads and writes files by four threads. One is left for those who read while a slow disk keeps the writers. */
const writesAtOnce = 3;

/** Does what is asked of one object in order, and of different objects at once, up to a bound. */
export class WriteQueue {
  readonly #queues = new Queues();
  readonly #turns = new Turns(writesAtOnce);

  /** Begins when all that was asked for the same key before is over, done or failed. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    return this.#queues.run(key, () => this.#turns.run(task), 'own');
  }

  /** Resolves when all that was asked for until now is over. */
  idle(): Promise<void> {
    return this.#queues.idle();
  }
}
