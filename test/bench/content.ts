/**
 * `npm run bench:content`: a 1 GiB file inside an ISO from Serabut against the same file, extracted, from nginx with
 * sendfile. One and eight clients (curl to /dev/null over loopback), in turn, medians of five. Prints ratios: the
 * seconds of a machine say nothing.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const gibibytes = 1;
const rounds = 5;
const ports = { serabut: 18_081, nginx: 18_082 };

interface Peer {
  readonly name: string;
  readonly url: string;
  /** All processes of the server. */
  readonly pids: () => number[];
}

interface Sample {
  readonly seconds: number;
  readonly cpu: number;
}

const missing = ['xorriso', 'nginx', 'curl'].filter((program) => spawnSync('which', [program]).status !== 0);
if (missing.length > 0) {
  console.error(`bench:content needs ${missing.join(', ')}: apt-get install xorriso nginx-light curl`);
  process.exit(1);
}
const directory = mkdtempSync(join(tmpdir(), 'serabut-bench-'));
const children: ChildProcess[] = [];
try {
  await prepare();
  const peers = [startSerabut(), startNginx()];
  await sleep(3000);
  console.log(`Node ${process.version}, ${gibibytes} GiB, median of ${rounds} rounds\n`);
  console.log(
    '| clients | GiB/s Serabut | GiB/s nginx | ratio | CPU s/GiB Serabut | CPU s/GiB nginx | peak MiB Serabut |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const clients of [1, 8]) await compare(peers, clients);
} finally {
  for (const child of children) child.kill();
  await Promise.all(children.map((child) => child.exitCode === null && once(child, 'exit')));
  rmSync(directory, { recursive: true, force: true });
}

async function prepare(): Promise<void> {
  const file = join(directory, 'large');
  await run('dd', ['if=/dev/urandom', `of=${file}`, 'bs=1M', `count=${gibibytes * 1024}`]);
  const isos = join(directory, 'data/isos');
  await run('mkdir', ['-p', isos]);
  await run('xorriso', ['-outdev', join(isos, 'bench.iso'), '-map', file, '/pool/large', '-commit']);
}

function startSerabut(): Peer {
  const main = fileURLToPath(new URL('../../core/main.js', import.meta.url));
  const options = ['serve', '--data', join(directory, 'data'), '--host', '127.0.0.1', '--port', String(ports.serabut)];
  const child = spawn(process.execPath, [main, ...options], { stdio: 'ignore' });
  children.push(child);
  return {
    name: 'Serabut',
    url: `http://127.0.0.1:${ports.serabut}/iso/content/bench.iso/pool/large`,
    pids: () => [child.pid ?? 0],
  };
}

function startNginx(): Peer {
  const conf = join(directory, 'nginx.conf');
  const server = `server { listen 127.0.0.1:${ports.nginx}; root ${directory}; }`;
  writeFileSync(
    conf,
    `daemon off; user root; worker_processes 1; pid ${directory}/nginx.pid; error_log /dev/null;
events { worker_connections 512; }
http { sendfile on; tcp_nopush on; access_log off; ${server} }\n`,
  );
  const child = spawn('nginx', ['-c', conf], { stdio: 'ignore' });
  children.push(child);
  const master = child.pid ?? 0;
  return { name: 'nginx', url: `http://127.0.0.1:${ports.nginx}/large`, pids: () => [master, ...childrenOf(master)] };
}

async function compare(peers: readonly Peer[], clients: number): Promise<void> {
  const samples = new Map<string, Sample[]>(peers.map(({ name }) => [name, []]));
  for (const peer of peers) await measure(peer, clients);
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) samples.get(peer.name)?.push(await measure(peer, clients));
  }
  const figures = peers.map(({ name }) => {
    const list = samples.get(name) ?? [];
    const rate = (clients * gibibytes) / median(list.map(({ seconds }) => seconds));
    return { rate, cpu: median(list.map(({ cpu }) => cpu)) / (clients * gibibytes) };
  });
  const [serabut, nginx] = figures as [(typeof figures)[0], (typeof figures)[0]];
  const peak = Math.max(...(peers[0]?.pids() ?? []).map((pid) => status(pid, 'VmHWM'))) / 1024;
  const cells = [clients, serabut.rate, nginx.rate, serabut.rate / nginx.rate, serabut.cpu, nginx.cpu];
  console.log(
    `| ${cells.map((cell) => (Number.isInteger(cell) ? cell : cell.toFixed(2))).join(' | ')} | ${peak.toFixed(0)} |`,
  );
}

async function measure({ url, pids }: Peer, clients: number): Promise<Sample> {
  const cpuBefore = pids().reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const started = performance.now();
  await Promise.all(Array.from({ length: clients }, () => run('curl', ['-sf', '-o', '/dev/null', url])));
  const seconds = (performance.now() - started) / 1000;
  return { seconds, cpu: pids().reduce((sum, pid) => sum + cpuSeconds(pid), 0) - cpuBefore };
}

/** User and system time of a process; fields 14 and 15 of proc_pid_stat(5), in hundredths of a second. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function status(pid: number, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

function childrenOf(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
