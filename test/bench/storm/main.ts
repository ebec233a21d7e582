/**
 * `npm run bench:storm [-- --rounds N] [MACHINES…]`: so many machines switch on at once, each of which asks for its
 * script, loads kernel and initrd, gets its answers, reports, and boots again. The server is Serabut as `npm start` runs
 * it, first with every tenth machine slow, then with none; and in the same round two of it with half of the machines
 * each, nginx with the same two files, and Matchbox with the same scripts and files. All machines of a server are in one
 * process. Ends with 1 when one of Serabut's did not come to its end, or is not kept as installed.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { requireMatchbox } from '../machines/servers.js';
import { requirePrograms } from '../measure.js';
import { type Contender, runStorm, type Sample } from './contender.js';
import { makePayload } from './data.js';
import { type Measured, mebibytesEach, printTables } from './report.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' } },
});
const rounds = Number(values.rounds);
const sizes = positionals.length > 0 ? positionals.map(Number) : [10, 30, 100, 300, 1000];
const contenders: readonly Contender[] = [
  { server: 'Serabut', servers: 1, withSlow: true },
  { server: 'Serabut', servers: 1, withSlow: false },
  { server: 'Serabut', servers: 2, withSlow: false },
  { server: 'nginx', servers: 1, withSlow: false },
  { server: 'Matchbox', servers: 1, withSlow: false },
];

requirePrograms('nginx');
const matchboxBinary = requireMatchbox();
const [kernel = 0, initrd = 0, firmware = 0] = mebibytesEach.map((mebibytes) => mebibytes * 2 ** 20);
const surroundings = { payload: makePayload(kernel, initrd, firmware), matchboxBinary };
console.log(`Node ${process.version}, ${rounds} rounds, load ${loadAverage()}`);
const measured: Measured[] = [];
for (let round = 0; round < rounds; round += 1) {
  for (const size of sizes) {
    for (const contender of contenders) {
      const sample = await runStorm(contender, size, surroundings);
      check(contender, size, sample);
      measured.push({ ...contender, size, sample });
    }
    console.log(`round ${round + 1}, ${size} machines; load ${loadAverage()}`);
  }
}
printTables(measured, sizes);

/** Says who has not come to its end; of Serabut's, this run has failed by that. */
function check({ server }: Contender, size: number, { lives, installed }: Sample): void {
  const problems = lives.flatMap(({ problem }) => problem ?? []);
  if (installed !== undefined && installed !== lives.length) {
    problems.push(`${installed} of ${lives.length} are kept as installed`);
  }
  if (problems.length === 0) return;
  if (server === 'Serabut') process.exitCode = 1;
  console.error(`${server}, ${size} machines: ${problems.length} problems\n${problems.slice(0, 5).join('\n')}`);
}

function loadAverage(): string {
  return readFileSync('/proc/loadavg', 'utf8').split(' ', 3).join(' ');
}
