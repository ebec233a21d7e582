/**
 * `npm run bench:aborts [COUNT]`: 10,000 clients that leave without their body, in all the ways of
 * test/helpers/raw-client.ts, and what is left of them in the server afterwards.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pattern } from '../helpers/isos.js';
import { makeIso } from '../helpers/make-iso.js';
import { abortions, abortMany } from '../helpers/raw-client.js';
import { Children, mebibytes, startSerabut } from './measure.js';

const count = Number(process.argv[2] ?? 10_000);
const atOnce = 100;

const directory = mkdtempSync(join(tmpdir(), 'serabut-bench-'));
const children = new Children();
try {
  mkdirSync(join(directory, 'isos'));
  writeFileSync(join(directory, 'isos/bench.iso'), makeIso({ large: pattern(64_000_000) }));
  const { url, child } = await startSerabut(children, directory);
  const path = '/iso/content/bench.iso/large';
  await abortMany(url, path, 500, atOnce);
  const memoryBefore = mebibytes(child.pid ?? 0, 'VmRSS');
  const began = performance.now();
  await abortMany(url, path, count, atOnce);
  const seconds = (performance.now() - began) / 1000;
  await sleep(5000);
  child.send('what is left');
  const [left] = (await once(child, 'message')) as [Record<string, number>];
  const open = readdirSync(`/proc/${child.pid}/fd`).filter((fd) => target(fd, child.pid).endsWith('.iso'));
  console.log(
    `${count} clients left in ${Object.keys(abortions).length} ways, ${atOnce} at once, in ${seconds.toFixed(0)} s`,
  );
  console.log(`open handles on the ISO: ${open.length}`);
  for (const [name, value] of Object.entries(left)) console.log(`${name}: ${value}`);
  console.log(
    `memory: ${memoryBefore.toFixed(0)} MiB before, ${mebibytes(child.pid ?? 0, 'VmRSS').toFixed(0)} MiB after`,
  );
} finally {
  await children.end();
  rmSync(directory, { recursive: true, force: true });
}

function target(fd: string, pid: number | undefined): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return '';
  }
}
