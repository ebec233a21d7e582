/**
 * `npm run bench:content`: bodies from Serabut against the same bytes as a plain file from nginx with sendfile: a file of
 * 1 GiB inside an ISO, and an initrd joined from a file inside an ISO, zero bytes, bytes from memory and another file.
 * One and eight clients (curl to /dev/null over loopback, warm page cache), both servers in turn. Prints the medians of
 * the ratios of each round: the seconds of a machine say nothing.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  Children,
  cpuSeconds,
  mebibytes,
  median,
  type Peer,
  requirePrograms,
  row,
  startNginx,
  startSerabut,
  writeLarge,
} from './measure.js';

const run = promisify(execFile);
const rounds = Number(process.argv[2] ?? 7);

requirePrograms('xorriso', 'nginx', 'curl', 'cmp');
const directory = mkdtempSync(join(tmpdir(), 'serabut-bench-'));
const children = new Children();
try {
  const data = join(directory, 'data');
  for (const path of ['isos', 'firmware']) mkdirSync(join(data, path), { recursive: true });
  writeLarge(join(directory, 'large'), 1024);
  writeLarge(join(data, 'firmware/large'), 100);
  await run('xorriso', ['-outdev', `${data}/isos/bench.iso`, '-map', `${directory}/large`, '/pool/large', '-commit']);
  const [serabut, nginx] = [await startSerabut(children, data), await startNginx(children, directory)];
  await run('curl', ['-sf', '-o', join(directory, 'joined'), `${serabut.url}/joined`]);

  console.log(`Node ${process.version}, medians of ${rounds} rounds\n`);
  console.log(row('body', 'clients', 'GiB/s Serabut', 'GiB/s nginx', 'ratio', 'CPU s/GiB Serabut', 'nginx', 'ratio'));
  console.log(row(...Array(8).fill('---')));
  for (const [body, path, file] of [
    ['in an ISO', '/iso/content/bench.iso/pool/large', 'large'],
    ['joined', '/joined', 'joined'],
  ] as const) {
    const gibibytes = statSync(join(directory, file)).size / 2 ** 30;
    const pair = [
      { ...serabut, url: serabut.url + path },
      { ...nginx, url: `${nginx.url}/${file}` },
    ] as const;
    for (const clients of [1, 8]) console.log(row(body, clients, ...(await compare(pair, clients, gibibytes))));
  }
  console.log(`\nPeak memory of Serabut: ${mebibytes(serabut.pids()[0] ?? 0, 'VmHWM').toFixed(0)} MiB`);
} finally {
  await children.end();
  rmSync(directory, { recursive: true, force: true });
}

interface Sample {
  readonly rate: number;
  readonly cpu: number;
}

async function compare(pair: readonly [Peer, Peer], clients: number, gibibytes: number): Promise<number[]> {
  const samples: [Sample, Sample][] = [];
  for (const peer of pair) await measure(peer, clients, gibibytes);
  for (let round = 0; round < rounds; round++) {
    samples.push([await measure(pair[0], clients, gibibytes), await measure(pair[1], clients, gibibytes)]);
  }
  const of = (figure: (sample: [Sample, Sample]) => number) => median(samples.map(figure));
  return [
    of(([ours]) => ours.rate),
    of(([, theirs]) => theirs.rate),
    of(([ours, theirs]) => ours.rate / theirs.rate),
    of(([ours]) => ours.cpu),
    of(([, theirs]) => theirs.cpu),
    of(([ours, theirs]) => ours.cpu / theirs.cpu),
  ];
}

async function measure({ url, pids }: Peer, clients: number, gibibytes: number): Promise<Sample> {
  const cpuBefore = cpuSeconds(pids());
  const started = performance.now();
  await Promise.all(Array.from({ length: clients }, () => run('curl', ['-sf', '-o', '/dev/null', url])));
  const seconds = (performance.now() - started) / 1000;
  const total = clients * gibibytes;
  return { rate: total / seconds, cpu: (cpuSeconds(pids()) - cpuBefore) / total };
}
