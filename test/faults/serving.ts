import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { nodeOptions } from '../bench/measure.js';
import type { Orders } from './preload.js';

const preload = new URL('./preload.js', import.meta.url).href;
const program = fileURLToPath(new URL('../../core/main.js', import.meta.url));

/** `serabut serve` as a process of its own, on a port of loopback that is free. */
export class Serving {
  /** What it said that it cannot read, cannot do, or did not expect. */
  readonly complaints: string[] = [];
  /** Resolves with its URL when it listens, and with nothing when it ends before. */
  readonly listening: Promise<string | undefined>;
  /** Resolves when all that was there has been read, or when it has ended. */
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  /** Resolves when it has ended, with the signal or the exit code by which. */
  readonly ended: Promise<string>;
  readonly #last: string[] = [];

  /** `obeys` says whether it can be given orders. */
  constructor(data: string, compiled: string, more: readonly string[] = [], obeys = false) {
    const options = ['--data', data, '--host', '127.0.0.1', '--port', '0', '--identify', 'query'];
    const args = [program, 'serve', ...options, '--plugins', 'debian', '--log-level', 'warn', ...more];
    const preloaded = obeys ? ['--import', preload] : [];
    this.#child = spawn(process.execPath, [...nodeOptions, ...preloaded, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', ...(obeys ? (['ipc'] as const) : [])],
      env: { ...process.env, NODE_COMPILE_CACHE: compiled }, // It begins in half the time.
    });
    // It ends with who started it.
    const kill = (): boolean => this.#child.kill('SIGKILL');
    process.once('exit', kill);
    const ended = once(this.#child, 'close').finally(() => process.off('exit', kill));
    this.ended = ended.then(([code, signal]) => String(signal ?? code));
    const listens = Promise.withResolvers<string>();
    const isReady = Promise.withResolvers<void>();
    this.listening = Promise.race([listens.promise, ended.then(() => undefined)]);
    this.ready = Promise.race([isReady.promise, ended.then(() => {})]);
    createInterface(this.#child.stdout as Readable).on('line', (line) => {
      const url = /^Serabut listens on (\S+)$/.exec(line)?.[1];
      if (url !== undefined) listens.resolve(url);
      if (line.startsWith('Can be booted: ')) isReady.resolve();
      if (/^(Resource not used|Plugin not loaded|Cannot be booted)/.test(line)) this.complaints.push(line);
    });
    createInterface(this.#child.stderr as Readable).on('line', (line) => this.#logged(line));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The last lines that it has logged. */
  get last(): readonly string[] {
    return this.#last;
  }

  /** Has its clock and its file system do as ordered from now on; see preload.ts. */
  async order(orders: Orders): Promise<void> {
    const obeyed = once(this.#child, 'message');
    this.#child.send(orders);
    await Promise.race([obeyed, this.ended]);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #logged(line: string): void {
    this.#last.push(line);
    if (this.#last.length > 20) this.#last.shift();
    // Of what cannot be read the log warns, and says where it is.
    if (/^\{"level":(60|40,.*"where":)/.test(line)) this.complaints.push(line);
  }

  /** Kills it as it is. Throws when it has ended by itself before. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    const how = await this.ended;
    if (how !== 'SIGKILL') throw new Error(`the server ended by itself with ${how}:\n${this.#last.join('\n')}`);
  }
}
