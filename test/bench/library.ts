/**
 * `npm run bench:library`: how long an image of 10,000 files takes to index, beyond reading the same bytes; and how long
 * a library of 20 images of 1,500 files each takes to start, without and with the indexes of the time before. Images by
 * xorriso, with Rock Ridge and Joliet, warm page cache; each start in a process of its own.
 */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { IsoLibrary } from '../../core/iso/library.js';
import { openVolume } from '../../core/iso/volume.js';
import { writeTree } from '../helpers/trees.js';
import { Children, median, requirePrograms, row } from './measure.js';

const rounds = 9;
const images = 20;
/** Sector 16, where the volume descriptors are; the directories follow. */
const firstByte = 16 * 2048;

if (process.argv[2] === 'start') await start(process.argv[3] ?? '', process.argv[4] ?? '');
else await main();

/** In the process that is measured: milliseconds of `start`, those of processor time in it, and since the process began. */
async function start(directory: string, cacheDirectory: string): Promise<void> {
  const library = new IsoLibrary(directory, { cacheDirectory });
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await library.start();
  const ended = performance.now();
  const busy = cpuMs(cpu);
  const ready = library.entries().filter(({ status }) => status.state === 'ready').length;
  process.send?.([ready, ended - began, busy, ended]);
  await library.close();
}

async function main(): Promise<void> {
  requirePrograms('xorriso');
  const directory = mkdtempSync(join(tmpdir(), 'serabut-bench-'));
  const children = new Children();
  try {
    console.log(`Node ${process.version}, medians of ${rounds} rounds\n`);
    await indexing(directory);
    await restarting(directory, children);
  } finally {
    await children.end();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function indexing(directory: string): Promise<void> {
  const image = await master(directory, 10_000);
  const before = bytesRead();
  const { fileCount, names } = await openVolume(image);
  const bytes = bytesRead() - before;
  const samples: [index: Times, read: Times][] = [];
  for (let round = 0; round < rounds; round++) {
    samples.push([await timed(() => openVolume(image)), await timed(() => readPlain(image, bytes))]);
  }
  console.log(`${fileCount} files, names by ${names}, ${Math.round(bytes / 1024)} KiB read\n`);
  console.log(`${row('milliseconds', 'to index', 'to read the same', 'difference')}\n${row(...Array(4).fill('---'))}`);
  for (const [name, figure] of [
    ['elapsed', ({ elapsed }: Times) => elapsed],
    ['of a processor', ({ cpu }: Times) => cpu],
  ] as const) {
    const of = (value: (sample: [Times, Times]) => number) => median(samples.map(value)).toFixed(1);
    const both = [of(([index]) => figure(index)), of(([, read]) => figure(read))];
    console.log(
      row(
        name,
        ...both,
        of(([index, read]) => figure(index) - figure(read)),
      ),
    );
  }
}

async function restarting(directory: string, children: Children): Promise<void> {
  const isos = join(directory, 'isos');
  mkdirSync(isos);
  const image = await master(directory, 1500);
  for (let index = 0; index < images; index++) cpSync(image, join(isos, `${index}.iso`));
  await sleep(1500); // Until then they might still be growing.
  const cache = join(directory, 'cache');
  const [without, first, again]: number[][][] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    without?.push(await startedIn(children, isos, '/dev/null/nowhere'));
    rmSync(cache, { recursive: true, force: true });
    first?.push(await startedIn(children, isos, cache));
    again?.push(await startedIn(children, isos, cache));
  }
  console.log(
    `\n${row('start', 'ready', 'ms', 'ms of a processor', 'ms since the process began')}\n${row(...Array(5).fill('---'))}`,
  );
  for (const [name, samples = []] of [
    ['without indexes', without],
    ['the first one, which keeps them', first],
    ['with indexes', again],
  ] as const) {
    const of = (index: number) => Math.round(median(samples.map((sample) => sample[index] ?? 0)));
    console.log(row(name, `${of(0)} of ${images}`, of(1), of(2), of(3)));
  }
  const sizes = readdirSync(cache).map((name) => statSync(join(cache, name)).size / 1024);
  console.log(`\nan index takes ${Math.round(median(sizes))} KiB`);
}

async function startedIn(children: Children, isos: string, cache: string): Promise<number[]> {
  const child = children.add(fork(fileURLToPath(import.meta.url), ['start', isos, cache]));
  const ended = once(child, 'exit');
  const [figures] = (await once(child, 'message')) as [number[]];
  await ended;
  return figures;
}

/** An image with a pool as on a Debian DVD: many directories with some packages each. */
async function master(directory: string, files: number): Promise<string> {
  const [source, image] = [join(directory, `source-${files}`), join(directory, `${files}.iso`)];
  const tree: Record<string, string> = {};
  for (let index = 0; index < files; index++) {
    const name = `package-${Math.floor(index / 4)}`;
    tree[`pool/main/${name.at(-1)}/${name}/${name}-part${index % 4}_1.2.3-${index}+deb13u1_amd64.deb`] = 'x';
  }
  await writeTree(source, tree);
  execFileSync('xorriso', ['-as', 'mkisofs', '-r', '-J', '-joliet-long', '-o', image, source], { stdio: 'ignore' });
  return image;
}

/** What this process has asked the system for by reading, proc_pid_io(5). */
function bytesRead(): number {
  return Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

async function readPlain(path: string, bytes: number): Promise<void> {
  await using handle = await open(path);
  const buffer = Buffer.alloc(64 * 1024);
  for (let at = 0; at < bytes; at += buffer.length) await handle.read(buffer, 0, buffer.length, firstByte + at);
}

interface Times {
  readonly elapsed: number;
  readonly cpu: number;
}

/** Milliseconds; those of the processor count all threads, and not those that others had it meanwhile. */
async function timed(task: () => Promise<unknown>): Promise<Times> {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await task();
  return { elapsed: performance.now() - began, cpu: cpuMs(cpu) };
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}
