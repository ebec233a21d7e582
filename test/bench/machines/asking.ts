import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Children, cpuSeconds } from '../measure.js';
import type { Order, Yield } from './load.js';

/** Who is asked, and what the process of its answers is. */
export interface Asked extends Pick<Order, 'origin' | 'paths' | 'expected'> {
  readonly pid: number;
}

/** What one measurement gave. */
export interface Sample {
  readonly requests: number;
  /** Answers per second. */
  readonly rate: number;
  /** Processor time of the server for one answer, in milliseconds, with all that it does besides. */
  readonly cpu: number;
  /** See {@link Yield}. */
  readonly slow: number;
}

const connections = 16;

/** The process that asks. */
export class Load {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  readonly #next = new Map<string, number>();

  constructor(children: Children) {
    this.#child = children.add(fork(fileURLToPath(new URL('load.js', import.meta.url))));
    this.#ended = once(this.#child, 'exit');
  }

  /** Asks for some time, going on with the machine after the last; without a time, once for each path. Throws when an answer is wrong. */
  async ask({ origin, paths, expected, pid }: Asked, milliseconds?: number): Promise<Sample> {
    const from = this.#next.get(origin) ?? 0;
    const time = milliseconds === undefined ? {} : { milliseconds };
    const order: Order = { origin, paths, from: milliseconds === undefined ? 0 : from, connections, expected, ...time };
    const before = cpuSeconds([pid]);
    this.#child.send(order);
    const { requests, seconds, slow, wrong } = await this.#answer();
    if (wrong.length > 0) throw new Error(`wrong answers of ${origin}:\n${wrong.join('\n')}`);
    if (milliseconds !== undefined) this.#next.set(origin, from + requests);
    const cpu = ((cpuSeconds([pid]) - before) * 1000) / requests;
    return { requests, rate: requests / seconds, cpu, slow };
  }

  async #answer(): Promise<Yield> {
    const [answer] = await Promise.race([once(this.#child, 'message'), this.#ended]);
    if (typeof answer === 'object') return answer as Yield;
    throw new Error('the process that asks has ended');
  }
}
