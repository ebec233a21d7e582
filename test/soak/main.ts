/**
 * `npm run soak -- [--minutes 60] [--seed S]`: machines that live by the script of test/faults, and all other clients, on one
 * server, while plugins, ISOs and YAML change underneath. In the end its memory has to be flat, and no handle left.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median, row } from '../bench/measure.js';
import { DirectoryWorld } from '../faults/directory-world.js';
import { planLives } from '../faults/plan.js';
import { live } from '../faults/script.js';
import type { Tally, World } from '../faults/world.js';
import { Random } from '../fuzz/random.js';
import { Changes } from './changes.js';
import { type Held, held, leftOver } from './measures.js';
import { type Answers, ask } from './traffic.js';

/** By how much memory may differ between the beginning and the end, as a share. */
const flat = 0.1;
/** More than the machines can live through. */
const generations = 5_000;
/** A machine waits up to so long before it asks, in milliseconds: a server that is always busy could hide what it does idle. */
const pauseMs = 500;
/** How long the server keeps a connection on which nothing is asked, and more, in milliseconds. */
const restMs = 90_000;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '60' }, seed: { type: 'string' } } });
const [minutes, seed] = [Number(values.minutes), Number(values.seed ?? Date.now() % 2 ** 32)];
let [passed, failed] = [0, 0];
const report = (what: string, holds: boolean, detail = ''): void => {
  if (holds) passed += 1;
  else failed += 1;
  console.log(`${holds ? 'ok' : 'not ok'} - ${what}${detail === '' ? '' : `: ${detail}`}`);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)); // The server ends too.

console.log(`seed ${seed}, ${minutes} minutes`);
const directory = mkdtempSync(join(tmpdir(), 'serabut-soak-'));
try {
  await soak();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** While the gate is shut nobody asks; machines go on afterwards where they were. */
interface Gate {
  open: Promise<void>;
}

async function soak(): Promise<void> {
  const gate: Gate = { open: Promise.resolve() };
  const data = join(directory, 'data');
  let world: DirectoryWorld | undefined;
  const url = async (): Promise<string> => (await world?.url()) ?? '';
  const changes = new Changes(data, url);
  await changes.prepare();
  world = await DirectoryWorld.make(data, join(directory, 'compiled'));
  await world.server.ready;
  const tally: Tally = { scripts: 0, reports: 0, unanswered: 0 };
  const [answers, findings]: [Answers, string[]] = [new Map(), []];
  const lives = livesOn(gated(world, gate), tally, findings);
  const { pid } = world.server;
  const one = async (share: number): Promise<{ samples: Held[]; atRest: Held }> => {
    const end = AbortSignal.timeout(minutes * 60_000 * share);
    const others = Promise.all([ask(url, answers, seed, end), changes.go(seed, end)]);
    const samples = await sampled(pid, end);
    findings.push(...(await others)[0]);
    const shut = Promise.withResolvers<void>();
    gate.open = shut.promise;
    await sleep(restMs);
    const atRest = held(pid);
    gate.open = Promise.resolve();
    shut.resolve();
    return { samples, atRest };
  };
  const before = await one(1 / 6);
  const after = await one(5 / 6);
  world.stop();
  await lives;
  report('what was asked was answered as it has to be', findings.length === 0, findings.join('; '));
  const { count, slowest, findings: unseen } = changes.changed;
  report(
    `${count} changes show`,
    unseen.length === 0,
    [`the slowest after ${(slowest / 1000).toFixed(1)} s`, ...unseen].join('; '),
  );
  const left = leftOver(before.atRest, after.atRest);
  report('at rest no handle is left', left.length === 0, left.join('; ') || JSON.stringify(after.atRest));
  reportMemory(after.samples);
  console.log(`${tally.scripts} scripts to install, ${tally.reports} reports, ${tally.unanswered} asked again`);
  for (const [what, times] of [...answers].sort()) console.log(`${what}, ${times} times`);
  await world.kill();
}

/** Machines that live until the world is stopped; what is wrong is noted. */
function livesOn(world: World, tally: Tally, findings: string[]): Promise<unknown> {
  const note = (error: Error): void => {
    if (!world.stopping.aborted) findings.push(error.message);
  };
  return Promise.all(planLives(seed, generations).map((plan) => live(plan, world, tally, seed).catch(note)));
}

function gated(world: DirectoryWorld, gate: Gate): World {
  const random = new Random(seed);
  return {
    url: async () => {
      for (let open: Promise<void> | undefined; open !== gate.open; ) {
        open = gate.open;
        await open;
      }
      await sleep(random.below(pauseMs));
      return world.url();
    },
    get life() {
      return world.life;
    },
    stopping: world.stopping,
    raise: (plan, generation) => world.raise(plan, generation),
    find: (kind, name) => world.find(kind, name),
  };
}

/** What the server holds, every two seconds, and a line of it every five minutes. */
async function sampled(pid: number, end: AbortSignal): Promise<Held[]> {
  const samples: Held[] = [];
  console.log(row('minute', 'memory (MiB)', 'descriptors', 'sockets', 'watches', 'children', 'threads'));
  for (const began = performance.now(); !end.aborted; await sleep(2000)) {
    const now = held(pid);
    samples.push(now);
    const { memory, descriptors, sockets, watches, children, threads } = now;
    const minute = Math.round((performance.now() - began) / 60_000);
    if (samples.length % 60 === 1)
      console.log(row(minute, Math.round(memory), descriptors, sockets, watches, children, threads));
  }
  return samples;
}

/** The median of the first fifth against that of the last. */
function reportMemory(samples: readonly Held[]): void {
  const fifth = Math.ceil(samples.length / 5);
  const [first, last] = [samples.slice(0, fifth), samples.slice(-fifth)].map((part) =>
    median(part.map(({ memory }) => memory)),
  );
  const ratio = (last ?? Number.NaN) / (first ?? Number.NaN);
  const detail = `${first?.toFixed(0)} MiB in the first fifth, ${last?.toFixed(0)} in the last: ${ratio.toFixed(2)}`;
  report(`memory is flat within ${flat * 100} %`, ratio <= 1 + flat, detail);
}
