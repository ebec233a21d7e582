import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pattern } from '../helpers/isos.js';

/** A server under measurement; `pids` are all of its processes. */
export interface Peer {
  readonly url: string;
  readonly pids: () => number[];
}

/** What a benchmark leaves behind: its processes, ended one by one. */
export class Children {
  readonly #all: ChildProcess[] = [];

  add<Child extends ChildProcess>(child: Child): Child {
    this.#all.push(child);
    return child;
  }

  async end(): Promise<void> {
    await Promise.all(this.#all.map((child) => this.endOne(child)));
  }

  async endOne(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill();
    await once(child, 'exit');
  }
}

export function requirePrograms(...programs: string[]): void {
  const missing = programs.filter((program) => spawnSync('which', [program]).status !== 0);
  if (missing.length === 0) return;
  console.error(`needed: ${missing.join(', ')}; on Debian: apt-get install xorriso nginx-light curl`);
  process.exit(1);
}

/** As in the first line of core/main.ts and in `npm start`. */
export const nodeOptions = ['--max-semi-space-size=4', '--heap-growing-percent=30'];

/** The server of ./server.ts on a data directory, in a process of its own. */
export async function startSerabut(children: Children, data: string): Promise<Peer & { child: ChildProcess }> {
  const program = fileURLToPath(new URL('server.js', import.meta.url));
  const child = children.add(
    fork(program, [data], { execArgv: nodeOptions, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
  );
  const [url] = (await once(child, 'message')) as [string];
  return { url, child, pids: () => [child.pid ?? 0] };
}

/** nginx with one worker, as Serabut is one process, on the files of a directory; `how` is its way of sending them. */
export async function startNginx(children: Children, root: string, how: string): Promise<Peer> {
  const port = await freePort();
  const conf = join(root, `nginx-${port}.conf`);
  const server = `server { listen 127.0.0.1:${port} backlog=4096; root ${root}; }`;
  writeFileSync(
    conf,
    `daemon off; user root; worker_processes 1; pid ${conf}.pid; error_log /dev/null;
events { worker_connections 4096; }
http { ${how} access_log off; ${server} }\n`,
  );
  const child = children.add(spawn('nginx', ['-c', conf], { stdio: 'ignore' }));
  await sleep(500);
  const master = child.pid ?? 0;
  return { url: `http://127.0.0.1:${port}`, pids: () => [master, ...childrenOf(master)] };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Writes a file of `mebibytes` that compresses badly and differs from place to place. */
export function writeLarge(path: string, mebibytes: number): void {
  const block = pattern(1024 * 1024);
  writeFileSync(path, '');
  for (let index = 0; index < mebibytes; index++) {
    block.writeUInt32LE(index, 0);
    writeFileSync(path, block, { flag: 'a' });
  }
}

/** User and system time of processes; fields 14 and 15 of proc_pid_stat(5), in hundredths of a second. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(/\) (?!.*\) )/);
    const [user, system] = fields.split(' ').slice(11, 13).map(Number);
    return sum + ((user ?? 0) + (system ?? 0)) / 100;
  }, 0);
}

/** What all processors spent on anything; the first line of /proc/stat, proc_stat(5). */
export function machineSeconds(): number {
  const [, ...fields] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.split(/\s+/).map(Number) ?? [];
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0] = fields;
  return (user + nice + system + interrupts + softInterrupts) / 100;
}

/** A field of /proc/PID/status in MiB: VmRSS, VmHWM (the highest that the first ever was), RssAnon (what of it is no file's). */
export function mebibytes(pid: number, field: 'VmRSS' | 'VmHWM' | 'RssAnon'): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function childrenOf(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** A row of a Markdown table; numbers that are not whole with two digits. */
export function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.map((cell) => (typeof cell === 'number' && !Number.isInteger(cell) ? cell.toFixed(2) : cell)).join(' | ')} |`;
}
