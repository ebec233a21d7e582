/**
 * `npm run bench:machines [ROUNDS]`: how long Serabut and Matchbox take to start with 10, 1,000 and 10,000 machines, how
 * much memory, and how many machines they tell in a second what to boot: Serabut those that have been installed, as
 * which nearly all of them ask nearly always; then also those that are to be installed, each of which gets a token. The
 * most machines also as objects of an API server that is a fake.
 * The servers in turn, each round in another order, all asked by the same process; beside them a route of Fastify that
 * always answers the same. Prints medians, and medians of the ratios within each round: the seconds of a machine say
 * nothing.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Children, mebibytes, median, row } from '../measure.js';
import { type Asked, Load, type Sample } from './asking.js';
import { type Fleet, makeFleet, question, writeIso, writeMatchbox, writeSerabut } from './fleet.js';
import { matchbox, plainFastify, requireMatchbox, type Started, serabut, start } from './servers.js';

const rounds = Number(process.argv[2] ?? 9);
const starts = 3;
const sizes = [10, 1000, 10_000] as const;
/** How long each server is asked in each round: so long that it is not the caches of the processor that are measured. */
const roundMs = 2000;
/** The same once before: V8 goes on compiling what is asked most often for more than ten seconds. */
const warmUpMs = 15_000;

/** A server with its machines, and all that was measured of it. */
interface Contender {
  readonly name: string;
  readonly size: number;
  readonly startMs: number;
  readonly startCpu: number;
  readonly memoryAtStart: number;
  readonly asked: Asked;
  readonly samples: Sample[];
}

const binary = requireMatchbox();
const directory = mkdtempSync(join(tmpdir(), 'serabut-bench-'));
const children = new Children();
try {
  const load = new Load(children);
  const fleets = new Map(sizes.map((size) => [size, makeFleet(size)]));
  const contenders: Contender[] = [];
  for (const [size, fleet] of fleets) contenders.push(await ours(size, fleet), await theirs(size, fleet));
  contenders.push(await inCluster(), await constant(contenders[0]));
  for (const { asked } of contenders) await load.ask(asked, warmUpMs);
  for (let round = 0; round < rounds; round++) {
    const order = contenders.map((_, index) => contenders[(index + round) % contenders.length]);
    for (const contender of order) contender?.samples.push(await load.ask(contender.asked, roundMs));
  }
  report(contenders);
  await installs(load, contenders, fleets);
} finally {
  await children.end();
  rmSync(directory, { recursive: true, force: true });
}

async function ours(size: number, fleet: Fleet): Promise<Contender> {
  const data = join(directory, `serabut-${size}`);
  writeSerabut(data, fleet);
  const paths = fleet.installed.map((computer) => question('/boot', computer));
  const started = await startOften(() => start(children, serabut(data), '/readyz', `${data}.log`));
  return contender('Serabut', size, started, { paths, expected: 'Serabut' });
}

async function theirs(size: number, fleet: Fleet): Promise<Contender> {
  const data = join(directory, `matchbox-${size}`);
  writeMatchbox(data, fleet);
  const paths = [...fleet.installed, ...fleet.pending].map((computer) => question('/ipxe', computer));
  const started = await startOften(() => start(children, matchbox(binary, data), '/', `${data}.log`));
  return contender('Matchbox', size, started, { paths, expected: 'kernel /assets/vmlinuz' });
}

/** The most machines, as objects of an API server. */
async function inCluster(): Promise<Contender> {
  const size = Math.max(...sizes);
  const data = join(directory, 'cluster');
  writeIso(data);
  const account = join(directory, 'account');
  const api = children.add(fork(fileURLToPath(new URL('cluster.js', import.meta.url)), [account, String(size)]));
  const [port] = (await once(api, 'message')) as [number];
  const program = serabut(
    data,
    '--kubernetes',
    '--account',
    account,
    '--api-host',
    '127.0.0.1',
    '--api-port',
    `${port}`,
  );
  const started = await startOften(() => start(children, program, '/readyz', `${data}.log`));
  const paths = makeFleet(size).installed.map((computer) => question('/boot', computer));
  return contender('Serabut, Kubernetes', size, started, { paths, expected: 'Serabut' });
}

