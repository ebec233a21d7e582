import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { miniIso } from '../helpers/isos.js';
import type { FaultCase, Scene } from './case.js';
import { secondsUntil } from './got.js';
import { run } from './life-cases.js';

const program = fileURLToPath(new URL('../../core/main.js', import.meta.url));
const programs = ['unshare', 'nsenter', 'ip', 'curl', 'dnsmasq', 'squid'];
const [first, second] = ['192.168.77.2', '192.168.78.2'];

/** `serabut up` on a LAN of its own: its programs die, and its address goes and is another one. */
export const lanCases: readonly FaultCase[] = [
  { name: 'programs', rootFor: 'a network namespace', programs, run: (scene) => onLan(scene, programsDie) },
  { name: 'lan-address', rootFor: 'a network namespace', programs, run: (scene) => onLan(scene, addressChanges) },
];

interface Up extends Scene {
  readonly server: ChildProcess;
  /** Runs a command on the server's computer. */
  on(command: string, ...args: string[]): string;
  /** What `/readyz` says, with its status; undefined when nobody answers. */
  readyz(address: string): string | undefined;
  state(name: string): string;
}

/** A computer with one interface, `lan0`, as a network namespace that ends with its only process. */
async function onLan(scene: Scene, look: (up: Up) => Promise<void>): Promise<void> {
  const data = join(scene.directory, 'data');
  mkdirSync(join(data, 'isos'), { recursive: true });
  writeFileSync(join(data, 'isos/mini.iso'), miniIso());
  // Squids of one computer share memory by its name, and one that ends takes it from the next.
  const hold = 'mount -t tmpfs tmpfs /dev/shm && exec sleep 3600';
  const holder = spawn('unshare', ['--net', '--mount', 'sh', '-c', hold], { stdio: 'ignore' });
  const end = (): boolean => holder.kill('SIGKILL');
  process.once('exit', end);
  const inside = ['--target', String(holder.pid), '--net', '--mount'];
  const on = (command: string, ...args: string[]): string => run('nsenter', ...inside, command, ...args);
  await secondsUntil(async () => nameOf(holder.pid ?? 0) === 'sleep');
  on('ip', 'link', 'set', 'lo', 'up');
  on('ip', 'link', 'add', 'lan0', 'type', 'veth', 'peer', 'name', 'other');
  for (const name of ['lan0', 'other']) on('ip', 'link', 'set', name, 'up');
  on('ip', 'address', 'add', `${first}/24`, 'dev', 'lan0');
  const options = ['--interface', 'lan0', '--data', data, '--port', '8080', '--squid', '--squid-cache', '100'];
  const args = [...inside, process.execPath, program, 'up', ...options, '--log-level', 'warn'];
  const server = spawn('nsenter', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  server.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  const readyz = (address: string): string | undefined => {
    try {
      return on('curl', '--silent', '--max-time', '2', '--write-out', ' %{http_code}', `http://${address}:8080/readyz`);
    } catch {
      return undefined;
    }
  };
  try {
    const isReady = async () => readyz(first)?.endsWith(' 200') === true && childOf(server, 'squid') !== undefined;
    if ((await secondsUntil(isReady)) === undefined) throw new Error(`serabut up is not ready: ${readyz(first)}`);
    await sleep(1000);
    await look({ ...scene, server, on, readyz, state: (name) => readFileSync(join(data, 'state', name), 'utf8') });
    const ended = once(server, 'exit');
    server.kill('SIGTERM');
    const [code] = await ended;
    scene.report(
      'it ends with exit code 0, and nothing is left',
      code === 0 && processesOf(holder).length === 1,
      `${code}`,
    );
  } catch (error) {
    const path = join(data, 'state/squid/cache.log');
    const log = existsSync(path) ? readFileSync(path, 'utf8').slice(-500) : 'nothing';
    throw new Error(`${error}; the server has said: ${said}; Squid: ${log}`);
  } finally {
    server.kill('SIGKILL');
    for (const pid of processesOf(holder)) process.kill(pid, 'SIGKILL');
    process.off('exit', end);
  }
}

/** The processes in the network namespace of another one. */
function processesOf({ pid }: ChildProcess): number[] {
  const namespaceOf = (pid: number | string): string | undefined => {
    try {
      return run('readlink', `/proc/${pid}/ns/net`);
    } catch {
      return undefined;
    }
  };
  const own = namespaceOf(pid ?? 0);
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return own === undefined ? [] : all.filter((name) => namespaceOf(name) === own).map(Number);
}

/** The number of a server's child by its name. */
function childOf({ pid }: ChildProcess, name: string): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return children.map(Number).find((child) => nameOf(child) === name);
}

function nameOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** UDP or TCP ports that somebody has, with their addresses, as ss(8) shows them. */
function listens({ on }: Up, what: 'udp' | 'tcp', port: number): boolean {
  return new RegExp(`[:.]${port}\\s`).test(on('ss', `--${what}`, '--listening', '--numeric', '--no-header'));
}

async function programsDie(up: Up): Promise<void> {
  const { server, report } = up;
  for (const [name, what, ports] of [
    ['dnsmasq', 'udp', [67, 69]],
    ['squid', 'tcp', [3128]],
  ] as const) {
    for (const round of [1, 2, 3]) {
      const pid = childOf(server, name) ?? 0;
      process.kill(pid, 'SIGKILL');
      const isBack = async () => {
        const now = childOf(server, name);
        return now !== undefined && now !== pid && ports.every((port) => listens(up, what, port));
      };
      const seconds = await secondsUntil(isBack);
      report(`${name}, killed for the ${round}. time, is there again`, seconds !== undefined, `after ${seconds} s`);
      await sleep(500);
    }
  }
}

async function addressChanges(up: Up): Promise<void> {
  const { on, readyz, state, server, report } = up;
  on('ip', 'address', 'del', `${first}/24`, 'dev', 'lan0');
  const lost = await secondsUntil(async () => /LAN_LOST.* 503$/s.test(readyz('127.0.0.1') ?? ''));
  report('without an address it says that no machine can boot', lost !== undefined, `after ${lost} s`);
  const before = childOf(server, 'dnsmasq');
  on('ip', 'address', 'add', `${second}/24`, 'dev', 'lan0');
  const isNew = async () => readyz(second)?.endsWith(' 200') === true && state('dnsmasq.conf').includes(second);
  const found = await secondsUntil(isNew);
  report(
    'with another one, all that is told of it is new',
    found !== undefined && state('squid.conf').includes(second),
    `after ${found} s`,
  );
  const isBack = async () => {
    const now = childOf(server, 'dnsmasq');
    return now !== undefined && now !== before && listens(up, 'udp', 67) && isSquidAt(up, second);
  };
  const seconds = await secondsUntil(isBack);
  report('dnsmasq and Squid are started with it', seconds !== undefined, `after ${seconds} s more`);
}

function isSquidAt({ on }: Up, address: string): boolean {
  return on('ss', '--tcp', '--listening', '--numeric', '--no-header').includes(`${address}:3128`);
}
