/**
 * `npm run bench:storm [-- --rounds N] [MACHINES…]`: so many machines switch on at once, each of which asks for its
 * script, loads kernel and initrd, gets its answers, reports, and boots again; every tenth takes its bytes slowly. The
 * server is Serabut as `npm start` runs it, and in the same round, one after the other, Serabut without the slow ones,
 * nginx with the same two files, and Matchbox with the same scripts and files. All machines are in one process. Ends
 * with 1 when one of them did not come to its end, or is not kept as installed.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  { server: 'Serabut', withSlow: true },
  { server: 'Serabut', withSlow: false },
  { server: 'nginx', withSlow: true },
  { server: 'Matchbox', withSlow: true },
];

requirePrograms('nginx');
const matchboxBinary = requireMatchbox();
const directory = mkdtempSync(join(tmpdir(), 'serabut-storm-'));
try {
  const [kernel = 0, initrd = 0, firmware = 0] = mebibytesEach.map((mebibytes) => mebibytes * 2 ** 20);
  const surroundings = { directory, payload: makePayload(kernel, initrd, firmware), matchboxBinary };
  console.log(`Node ${process.version}, load before: ${loadAverage()}`);
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
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Says who has not come to its end, and that this run has failed. */
function check({ server }: Contender, size: number, { lives, installed }: Sample): void {
  const problems = lives.flatMap(({ problem }) => problem ?? []);
  if (installed !== undefined && installed !== lives.length) {
    problems.push(`${installed} of ${lives.length} are kept as installed`);
  }
  if (problems.length === 0) return;
  process.exitCode = 1;
  console.error(`${server}, ${size} machines: ${problems.length} problems\n${problems.slice(0, 5).join('\n')}`);
}

function loadAverage(): string {
  return readFileSync('/proc/loadavg', 'utf8').split(' ', 3).join(' ');
}
