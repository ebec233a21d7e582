import { Worker } from 'node:worker_threads';
import { type Path, type PlainCopy, withFunctions } from './plain-copy.js';
import { pluginLimits } from './run.js';
import type { Answer, Call } from './worker-thread.js';

/** For how long a thread stays without a call, in milliseconds. A plugin's functions are pure, so it may start anew. */
const idleMs = 30_000;

interface Waiting {
  readonly timer: NodeJS.Timeout;
  resolve(copy: PlainCopy): void;
  reject(reason: Error): void;
}

/**
 * The module of a plugin that is not part of Serabut, in a thread of its own: code that never yields, uses up memory or
 * ends its process harms its own calls alone, and a changed module is imported afresh by a fresh thread. This is no
 * barrier against malice: a plugin's code still runs with the rights of the server.
 */
export class PluginWorker {
  readonly #module: string;
  #thread: Thread | undefined;
  #calls = 0;

  constructor(module: string) {
    this.#module = module;
  }

  /** What the module exports as default, with functions that call those in the thread. */
  async exported(): Promise<unknown> {
    const thread = this.#start();
    return withFunctions(
      await thread.loaded,
      (path) =>
        (...args: unknown[]) =>
          this.#call(path, args),
    );
  }

  /** Ends the thread when its last call has. */
  close(): void {
    this.#thread?.endWhenIdle(0);
    this.#thread = undefined;
  }

  async #call(path: Path, args: unknown[]): Promise<unknown> {
    const thread = this.#thread?.isAlive ? this.#thread : this.#start();
    this.#calls += 1;
    const copy = await thread.call({ id: this.#calls, path, args });
    return withFunctions(copy, () => 'a function');
  }

  #start(): Thread {
    this.#thread = new Thread(this.#module);
    return this.#thread;
  }
}

class Thread {
  readonly loaded: Promise<PlainCopy>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #idle: NodeJS.Timeout | undefined;
  #idleMs = idleMs;
  #failure: Error | undefined;

  constructor(module: string) {
    const { memoryMiB } = pluginLimits;
    this.#worker = new Worker(new URL('./worker-thread.js', import.meta.url), {
      workerData: module,
      name: 'plugin',
      env: {},
      execArgv: [],
      stdout: true,
      resourceLimits: { maxOldGenerationSizeMb: memoryMiB, maxYoungGenerationSizeMb: 16 },
    });
    // What a plugin prints is for its author: the server's own output has a meaning for programs.
    this.#worker.stdout.pipe(process.stderr, { end: false });
    this.#worker.on('message', (answer: Answer) => this.#settle(answer));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => this.#fail(reasonOf(error)));
    this.#worker.on('exit', (code) => this.#fail(new Error(`its code ended its thread with exit code ${code}`)));
    this.loaded = this.#expect(0);
  }

  get isAlive(): boolean {
    return this.#failure === undefined;
  }

  async call(call: Call): Promise<PlainCopy> {
    if (this.#failure !== undefined) throw this.#failure;
    const answer = this.#expect(call.id);
    try {
      this.#worker.postMessage(call);
    } catch (cause) {
      this.#settle({ id: call.id, error: `what it is called with cannot be sent to its thread: ${String(cause)}` });
    }
    return answer;
  }

  /** From now on the thread ends when it has had nothing to do for so long. */
  endWhenIdle(milliseconds: number): void {
    this.#idleMs = milliseconds;
    if (this.#waiting.size === 0) this.#rest();
  }

  /** While an answer is waited for, the thread keeps the process alive. */
  #expect(id: number): Promise<PlainCopy> {
    clearTimeout(this.#idle);
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      const late = () => this.#fail(new Error(`it did not settle within ${pluginLimits.milliseconds} ms`));
      this.#waiting.set(id, { timer: setTimeout(late, pluginLimits.milliseconds), resolve, reject });
    });
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if ('copy' in answer) waiting.resolve(answer.copy);
    else waiting.reject(new Error(answer.error));
    if (this.#waiting.size === 0) this.#rest();
  }

  #rest(): void {
    this.#worker.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#fail(new Error('its thread was at rest')), this.#idleMs).unref();
  }

  /** Ends the thread, and with it every call that waits: code that never yields can be stopped in no other way. */
  #fail(reason: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    clearTimeout(this.#idle);
    for (const { timer, reject } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    this.#waiting.clear();
    void this.#worker.terminate();
  }
}

function reasonOf(error: NodeJS.ErrnoException): Error {
  if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new Error(`it used more than ${pluginLimits.memoryMiB} MiB of memory`);
}
