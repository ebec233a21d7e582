/**
 * `npm run bench:clients [CLIENTS] [SECONDS]`: many clients at 1 MB/s each, and beside them now and then a fast one.
 * Prints how much memory the server took, whether all finished, how fairly, and how much the fast client suffered.
 */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Children, cpuSeconds, mebibytes, median, requirePrograms, startSerabut, writeLarge } from './measure.js';
import type { Outcome } from './slow-clients.js';

const run = promisify(execFile);
const clients = Number(process.argv[2] ?? 500);
const seconds = Number(process.argv[3] ?? 120);
const rate = 1_000_000;
const processes = 4;

requirePrograms('xorriso', 'curl');
const directory = mkdtempSync(join(tmpdir(), 'serabut-bench-'));
const children = new Children();
try {
  const isos = join(directory, 'data/isos');
  mkdirSync(isos, { recursive: true });
  const length = Math.ceil((rate * seconds) / 2 ** 20);
  writeLarge(join(directory, 'large'), length);
  await run('xorriso', ['-outdev', `${isos}/bench.iso`, '-map', `${directory}/large`, '/pool/large', '-commit']);
  const { url, pids } = await startSerabut(children, join(directory, 'data'));
  const pid = pids()[0] ?? 0;
  const file = `${url}/iso/content/bench.iso/pool/large`;
  console.log(`Node ${process.version}, ${clients} clients, ${length} MiB each at ${rate / 1e6} MB/s`);
  console.log(`memory before the first request: ${mebibytes(pid, 'VmRSS').toFixed(0)} MiB`);
  const cpuBefore = cpuSeconds(pids());
  const running = Promise.all(Array.from({ length: processes }, (_, index) => slow(file, share(index))));
  const watched = await watch(pid, file, running);
  const outcomes = (await running).flat();
  const whole = outcomes.filter(({ bytes }) => bytes > length * 2 ** 20).length;
  const rates = outcomes.map(({ bytes, seconds }) => bytes / seconds / 1e6).sort((a, b) => a - b);
  const longest = Math.max(...outcomes.map((outcome) => outcome.seconds));
  console.log(`all finished: ${whole} of ${clients}, after ${longest.toFixed(0)} s`);
  console.log(
    `rates in MB/s: slowest ${rates[0]?.toFixed(3)}, median ${median(rates).toFixed(3)}, fastest ${rates.at(-1)?.toFixed(3)}`,
  );
  console.log(
    `memory: median ${median(watched.memory).toFixed(0)} MiB, peak ${mebibytes(pid, 'VmHWM').toFixed(0)} MiB`,
  );
  console.log(`CPU: ${((cpuSeconds(pids()) - cpuBefore) / longest).toFixed(2)} of one processor`);
  console.log(`a fast client meanwhile, in MB/s: ${watched.fast.map((fast) => fast.toFixed(0)).join(', ')}`);
} finally {
  await children.end();
  rmSync(directory, { recursive: true, force: true });
}

function share(index: number): number {
  return Math.floor((clients + index) / processes);
}

async function slow(file: string, count: number): Promise<Outcome[]> {
  const program = fileURLToPath(new URL('slow-clients.js', import.meta.url));
  const child = children.add(fork(program, [file, String(count), String(rate)]));
  const [outcomes] = (await once(child, 'message')) as [Outcome[]];
  return outcomes;
}

/** The server's memory each second, and the rate of one unlimited client every 20 seconds. */
async function watch(pid: number, file: string, running: Promise<unknown>) {
  const memory: number[] = [];
  const fast: number[] = [];
  let done = false;
  running.finally(() => {
    done = true;
  });
  for (let second = 1; !done; second++) {
    await sleep(1000);
    memory.push(mebibytes(pid, 'VmRSS'));
    if (second % 20 !== 10) continue;
    const { stdout } = await run('curl', ['-s', '-o', '/dev/null', '-w', '%{speed_download}', file]);
    fast.push(Number(stdout) / 1e6);
  }
  return { memory, fast };
}
