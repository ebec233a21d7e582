import { type ChildProcess, fork } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { PluginPlace } from './discover.js';
import { type Path, type PlainCopy, withFunctions } from './plain-copy.js';
import type { Answer, Call } from './plugin-process-main.js';
import { pluginLimits } from './run.js';

/** For how long a process stays without a call, in milliseconds. A plugin's functions are pure, so it may start anew. */
const idleMs = 30_000;

const main = fileURLToPath(new URL('./plugin-process-main.js', import.meta.url));
const own = fileURLToPath(new URL('.', import.meta.url));

/**
 * The module of a plugin that is not part of Serabut, in a process of its own: code that never yields, uses up memory or
 * crashes harms its own calls alone, and a changed module is imported afresh by a fresh process. It can read its own
 * directory and nothing else, write nothing and start nothing (Node's permission model), and has no environment.
 */
export class PluginProcess {
  readonly #place: PluginPlace;
  #child: Child | undefined;
  #calls = 0;

  constructor(place: PluginPlace) {
    this.#place = place;
  }

  /** What the module exports as default, with functions that call those in the process. */
  async exported(): Promise<unknown> {
    const child = this.#start();
    return withFunctions(
      await child.loaded,
      (path) =>
        (...args: unknown[]) =>
          this.#call(path, args),
    );
  }

  /** Ends the process when its last call has. */
  close(): void {
    this.#child?.endWhenIdle(0);
    this.#child = undefined;
  }

  async #call(path: Path, args: unknown[]): Promise<unknown> {
    const child = this.#child?.isAlive ? this.#child : this.#start();
    this.#calls += 1;
    const copy = await child.call({ id: this.#calls, path, args });
    return withFunctions(copy, () => 'a function');
  }

  #start(): Child {
    this.#child = new Child(this.#place);
    return this.#child;
  }
}

interface Waiting {
  readonly timer: NodeJS.Timeout;
  resolve(copy: PlainCopy): void;
  reject(reason: Error): void;
}

class Child {
  readonly loaded: Promise<PlainCopy>;
  readonly #forked: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #idle: NodeJS.Timeout | undefined;
  #idleMs = idleMs;
  #failure: Error | undefined;

  constructor(place: PluginPlace) {
    this.#forked = fork(main, [pathToFileURL(place.entry).href], {
      execArgv: permissions(place),
      env: {},
      serialization: 'advanced',
      // What a plugin prints is for its author: the server's own output has a meaning for programs.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    this.#forked.on('message', (answer: Answer) => this.#settle(answer));
    this.#forked.on('error', (error) => this.#fail(error));
    this.#forked.on('exit', (code, signal) => this.#fail(endOf(code, signal)));
    this.loaded = this.#expect(0);
  }

  get isAlive(): boolean {
    return this.#failure === undefined;
  }

  async call(call: Call): Promise<PlainCopy> {
    if (this.#failure !== undefined) throw this.#failure;
    const answer = this.#expect(call.id);
    try {
      this.#forked.send(call);
    } catch (cause) {
      this.#settle({ id: call.id, error: `what it is called with cannot be sent to its process: ${String(cause)}` });
    }
    return answer;
  }

  /** From now on the process ends when it has had nothing to do for so long. */
  endWhenIdle(milliseconds: number): void {
    this.#idleMs = milliseconds;
    if (this.#waiting.size === 0) this.#rest();
  }

  /** While an answer is waited for, the child keeps this process alive. */
  #expect(id: number): Promise<PlainCopy> {
    clearTimeout(this.#idle);
    this.#forked.ref();
    this.#forked.channel?.ref();
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
    this.#forked.unref();
    this.#forked.channel?.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#fail(new Error('its process was at rest')), this.#idleMs).unref();
  }

  /** Ends the process, and with it every call that waits: code that never yields can be stopped in no other way. */
  #fail(reason: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    clearTimeout(this.#idle);
    for (const { timer, reject } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    this.#waiting.clear();
    this.#forked.kill('SIGKILL');
  }
}

/** Options of Node for the process of a plugin. Of a package of npm the packages beside it can be read too. */
function permissions({ directory, entry }: PluginPlace): string[] {
  const [, modules] = /^(.*\/node_modules)\//.exec(directory) ?? [];
  const readable = new Set([
    own,
    directory,
    realpathSync(directory),
    realpathSync(entry),
    ...(modules ? [modules] : []),
  ]);
  return [
    '--permission',
    ...[...readable].map((path) => `--allow-fs-read=${path}`),
    `--max-old-space-size=${pluginLimits.memoryMiB}`,
    '--max-semi-space-size=4',
  ];
}

function endOf(code: number | null, signal: NodeJS.Signals | null): Error {
  if (signal === 'SIGABRT' || code === 134) {
    return new Error(`it crashed, as it does when it uses more than ${pluginLimits.memoryMiB} MiB of memory`);
  }
  return new Error(`its process ended by ${signal ?? `exit code ${code}`}`);
}
