/**
 * `npm run bench:growth [ROUNDS]`: whether Serabut's rate depends on how many machines it has. Two processes of the same
 * program may differ by half in what they answer in a second, for as long as they live, and a machine by as much from
 * minute to minute: so that each process has 10, 1,000 and 10,000 machines one after the other, and at each time each
 * of three has another number of them. Prints for each number the ratio to that with 10: the geometric mean over the
 * processes, of the medians of processor time and rate.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Children, median, row } from '../measure.js';
import { type Asked, Load, type Sample } from './asking.js';
import { type Computer, makeFleet, question, writeIso } from './fleet.js';
import { serabut, start } from './servers.js';

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
/** How many documents are in one file: see ./fleet.ts. */
const documentsPerFile = 1000;

const computers = Object.values(makeFleet(Math.max(...sizes))).flat();
const directory = mkdtempSync(join(tmpdir(), 'serabut-growth-'));
const children = new Children();
try {
  const load = new Load(children);
  const servers = await Promise.all(sizes.map((_, index) => Growing.start(join(directory, `${index}`))));
  await Promise.all(servers.map((server) => server.resize(10)));
  for (const server of servers) await load.ask(server.asked, warmUpMs);
  const samples = servers.map(() => sizes.map((): Sample[] => []));
  for (const phase of phases) {
    for (const [index, server] of servers.entries()) await server.resize(sizes[phase[index] ?? 0] ?? 0);
    // Once each, so that what is kept of their first time is kept by then.
    for (const server of servers) await load.ask(server.asked);
    for (const server of servers) await load.ask(server.asked, settleMs);
    for (let round = 0; round < rounds; round++)
      for (const [index, server] of servers.entries())
        samples[index]?.[phase[index] ?? 0]?.push(await load.ask(server.asked, roundMs));
    console.error(`# a phase of ${phases.length} is over`);
  }
  report(samples);
} finally {
  await children.end();
  rmSync(directory, { recursive: true, force: true });
}

/** A server on a directory in which the number of machines changes; they have nothing to install, and boot their disks. */
class Growing {
  #computers: readonly Computer[] = [];

  private constructor(
    readonly data: string,
    readonly origin: string,
    readonly pid: number,
  ) {}

  static async start(data: string): Promise<Growing> {
    writeIso(data);
    mkdirSync(join(data, 'resources'));
    const { url, pid } = await start(children, serabut(data), '/readyz', `${data}.log`);
    return new Growing(data, url, pid);
  }

  get asked(): Asked {
    const paths = this.#computers.map((computer) => question('/boot', computer));
    return { origin: this.origin, pid: this.pid, paths, expected: 'It boots its disk' };
  }

  /** Writes and removes files until there are so many machines, and waits until the server has them. */
  async resize(size: number): Promise<void> {
    this.#computers = computers.slice(0, size);
    const { length } = computers;
    for (let at = 0; at < length; at += documentsPerFile) {
      const path = join(this.data, `resources/machines-${at}.yaml`);
      const documents = this.#computers.slice(at, at + documentsPerFile).map(toDocument);
      if (documents.length > 0) writeFileSync(path, documents.join('---\n'));
      else rmSync(path, { force: true });
    }
    while ((await this.#count()) !== size) await sleep(200);
  }

  /** How many machines the server says that it has. */
  async #count(): Promise<number> {
    const metrics = await (await fetch(`${this.origin}/metrics`)).text();
    return [...metrics.matchAll(/^serabut_machines\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
  }
}

function toDocument({ name, mac }: Computer): string {
  return `apiVersion: serabut.io/v1alpha1\nkind: Machine\nmetadata:\n  name: ${name}\nspec:\n  macs: ['${mac}']\n`;
}

/** By process and number of machines. */
function report(samples: readonly (readonly Sample[][])[]): void {
  console.log(`Node ${process.version}, ${samples.length} processes, ${rounds} rounds in each of two phases\n`);
  console.log(row('machines', 'answers/s', 'of 10 machines', 'each process', 'CPU ms', 'of 10 machines'));
  console.log(row(...Array(6).fill('---')));
  for (const [index, size] of sizes.entries()) {
    const of = (what: 'rate' | 'cpu') => samples.map((one) => median((one[index] ?? []).map((sample) => sample[what])));
    const first = (what: 'rate' | 'cpu') => samples.map((one) => median((one[0] ?? []).map((sample) => sample[what])));
    const ratios = (what: 'rate' | 'cpu') => of(what).map((value, at) => value / (first(what)[at] ?? Number.NaN));
    const each = ratios('rate').map((ratio) => ratio.toFixed(2));
    const cells = [Math.round(mean(of('rate'))), mean(ratios('rate')), each.join(', '), mean(of('cpu')).toFixed(3)];
    console.log(row(size, ...cells, mean(ratios('cpu'))));
  }
}

function mean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
