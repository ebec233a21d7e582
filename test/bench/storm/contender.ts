import { type ChildProcess, fork } from 'node:child_process';
import { on } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { matchbox, serabut, start } from '../machines/servers.js';
import { Children, cpuSeconds, machineSeconds, mebibytes, startNginx } from '../measure.js';
import { countInstalled, type Payload, writeData, writeGroups, writePlain } from './data.js';
import type { Said, Told } from './load.js';
import type { Life } from './machine.js';
import { type Order, simulate } from './order.js';

/** A server, and who comes. */
export interface Contender {
  readonly server: Order['server'];
  readonly withSlow: boolean;
}

/** What one storm was like. */
export interface Sample {
  readonly lives: readonly Life[];
  /** Until only slow machines were left. */
  readonly busy: Busy;
  /** Processor time of the server over the whole storm, in seconds. */
  readonly cpu: number;
  readonly peakMebibytes: number;
  /** How many are kept as installed afterwards; only Serabut knows. */
  readonly installed: number | undefined;
}

/** Seconds, and processor time in seconds: of the server, of the process of the machines, of all that runs. */
interface Busy {
  readonly seconds: number;
  readonly server: number;
  readonly load: number;
  readonly machine: number;
}

/** What all storms of a run have in common. */
export interface Surroundings {
  readonly directory: string;
  readonly payload: Payload;
  readonly matchboxBinary: string;
}

/** How long what is not urgent may still be written after the last machine is at its end. */
const settleMs = 15_000;

/** A slow machine takes longer the more there are, so that it is slower than its share would be. */
export function slowSeconds(size: number): number {
  return 10 + size / 20;
}

/** One storm of so many machines on a server that has just begun, and ends afterwards. */
export async function runStorm(contender: Contender, size: number, surroundings: Surroundings): Promise<Sample> {
  const directory = join(surroundings.directory, 'storm');
  mkdirSync(directory);
  const children = new Children();
  try {
    const files = writePlain(join(directory, 'plain'), surroundings.payload);
    const { url, pids, data } = await begin(contender.server, { children, directory, size, files, surroundings });
    const load = children.add(fork(fileURLToPath(new URL('load.js', import.meta.url))));
    const order: Told = {
      origin: url,
      server: contender.server,
      machines: simulate(size, contender.withSlow),
      slowSeconds: slowSeconds(size),
      files,
    };
    const before = cpuSeconds(pids);
    const { lives, busy } = await carriedOut(load, order, pids);
    const cpu = cpuSeconds(pids) - before;
    const installed = data === undefined ? undefined : await settled(data, order.machines.length);
    const peakMebibytes = pids.reduce((sum, pid) => sum + mebibytes(pid, 'VmHWM'), 0);
    return { lives, busy, cpu, peakMebibytes, installed };
  } finally {
    await children.end();
    rmSync(directory, { recursive: true });
  }
}

interface Beginning {
  readonly children: Children;
  readonly directory: string;
  readonly size: number;
  readonly files: readonly string[];
  readonly surroundings: Surroundings;
}

async function begin(server: Order['server'], { children, directory, size, files, surroundings }: Beginning) {
  if (server === 'nginx') {
    const { url, pids } = await startNginx(children, join(directory, 'plain'), 'sendfile on; tcp_nopush on;');
    return { url, pids: pids() };
  }
  const data = join(directory, 'data');
  if (server === 'Serabut') writeData(data, size, surroundings.payload);
  else writeGroups(data, size, files);
  const program = server === 'Serabut' ? serabut(data) : matchbox(surroundings.matchboxBinary, data);
  const { url, pid } = await start(children, program, server === 'Serabut' ? '/readyz' : '/', `${directory}/log`);
  // What it does at its start by itself is over then.
  await sleep(2000);
  return { url, pids: [pid], data: server === 'Serabut' ? data : undefined };
}

/** Lets the machines go, and looks at what all have spent when only slow ones are left. */
async function carriedOut(
  load: ChildProcess,
  order: Told,
  pids: readonly number[],
): Promise<Pick<Sample, 'lives' | 'busy'>> {
  const now = () => ({ seconds: performance.now() / 1000, server: cpuSeconds(pids), machine: machineSeconds() });
  const before = now();
  const ended = new AbortController();
  load.once('exit', () => ended.abort(new Error('the process of the machines has ended')));
  const said = on(load, 'message', { signal: ended.signal }) as AsyncIterable<[Said]>;
  load.send(order);
  let busy: Busy | undefined;
  for await (const [message] of said) {
    if (message.kind === 'all done') return { lives: message.lives, busy: busy as Busy };
    const { seconds, server, machine } = now();
    busy = {
      seconds: seconds - before.seconds,
      server: server - before.server,
      load: message.cpu,
      machine: machine - before.machine,
    };
  }
  throw new Error('it said nothing');
}

/** How many are kept as installed, as soon as it is all of them. */
async function settled(data: string, size: number): Promise<number> {
  const last = performance.now() + settleMs;
  let installed = 0;
  do {
    installed = countInstalled(data);
    if (installed < size) await sleep(250);
  } while (installed < size && performance.now() < last);
  return installed;
}
