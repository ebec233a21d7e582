/**
 * `npm run bench:content [ROUNDS]`: bodies from Serabut against the same bytes as a plain file from nginx with sendfile,
 * and from nginx that reads and writes as Serabut must: a file of 1 GiB inside an ISO, and an initrd joined from a file
 * inside an ISO, zero bytes, bytes from memory and another file. One and eight clients (curl to /dev/null over loopback,
 * warm page cache), the servers in turn. Prints medians, and those of the ratios of each round: the seconds of a machine
 * say nothing. What the machine spends is counted too: over loopback, part of what sending costs is booked on whoever
 * runs at that moment, and copying bytes that the sender has not touched costs the receiver more.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  Children,
  cpuSeconds,
  machineSeconds,
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
const figures = ['rate', 'cpu', 'machine'] as const;

requirePrograms('xorriso', 'nginx', 'curl', 'cmp');
const directory = mkdtempSync(join(tmpdir(), 'serabut-bench-'));
const children = new Children();
try {
  const data = join(directory, 'data');
  for (const path of ['isos', 'firmware']) mkdirSync(join(data, path), { recursive: true });
  writeLarge(join(directory, 'large'), 1024);
  writeLarge(join(data, 'firmware/large'), 100);
  await run('xorriso', ['-outdev', `${data}/isos/bench.iso`, '-map', `${directory}/large`, '/pool/large', '-commit']);
  const serabut = await startSerabut(children, data);
  const peers = {
    Serabut: serabut,
    'nginx, sendfile': await startNginx(children, directory, 'sendfile on; tcp_nopush on;'),
    'nginx, copying': await startNginx(children, directory, 'sendfile off; output_buffers 2 512k;'),
  };
  await run('curl', ['-sf', '-o', join(directory, 'joined'), `${serabut.url}/joined`]);

  console.log(`Node ${process.version}, medians of ${rounds} rounds; Serabut's share of each figure behind it\n`);
  console.log(row('body', 'clients', 'server', 'GiB/s', '', 'CPU s/GiB', '', "machine's CPU s/GiB", ''));
  console.log(row(...Array(9).fill('---')));
  for (const [body, path, file] of [
    ['in an ISO', '/iso/content/bench.iso/pool/large', 'large'],
    ['joined', '/joined', 'joined'],
  ] as const) {
    const gibibytes = statSync(join(directory, file)).size / 2 ** 30;
    const servers = Object.entries(peers).map(([name, peer]) => {
      return { name, ...peer, url: peer.url + (peer === serabut ? path : `/${file}`) };
    });
    for (const clients of [1, 8]) {
      for (const cells of await compare(servers, clients, gibibytes)) console.log(row(body, clients, ...cells));
    }
  }
  console.log(`\nPeak memory of Serabut: ${mebibytes(serabut.pids()[0] ?? 0, 'VmHWM').toFixed(0)} MiB`);
} finally {
  await children.end();
  rmSync(directory, { recursive: true, force: true });
}

type Sample = Record<(typeof figures)[number], number>;
type Server = Peer & { readonly name: string };

/** A row for each server: its figures, each with the ratio of the first server's to it. */
async function compare(servers: readonly Server[], clients: number, gibibytes: number): Promise<(string | number)[][]> {
  const samples: Sample[][] = [];
  for (let round = -1; round < rounds; round++) {
    const samplesOfRound: Sample[] = [];
    for (const server of servers) samplesOfRound.push(await measure(server, clients, gibibytes));
    if (round >= 0) samples.push(samplesOfRound);
  }
  const medianOf = (figure: (ofRound: Sample[]) => number | undefined) =>
    median(samples.map((ofRound) => figure(ofRound) ?? Number.NaN));
  return servers.map(({ name }, index) => [
    name,
    ...figures.flatMap((figure) => [
      medianOf((ofRound) => ofRound[index]?.[figure]),
      medianOf((ofRound) => (ofRound[0]?.[figure] ?? 0) / (ofRound[index]?.[figure] ?? 0)),
    ]),
  ]);
}

async function measure({ url, pids }: Peer, clients: number, gibibytes: number): Promise<Sample> {
  const before = { cpu: cpuSeconds(pids()), machine: machineSeconds() };
  const started = performance.now();
  await Promise.all(Array.from({ length: clients }, () => run('curl', ['-sf', '-o', '/dev/null', url])));
  const seconds = (performance.now() - started) / 1000;
  const total = clients * gibibytes;
  return {
    rate: total / seconds,
    cpu: (cpuSeconds(pids()) - before.cpu) / total,
    machine: (machineSeconds() - before.machine) / total,
  };
}