/** The same answer as Serabut's, always. */
async function constant(like: Contender | undefined): Promise<Contender> {
  const [path = ''] = like?.asked.paths ?? [];
  const text = await (await fetch(`${like?.asked.origin}${path}`)).text();
  const started = await startOften(() => start(children, plainFastify(text), '/boot', join(directory, 'plain.log')));
  return contender('Fastify alone', 0, started, { paths: like?.asked.paths ?? [], expected: 'Serabut' });
}

/** Starts a server some times; the last one stays, with the median of the times. */
async function startOften(begin: () => Promise<Started>): Promise<Started> {
  const all: Started[] = [];
  for (;;) {
    const started = await begin();
    all.push(started);
    const startMs = median(all.map((one) => one.startMs));
    if (all.length === starts) return { ...started, startMs, startCpu: median(all.map((one) => one.startCpu)) };
    await started.end();
  }
}

function contender(
  name: string,
  size: number,
  { url, pid, startMs, startCpu }: Started,
  what: Pick<Asked, 'paths' | 'expected'>,
): Contender {
  const memoryAtStart = mebibytes(pid, 'VmRSS');
  return { name, size, startMs, startCpu, memoryAtStart, asked: { origin: url, pid, ...what }, samples: [] };
}

function report(contenders: readonly Contender[]): void {
  console.log(`Node ${process.version}, medians of ${rounds} rounds and ${starts} starts\n`);
  const heads = [
    'machines',
    'server',
    'start ms',
    'its CPU s',
    'MiB at start',
    'MiB after',
    'answers/s',
    'lowest to highest',
  ];
  console.log(row(...heads, 'of Matchbox', 'of 10 machines', 'of Fastify', '99 % within ms', 'CPU ms'));
  console.log(row(...Array(13).fill('---')));
  for (const [index, one] of contenders.entries()) {
    const rates = one.samples.map(({ rate }) => rate);
    const smallest = contenders.find(({ name, size }) => name === one.name && size === Math.min(...sizes));
    const ratios = [one.name === 'Serabut' ? contenders[index + 1] : undefined, smallest, contenders.at(-1)];
    console.log(
      row(
        one.size === 0 ? '' : one.size,
        one.name,
        Math.round(one.startMs),
        one.startCpu,
        Math.round(one.memoryAtStart),
        Math.round(mebibytes(one.asked.pid, 'VmRSS')),
        Math.round(median(rates)),
        `${Math.round(Math.min(...rates))} to ${Math.round(Math.max(...rates))}`,
        ...ratios.map((other) => (other === undefined || other === one ? '' : ratio(one, other))),
        median(one.samples.map(({ slow }) => slow)),
        median(one.samples.map(({ cpu }) => cpu)),
      ),
    );
  }
}

/** The median of the ratios of two rates, each of one round. */
function ratio(one: Contender, other: Contender): number {
  return median(one.samples.map(({ rate }, round) => rate / (other.samples[round]?.rate ?? Number.NaN)));
}

/** Each machine that is to be installed asks once: its attempt begins, and is durable before it is answered. */
async function installs(load: Load, contenders: readonly Contender[], fleets: Map<number, Fleet>): Promise<void> {
  console.log(
    `\n${row('machines', 'server', 'to be installed', 'begun/s', '99 % within ms')}\n${row(...Array(5).fill('---'))}`,
  );
  for (const { name, size, asked } of contenders) {
    const pending = fleets.get(size)?.pending ?? [];
    if (!name.startsWith('Serabut') || pending.length === 0) continue;
    const paths = pending.map((computer) => question('/boot', computer));
    const { rate, slow } = await load.ask({ ...asked, paths, expected: 'kernel' });
    console.log(row(size, name, pending.length, Math.round(rate), slow));
  }
}
