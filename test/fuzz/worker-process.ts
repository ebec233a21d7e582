import { type ChildProcess, fork } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FailureReport, type Message, type Orders, type Progress, readProgress } from './orders.js';

const NOWHERE: Progress = { read: 0, refused: 0, current: -1 };

let count = 0;

/** A process that tries inputs. A process, because a thread that hangs or is out of memory takes all others with it. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #progress: string;
  readonly #end = Promise.withResolvers<FailureReport | undefined>();
  #last = NOWHERE;
  #seen = { current: -1, at: performance.now() };
  #giveUp: string | undefined;
  #done = false;

  constructor(orders: Omit<Orders, 'progress'>, maxHeapMib: number, note: (failure: FailureReport) => void) {
    this.#progress = join(tmpdir(), `serabut-fuzz-${process.pid}-${count++}`);
    writeFileSync(this.#progress, '');
    this.#child = fork(fileURLToPath(new URL('./worker.js', import.meta.url)), {
      serialization: 'advanced',
      execArgv: [...process.execArgv, `--max-old-space-size=${maxHeapMib}`],
      // What Node prints when it is out of memory says nothing of the input.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.on('message', (message: Message) => {
      if ('failure' in message) note(message.failure);
      else this.#done = true;
    });
    this.#child.on('exit', (code, signal) => this.#exited(signal ?? `exit code ${code}`));
    this.#child.send({ ...orders, progress: this.#progress } satisfies Orders);
  }

  /** What the process died of; undefined if it came to its end, or was ended. */
  get end(): Promise<FailureReport | undefined> {
    return this.#end.promise;
  }

  get progress(): Progress {
    return this.#child.exitCode === null && this.#child.signalCode === null ? readProgress(this.#progress) : this.#last;
  }

  stop(): void {
    this.#done = true;
    this.#child.kill('SIGKILL');
  }

  giveUpAfter(ms: number): void {
    const { current } = this.progress;
    if (current !== this.#seen.current) this.#seen = { current, at: performance.now() };
    if (current < 0 || performance.now() - this.#seen.at < ms) return;
    this.#giveUp = 'hangs';
    this.#child.kill('SIGKILL');
  }

  #exited(how: string): void {
    this.#last = readProgress(this.#progress);
    rmSync(this.#progress);
    const { current } = this.#last;
    if (this.#done) this.#end.resolve(undefined);
    else if (current >= 0) this.#end.resolve({ index: current, error: this.#giveUp ?? `died: ${how}` });
    else this.#end.reject(new Error(`a process of the fuzzer could not start: ${how}`));
  }
}
