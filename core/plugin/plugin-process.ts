import { type ChildProcess, fork } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type PluginPlace, stampOf } from './discover.js';
import { type Path, type PlainCopy, withFunctions } from './plain-copy.js';
import { type Answer, readAnswer } from './plugin-answer.js';
import type { Call } from './plugin-process-main.js';
import { pluginLimits } from './run.js';

/** How much of what a plugin's process prints is passed on, in bytes. */
const outputLimit = 65_536;

const main = fileURLToPath(new URL('./plugin-process-main.js', import.meta.url));
const own = fileURLToPath(new URL('.', import.meta.url));

/** All that run; none is to outlive this process. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * The module of a plugin that is not part of Serabut, in a process of its own, so that code that never yields, runs out
 * of memory or crashes fails its own calls and nobody else's. It can read its own directory, write nothing and start
 * nothing (Node's permission model), and has no environment. The process lives as long as the plugin is in use; when it
 * had to be ended, the next call begins another one, if the files are still those that were loaded.
 */
export class PluginProcess {
  readonly #place: PluginPlace;
  #child: Child | undefined;
  #stamp = '';
  #calls = 0;
  #closed = false;

  constructor(place: PluginPlace) {
    this.#place = place;
  }

  /** What the module exports as default, with functions that call those in the process. */
  async exported(): Promise<unknown> {
    this.#stamp = await stampOf(this.#place.directory);
    this.#child = new Child(this.#place);
    return withFunctions(
      await this.#child.loaded,
      (path) =>
        (...args: unknown[]) =>
          this.#call(path, args),
    );
  }

  /** Ends the process when its last call has; there are no further ones. */
  close(): void {
    this.#closed = true;
    this.#child?.endWhenIdle();
  }

  async #call(path: Path, args: unknown[]): Promise<unknown> {
    this.#calls += 1;
    const child = this.#child?.isAlive ? this.#child : await this.#restart();
    const copy = await child.call({ id: this.#calls, path, args });
    return withFunctions(copy, () => 'a function');
  }

  async #restart(): Promise<Child> {
    const isSame = (await stampOf(this.#place.directory)) === this.#stamp;
    if (this.#closed || !isSame)
      throw new Error('its process has ended, and its files are no longer those that were loaded');
    if (!this.#child?.isAlive) this.#child = new Child(this.#place);
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
  #isClosing = false;
  #failure: Error | undefined;

  constructor(place: PluginPlace) {
    this.#forked = fork(main, [pathToFileURL(place.entry).href], {
      // Test runners and monitors put options for Node into the environment of all that is started; env(1) takes them out.
      execPath: '/usr/bin/env',
      execArgv: ['-u', 'NODE_OPTIONS', process.execPath, ...permissions(place)],
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running.add(this.#forked);
    passOn(this.#forked, place.directory);
    this.#forked.on('message', (message: unknown) => this.#receive(message));
    this.#forked.on('error', (error) => this.#fail(error));
    this.#forked.on('exit', (code, signal) => {
      running.delete(this.#forked);
      this.#fail(endOf(code, signal));
    });
    this.loaded = this.#expect(0, pluginLimits.loadMilliseconds);
    this.loaded.catch(() => {}); // After a restart nobody waits for it: the call behind it fails the same way.
  }

  get isAlive(): boolean {
    return this.#failure === undefined;
  }

  async call(call: Call): Promise<PlainCopy> {
    await this.loaded;
    if (this.#failure !== undefined) throw this.#failure;
    const answer = this.#expect(call.id, pluginLimits.milliseconds);
    try {
      this.#forked.send(call);
    } catch (cause) {
      this.#settle({ id: call.id, error: `what it is called with cannot be sent to its process: ${String(cause)}` });
    }
    return answer;
  }

  endWhenIdle(): void {
    this.#isClosing = true;
    if (this.#waiting.size === 0) this.#fail(new Error('its process was ended'));
  }

  /** While an answer is waited for, the child keeps this process alive. */
  #expect(id: number, milliseconds: number): Promise<PlainCopy> {
    this.#forked.ref();
    this.#forked.channel?.ref();
    return new Promise((resolve, reject) => {
      const late = () => this.#fail(new Error(`it did not settle within ${milliseconds} ms`));
      this.#waiting.set(id, { timer: setTimeout(late, milliseconds), resolve, reject });
    });
  }

  /** A process that says what it was not asked is not to be dealt with further. */
  #receive(message: unknown): void {
    const answer = readAnswer(message);
    if (answer !== undefined && this.#waiting.has(answer.id)) this.#settle(answer);
    else this.#fail(new Error('its process sent what nobody had asked for'));
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.timer);
    if ('copy' in answer) waiting.resolve(answer.copy);
    else waiting.reject(new Error(answer.error));
    if (this.#waiting.size > 0) return;
    this.#forked.unref();
    this.#forked.channel?.unref();
    if (this.#isClosing) this.endWhenIdle();
  }

  /** Ends the process, and with it every call that waits: code that never yields can be stopped in no other way. */
  #fail(reason: Error): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    for (const { timer, reject } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    this.#waiting.clear();
    this.#forked.kill('SIGKILL');
    this.#forked.unref();
  }
}

/** Passes on what a plugin prints, to standard error: the server's own output has a meaning for programs. */
function passOn({ stdout, stderr }: ChildProcess, directory: string): void {
  let left = outputLimit;
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      if (left <= 0) return;
      process.stderr.write(text.slice(0, left).replace(/^(?=.)/gm, `plugin ${directory}: `));
      left -= text.length;
      if (left <= 0) process.stderr.write(`plugin ${directory}: it prints too much; no more of it is shown\n`);
    });
    (stream as NodeJS.ReadableStream & { unref?(): void })?.unref?.();
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
    `--max-old-space-size=${pluginLimits.heapMiB}`,
    '--max-semi-space-size=4',
  ];
}

function endOf(code: number | null, signal: NodeJS.Signals | null): Error {
  if (signal === 'SIGABRT' || code === 134) {
    return new Error(`it crashed, as it does when it needs a heap of more than ${pluginLimits.heapMiB} MiB`);
  }
  return new Error(`its process ended by ${signal ?? `exit code ${code}`}`);
}
