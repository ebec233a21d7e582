import { type ChildProcess, fork } from 'node:child_process';
import { on } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Children, cpuSeconds, machineSeconds, mebibytes } from '../measure.js';
import { type Begun, begin, type Surroundings } from './begin.js';
import { countInstalled, writePlain } from './data.js';
import type { Said, Told } from './load.js';
import type { Life } from './machine.js';
import { type Order, simulate } from './order.js';

/** A server, and who comes. */
export interface Contender {
  readonly server: Order['server'];
  /** How many of it, each with its share of the machines. */
  readonly servers: number;
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

/** How long what is not urgent may still be written after the last machine is at its end. */
const settleMs = 15_000;

/** A slow machine takes longer the more there are, so that it is slower than its share would be. */
function slowSeconds(size: number): number {
  return 10 + size / 20;
}

/** One storm of so many machines on a server that has just begun, or on several that share them, which end afterwards. */
export async function runStorm(contender: Contender, size: number, surroundings: Surroundings): Promise<Sample> {
  const directory = mkdtempSync(join(tmpdir(), 'serabut-storm-'));
  const children = new Children();
  try {
    const files = writePlain(join(directory, 'plain'), surroundings.payload);
    const { server, servers, withSlow } = contender;
    const share = size / servers;
    const begun: Begun[] = [];
    for (let index = 0; index < servers; index += 1) {
      const own = { server, size: share, directory: join(directory, `server-${index}`), files, children };
      begun.push(await begin(own, surroundings));
    }
    const common = { server, machines: simulate(share, withSlow), slowSeconds: slowSeconds(size), files };
    const pids = begun.flatMap(({ pids }) => pids);
    const before = cpuSeconds(pids);
    const program = fileURLToPath(new URL('load.js', import.meta.url));
    const all = await Promise.all(
      begun.map(({ url }) => carriedOut(children.add(fork(program)), { ...common, origin: url }, pids)),
    );
    const cpu = cpuSeconds(pids) - before;
    const lives = all.flatMap(({ lives }) => lives);
    const installed = server === 'Serabut' ? await settled(begun, lives.length) : undefined;
    const peakMebibytes = Math.max(...begun.map(({ pids }) => sum(pids.map((pid) => mebibytes(pid, 'VmHWM')))));
    return { lives, busy: busiest(all.map(({ busy }) => busy)), cpu, peakMebibytes, installed };
  } finally {
    await children.end();
    rmSync(directory, { recursive: true });
  }
}

/** Until the last of several is left with slow machines alone; the processes of the machines are added. */
function busiest(all: readonly Busy[]): Busy {
  const [last] = all.toSorted((a, b) => b.seconds - a.seconds);
  if (last === undefined) throw new Error('there was no server');
  return { ...last, load: sum(all.map(({ load }) => load)) };
}

function sum(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Lets the machines go, and looks at what all have spent when only slow ones are left. */
async function carriedOut(
  load: ChildProcess,
  order: Told,
  pids: readonly number[],
): Promise<Pick<Sample, 'lives' | 'busy'>> {
  const now = () => ({ seconds: performance.now() / 1000, server: cpuSeconds(pids), machine: machineSeconds() });
  let before = now();
  const ended = new AbortController();
  load.once('exit', () => ended.abort(new Error('the process of the machines has ended')));
  const said = on(load, 'message', { signal: ended.signal }) as AsyncIterable<[Said]>;
  let busy: Busy | undefined;
  for await (const [message] of said) {
    if (message.kind === 'ready') {
      before = now();
      load.send(order);
      continue;
    }
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
async function settled(begun: readonly Begun[], size: number): Promise<number> {
  const last = performance.now() + settleMs;
  let installed = 0;
  do {
    installed = sum(begun.map(({ data = '' }) => countInstalled(data)));
    if (installed < size) await sleep(250);
  } while (installed < size && performance.now() < last);
  return installed;
}
