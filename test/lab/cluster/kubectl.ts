import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { on } from '../network.js';
import { hosts } from './network.js';

/** What kubectl says when it did not reach the API server, or that the kubelet, or when a controller has not come so far. */
const passing =
  /connection refused|was refused|i\/o timeout|serviceaccount "default" not found|unable to upgrade connection/i;

/**
 * Speaks to the cluster, from the network of its node: nothing of it can be reached from outside. Not from its process
 * tree, where a program is the child of the one that led it in, and does not end with it.
 */
export class Kubectl {
  /** For how long a command is given again that did not reach the API server, or came before what follows from one before it, in milliseconds. */
  patience = 0;

  constructor(
    readonly binaries: string,
    readonly kubeconfig: string,
    readonly stopping: AbortSignal,
  ) {}

  /** Runs kubectl and gives what it prints. */
  run(...args: string[]): Promise<string> {
    return this.#run('kubectl', args);
  }

  helm(...args: string[]): Promise<string> {
    return this.#run('helm', args);
  }

  async apply(...objects: readonly object[]): Promise<void> {
    const list = { apiVersion: 'v1', kind: 'List', items: objects };
    await this.#run('kubectl', ['apply', '-f', '-'], JSON.stringify(list));
  }

  async get<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.run('get', '-o', 'json', ...args)) as T;
  }

  /** Runs kubectl and gives away each line that it prints, until it ends or is told to. */
  follow(take: (line: string) => void, stop: AbortSignal, ...args: string[]): Promise<void> {
    const child = spawn(...this.#command('kubectl', args), { stdio: ['ignore', 'pipe', 'ignore'] });
    const end = () => child.kill();
    stop.addEventListener('abort', end, { once: true });
    createInterface({ input: child.stdout }).on('line', take);
    return new Promise((resolve) => {
      child.once('close', () => {
        stop.removeEventListener('abort', end);
        resolve();
      });
    });
  }

  /** What a person types to do the same. */
  commandLine(...args: string[]): string {
    return this.#command('kubectl', args).flat().join(' ');
  }

  #command(program: string, args: readonly string[]): [command: string, args: string[]] {
    return on(hosts.node, join(this.binaries, program), '--kubeconfig', this.kubeconfig, ...args);
  }

  async #run(program: string, args: readonly string[], input = ''): Promise<string> {
    for (const end = Date.now() + this.patience; ; await sleep(1000)) {
      try {
        return await this.#runOnce(program, args, input);
      } catch (error) {
        if (Date.now() >= end || !passing.test(String(error))) throw error;
      }
    }
  }

  #runOnce(program: string, args: readonly string[], input: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const options = { maxBuffer: 2 ** 26, signal: this.stopping };
      const child = execFile(...this.#command(program, args), options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else
          reject(new Error(`${[program, ...args].join(' ')} failed: ${`${stdout}${stderr}`.trim() || error.message}`));
      });
      // One that ends before it has read what it is given says by its status why.
      child.stdin?.on('error', () => {}).end(input);
    });
  }
}
