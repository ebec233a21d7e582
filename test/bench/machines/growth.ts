/**
 * `npm run bench:growth [ROUNDS]`: whether Serabut's rate depends on how many machines it has. Two processes of the same
 * program may differ by half in what they answer in a second, for as long as they live, and a machine by as much from
 * minute to minute: so that each process has 10, 1,000 and 10,000 machines one after the other, and at each time each
 * of three has another number of them. Prints for each number the ratio to that with 10: the geometric mean over the
 * processes, of the medians of processor time and rate.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Children, median, row } from '../measure.js';
import { Load, type Sample } from './asking.js';
import { makeFleet } from './fleet.js';
import { Growing } from './growing.js';

const rounds = Number(process.argv[2] ?? 9);
const sizes = [10, 1000, 10_000] as const;
/** Which number of machines each of the processes has in each phase: every one before and after every other. */
const phases = [
  [0, 1, 2],
  [1, 2, 0],
  [2, 0, 1],
  [0, 2, 1],
  [2, 1, 0],
  [1, 0, 2],
] as const;
const roundMs = 2000;
/** V8 goes on compiling what is asked most often for more than ten seconds. */
const warmUpMs = 20_000;
/** What is in the caches of a process has to be that of the new number of machines. */
const settleMs = 3000;

const computers = Object.values(makeFleet(Math.max(...sizes))).flat();
const directory = mkdtempSync(join(tmpdir(), 'serabut-growth-'));
const children = new Children();
try {
  const load = new Load(children);
  const servers = await Promise.all(
    sizes.map((_, index) => Growing.start(children, join(directory, `${index}`), computers)),
  );
  await Promise.all(servers.map((server) => server.resize(10)));
  for (const server of servers) await load.ask(server.asked, warmUpMs);
  const samples = servers.map(() => sizes.map((): Sample[] => []));
  for (const phase of phases) {
    for (const [index, server] of servers.entries()) await server.resize(sizes[phase[index] ?? 0] ?? 0);
    // Once each, so that what is kept of their first time is kept by then.
    for (const server of servers) await load.ask(server.asked);
    for (const server of servers) await load.ask(server.asked, settleMs);
    const taken = servers.map((): Sample[] => []);
    for (let round = 0; round < rounds; round++)
      for (const [index, server] of servers.entries()) taken[index]?.push(await load.ask(server.asked, roundMs));
    for (const [index, some] of taken.entries()) samples[index]?.[phase[index] ?? 0]?.push(...some);
    const rates = taken.map(
      (some, index) => `${sizes[phase[index] ?? 0]}: ${Math.round(median(some.map(({ rate }) => rate)))}`,
    );
    console.error(`# answers/s of each process with so many machines: ${rates.join(', ')}`);
  }
  report(samples);
} finally {
  await children.end();
  rmSync(directory, { recursive: true, force: true });
}

/** By process and number of machines. */
function report(samples: readonly (readonly Sample[][])[]): void {
  console.log(`Node ${process.version}, ${samples.length} processes, ${rounds} rounds in each of two phases\n`);
  console.log(row('machines', 'answers/s', 'of 10 machines', 'each process', 'CPU ms', 'of 10 machines'));
  console.log(row(...Array(6).fill('---')));
  for (const [index, size] of sizes.entries()) {
    const of = (what: 'rate' | 'cpu', at: number = index) =>
      samples.map((one) => median((one[at] ?? []).map((sample) => sample[what])));
    const ratios = (what: 'rate' | 'cpu') => of(what).map((value, at) => value / (of(what, 0)[at] ?? Number.NaN));
    const each = ratios('rate').map((ratio) => ratio.toFixed(2));
    const cells = [Math.round(mean(of('rate'))), mean(ratios('rate')), each.join(', '), mean(of('cpu')).toFixed(3)];
    console.log(row(size, ...cells, mean(ratios('cpu'))));
  }
}

function mean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
