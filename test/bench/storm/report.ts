import { median, row } from '../measure.js';
import type { Contender, Sample } from './contender.js';
import type { Life } from './machine.js';

/** The kernel, the initrd of the ISO, and the firmware behind it, in MiB. */
export const mebibytesEach = [8, 20, 4] as const;
const mebibytesOfAll = mebibytesEach.reduce((sum, mebibytes) => sum + mebibytes, 0);

export interface Measured extends Contender {
  readonly size: number;
  readonly sample: Sample;
}

type Figure = (sample: Sample) => number;

/** Each server with ever more machines; and how Serabut, without slow machines, is beside the others. */
export function printTables(measured: readonly Measured[], sizes: readonly number[]): void {
  const names = [...new Set(measured.map(nameOf))];
  const of = (name: string, size: number) =>
    measured.filter((one) => nameOf(one) === name && one.size === size).map(({ sample }) => sample);
  const heads = Object.keys(figures);
  console.log(`\n${row('machines', 'server', ...heads)}\n${row(...Array(heads.length + 2).fill('---'))}`);
  for (const name of names) {
    for (const size of sizes) {
      const cells = Object.values(figures).map((figure) => shown(median(of(name, size).map(figure))));
      console.log(row(size, name, ...cells));
    }
  }
  const [, own = '', ...others] = names;
  const ratios = ['MiB/s', 'scripts, median ms', 'CPU s/machine'] as const;
  console.log(`\nFigures of ${own} by those of others in the same round\n`);
  console.log(`${row('machines', 'by those of', ...ratios)}\n${row(...Array(ratios.length + 2).fill('---'))}`);
  for (const other of others) {
    for (const size of sizes) {
      const theirs = of(other, size);
      const cells = ratios.map((name) =>
        median(of(own, size).map((sample, round) => figures[name](sample) / figures[name](theirs[round] as Sample))),
      );
      console.log(row(size, other, ...cells.map(shown)));
    }
  }
}

function nameOf({ server, servers, withSlow }: Contender): string {
  return `${servers > 1 ? `${servers} × ` : ''}${server}${withSlow ? ', some slow' : ''}`;
}

/** Three digits. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return '';
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

const figures = {
  'all done, s': ({ lives }) => Math.max(...lives.map(({ ended }) => ended)) / 1000,
  'fast done, s': ({ lives }) => Math.max(...fast(lives).map(({ ended }) => ended)) / 1000,
  'MiB/s': ({ lives }) => (fast(lives).length * mebibytesOfAll * 1000) / window(fast(lives)),
  'scripts, median ms': ({ lives }) =>
    at(
      0.5,
      lives.map(({ scriptMs }) => scriptMs),
    ),
  'scripts 99 %': ({ lives }) =>
    at(
      0.99,
      lives.map(({ scriptMs }) => scriptMs),
    ),
  'disk, median ms': ({ lives }) =>
    at(
      0.5,
      lives.map(({ diskMs }) => diskMs),
    ),
  'disk 99 %': ({ lives }) =>
    at(
      0.99,
      lives.map(({ diskMs }) => diskMs),
    ),
  'answers, median ms': ({ lives }) =>
    at(
      0.5,
      lives.flatMap(({ answersMs }) => answersMs),
    ),
  'answers 99 %': ({ lives }) =>
    at(
      0.99,
      lives.flatMap(({ answersMs }) => answersMs),
    ),
  'reports, median ms': ({ lives }) =>
    at(
      0.5,
      lives.flatMap(({ reportsMs }) => reportsMs),
    ),
  'reports 99 %': ({ lives }) =>
    at(
      0.99,
      lives.flatMap(({ reportsMs }) => reportsMs),
    ),
  'CPU s/machine': ({ cpu, lives }) => cpu / lives.length,
  'peak MiB': ({ peakMebibytes }) => peakMebibytes,
  'load, fast median s': ({ lives }) => at(0.5, fast(lives).map(loadMs)) / 1000,
  'slowest/fastest': ({ lives }) => spread(fast(lives)),
  'slow ones: slowest/fastest': ({ lives }) => spread(lives.filter(({ isSlow }) => isSlow)),
  'cores: server': ({ busy }) => busy.server / busy.seconds,
  'cores: clients': ({ busy }) => busy.load / busy.seconds,
  'cores: all': ({ busy }) => busy.machine / busy.seconds,
  retries: ({ lives }) => lives.reduce((sum, { retries }) => sum + retries, 0),
  waits: ({ lives }) => lives.reduce((sum, { waits }) => sum + waits, 0),
} as const satisfies Record<string, Figure>;

function fast(lives: readonly Life[]): Life[] {
  return lives.filter(({ isSlow }) => !isSlow);
}

function loadMs({ loadBegan, loadEnded }: Life): number {
  return loadEnded - loadBegan;
}

/** From the first byte that was asked for to the last that came, in milliseconds. */
function window(lives: readonly Life[]): number {
  return Math.max(...lives.map(({ loadEnded }) => loadEnded)) - Math.min(...lives.map(({ loadBegan }) => loadBegan));
}

function spread(lives: readonly Life[]): number {
  const all = lives.map(loadMs);
  return Math.max(...all) / Math.min(...all);
}

/** The value that such a share of them does not exceed. */
function at(share: number, values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
}
