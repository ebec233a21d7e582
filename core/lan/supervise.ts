import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { childFailure, keptLines, notStarted, type Program } from './child-failure.js';

export interface ChildOptions extends Program {
  /** Takes each line that the child prints. */
  readonly onLine: (line: string) => void;
  /** How long a child must live to count as started, in milliseconds. */
  readonly settleMs?: number;
  /** The pause before the first restart, and the longest one, in milliseconds. */
  readonly pauseMs?: { readonly first: number; readonly longest: number };
}

/** How long a child may take to end before it is killed, in milliseconds. */
const graceMs = 8000;

/** How long the last lines of a child that has ended are waited for, in milliseconds. */
const lastLinesMs = 500;

/** Signals a child and the helpers that it started. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/**
 * A program that runs beside the server for as long as it lives: started again when it dies, at growing intervals, and
 * ended with it.
 */
export class SupervisedChild {
  readonly #options: ChildOptions;
  readonly #stopped = new AbortController();
  readonly #lastLines: string[] = [];
  /** Aborted when the child shall run anew at once. */
  #anew = new AbortController();
  #child: ChildProcess | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  /** Resolves when the child has lived for a moment. Throws SERABUT_ERR_CHILD_FAILED when it does not. */
  async start(): Promise<void> {
    const { settleMs = 500 } = this.#options;
    const ended = this.#run();
    const outcome = await Promise.race([ended, sleep(settleMs, 'alive' as const, { ref: false })]);
    if (outcome !== 'alive') throw childFailure(this.#options.name, outcome, this.#lastLines);
    this.#running = this.#keepRunning(ended);
  }

  /** Ends the child, which is then started again at once, as for another configuration. */
  restart(): void {
    this.#anew.abort();
    if (this.#isRunning) signalGroup(this.#child as ChildProcess, 'SIGTERM');
  }

  get #isRunning(): boolean {
    return this.#child?.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends the child and waits for its end. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    const child = this.#child;
    if (child !== undefined && this.#isRunning) {
      const ended = once(child, 'exit');
      signalGroup(child, 'SIGTERM');
      const late = await Promise.race([ended, sleep(graceMs, 'late' as const, { ref: false })]);
      if (late === 'late') signalGroup(child, 'SIGKILL');
      await ended;
    }
    await this.#running;
  }

  async #keepRunning(first: Promise<string>): Promise<void> {
    const { first: shortest, longest } = this.#options.pauseMs ?? { first: 500, longest: 30_000 };
    let pause = shortest;
    for (let ended = first; ; ended = this.#run()) {
      const started = performance.now();
      const reason = await ended;
      if (this.#stopped.signal.aborted) return;
      pause = performance.now() - started > longest ? shortest : Math.min(pause * 2, longest);
      await this.#pause(pause, reason);
      if (this.#stopped.signal.aborted) return;
    }
  }

  /** Waits before the next start, unless that is wanted at once. */
  async #pause(ms: number, reason: string): Promise<void> {
    const { signal } = this.#anew;
    const seconds = signal.aborted ? 0 : Math.round(ms / 100) / 10;
    this.#options.onLine(`${reason}; it is started again in ${seconds} s`);
    await sleep(ms, undefined, { signal: AbortSignal.any([this.#stopped.signal, signal]) }).catch(() => {});
    if (signal.aborted) this.#anew = new AbortController();
  }

  /** Runs the child once; resolves with the reason of its end, and never rejects. */
  async #run(): Promise<string> {
    const { name, command, args, onLine } = this.#options;
    // In a process group of its own: Ctrl-C reaches the server alone, which then ends its children in order.
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.#child = child;
    const endWithServer = () => signalGroup(child, 'SIGKILL');
    process.once('exit', endWithServer);
    child.once('exit', () => process.off('exit', endWithServer));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.#lastLines.push(line);
        if (this.#lastLines.length > keptLines) this.#lastLines.shift();
        onLine(line);
      });
    }
    return new Promise((resolve) => {
      child.once('error', (error) => resolve(notStarted(this.#options, error)));
      // Its last lines come between 'exit' and 'close'; but a helper of its own may hold its output open.
      child.once('exit', (code, signal) => {
        const end = () => resolve(`${name} ended with ${signal ?? `exit code ${code}`}`);
        child.once('close', end);
        setTimeout(end, lastLinesMs).unref();
      });
    });
  }
}
