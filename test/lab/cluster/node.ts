import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LoggedProcess } from '../process-log.js';
import { hosts } from './network.js';

/** Control groups of the node's pods are below this one. */
export const controlGroup = 'serabut-lab';

/**
 * A computer of a kind: one process tree in namespaces of its own, so that all of it, the pods' processes, mounts and
 * networks included, ends with its first process and with this program.
 */
export class Node {
  readonly #programs: LoggedProcess[] = [];
  readonly #commands = new Map<string, readonly [command: string, ...args: string[]]>();

  private constructor(
    readonly directory: string,
    readonly firstPid: number,
  ) {}

  /** Its network namespace must be there; what it writes to /var/lib, /var/log and /run stays in a directory. */
  static async start(directory: string): Promise<Node> {
    for (const name of ['lib', 'log']) mkdirSync(join(directory, name), { recursive: true });
    const prepare = [
      'mount -t tmpfs tmpfs /run && mkdir /run/lock /run/netns',
      `mount --bind '${directory}/lib' /var/lib && mount --bind '${directory}/log' /var/log`,
      'hostname node1 && exec tini -- sleep infinity',
    ].join(' && ');
    const unshare = ['unshare', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc'];
    const args = [`--net=/run/netns/${hosts.node}`, ...unshare, 'sh', '-c', prepare];
    const child = spawn('nsenter', args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const children = `/proc/${child.pid}/task/${child.pid}/children`;
    for (let tries = 0; tries < 100 && child.exitCode === null; tries++) {
      const first = Number(existsSync(children) && readFileSync(children, 'utf8'));
      if (first > 0 && readFileSync(`/proc/${first}/comm`, 'utf8') === 'tini\n') {
        makeControlGroups();
        return new Node(directory, first);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('The namespaces of a node could not be made.');
  }

  /** Starts a program on it that runs as long as the node, unless it is stopped. */
  run(name: string, command: string, ...args: string[]): LoggedProcess {
    this.#commands.set(name, [command, ...args]);
    return this.#start(name, command, args);
  }

  /** Kills a program that was started by this name, and starts it again after so many milliseconds. */
  async away(name: string, ms: number): Promise<void> {
    const [command, ...args] = this.#commands.get(name) ?? [];
    if (command === undefined) throw new Error(`there is no program ${name} on the node`);
    // The kernel keeps fifteen characters of a name.
    const { stdout } = await promisify(execFile)(...this.on('pgrep', '-x', basename(command).slice(0, 15)));
    await promisify(execFile)(...this.on('kill', '-KILL', ...stdout.trim().split('\n')));
    await sleep(ms);
    this.#start(`${name}-${this.#programs.length}`, command, args);
  }

  #start(name: string, command: string, args: readonly string[]): LoggedProcess {
    const started = new LoggedProcess(...this.on(command, ...args), join(this.directory, `${name}.log`));
    this.#programs.push(started);
    return started;
  }

  /** The command line that runs a program on it. */
  on(command: string, ...args: string[]): [command: string, args: string[]] {
    const namespaces = ['--target', String(this.firstPid), '--mount', '--pid', '--uts', '--ipc', '--net'];
    return ['nsenter', [...namespaces, command, ...args]];
  }

  async stop(): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) await this.#end(signal);
    for (const program of this.#programs) await program.stop();
    await removeControlGroups();
    for (const name of ['lib', 'log', 'kubelet', 'containerd', 'etcd'])
      rmSync(join(this.directory, name), { recursive: true, force: true });
  }

  /** Ends the first process, and with it all others. */
  async #end(signal: NodeJS.Signals): Promise<void> {
    const isThere = () => existsSync(`/proc/${this.firstPid}`);
    if (isThere()) process.kill(this.firstPid, signal);
    for (let tries = 0; tries < 100 && isThere(); tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The roots of the machine's hierarchies of control groups: one in version 2, one for each controller in version 1. */
function hierarchies(): string[] {
  const root = '/sys/fs/cgroup';
  if (existsSync(join(root, 'cgroup.controllers'))) return [root];
  return readdirSync(root)
    .map((name) => join(root, name))
    .filter((path) => existsSync(join(path, 'cgroup.procs')));
}

function makeControlGroups(): void {
  for (const root of hierarchies()) mkdirSync(join(root, controlGroup), { recursive: true });
}

/** Their processes have been killed, but take a moment to go. */
export async function removeControlGroups(): Promise<void> {
  for (const root of hierarchies()) {
    const path = join(root, controlGroup);
    for (let tries = 0; tries < 50 && existsSync(path); tries++) {
      removeTree(path);
      if (existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function removeTree(path: string): void {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) removeTree(join(path, entry.name));
    rmdirSync(path);
  } catch {
    // Something in it still lives.
  }
}
