import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../fuzz/random.js';
import type { FaultCase, Scene } from './case.js';
import { DirectoryWorld } from './directory-world.js';
import { emptyTally, killMany } from './kill-rounds.js';
import { liveThrough } from './life.js';
import type { FailingCall, Orders } from './preload.js';

const generations = 3;
const hour = 3_600_000;

/** Cases in which twenty machines live by their script, and must come to the same end as without the fault. */
export const lifeCases: readonly FaultCase[] = [
  {
    name: 'clock',
    run: (scene) =>
      ordered(scene, async (random) => ({ clockMs: random.pick([hour, -hour, 24 * hour, -24 * hour, 0]) })),
  },
  {
    name: 'state-calls',
    run: (scene) => ordered(scene, brokenState(join(scene.directory, 'data/state'))),
  },
  {
    name: 'full-disk',
    rootFor: 'a small tmpfs',
    programs: ['mount', 'umount'],
    run: async (scene) => {
      const state = join(scene.directory, 'data/state');
      mkdirSync(state, { recursive: true });
      await mounted(['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', state], state, () => filled(scene, state));
    },
  },
  {
    name: 'failing-disk',
    rootFor: 'a file system on a loop device whose backing store is full',
    programs: ['mount', 'umount', 'mkfs.ext4'],
    run: failingDisk,
  },
  {
    name: 'kill',
    run: async ({ directory, seed, report }) => {
      const tally = emptyTally();
      await killMany(directory, { kills: 30, generations, seed }, tally);
      const { kills, lives, findings, scripts, reports } = tally;
      const counts = `${kills} kills, ${lives} lives to their end, ${scripts} scripts and ${reports} reports acknowledged`;
      report('what a killed server had acknowledged is there, whole', findings.length === 0, findings[0] ?? counts);
    },
  },
];

type Fault = (random: Random) => Promise<Orders>;

/** One or more calls on files of the state fail, in the middle of a write, too. */
function brokenState(below: string): Fault {
  return async (random) => {
    const calls = random.pick<FailingCall[]>([['write'], ['sync'], ['rename'], ['open'], ['write', 'sync', 'rename']]);
    return { broken: { below, code: random.pick(['ENOSPC', 'EIO', 'EDQUOT', 'EROFS']), calls } };
  };
}

/** The server is well and not well in turn, for up to half a second each. */
async function ordered(scene: Scene, ordersOf: Fault): Promise<void> {
  const world = await DirectoryWorld.make(join(scene.directory, 'data'), scene.compiled, true);
  await lives(scene, world, async (random) => {
    await world.server.order(await ordersOf(random));
    await sleep(random.below(500));
    await world.server.order({});
    await sleep(random.below(500));
  });
}

async function lives(scene: Scene, world: DirectoryWorld, fault: (random: Random) => Promise<void>): Promise<void> {
  try {
    const { faults, findings, scripts, reports, unanswered } = await liveThrough(world, scene.seed, generations, fault);
    const counts = `${faults} times, ${scripts} scripts and ${reports} reports acknowledged, ${unanswered} asked again`;
    scene.report(
      'twenty machines come to the end that they would come to without it',
      findings.length === 0,
      findings[0] ?? counts,
    );
    world.server.signal('SIGTERM');
    const how = await world.server.ended;
    scene.report('the same server has lived through all of it', how === '0', how);
  } finally {
    await world.kill().catch(() => {});
  }
}

/** A volume is filled to its last byte, and emptied, again and again. */
async function filled(scene: Scene, volume: string, full = join(volume, 'full')): Promise<void> {
  const world = await DirectoryWorld.make(join(scene.directory, 'data'), scene.compiled);
  let wasFull = 0;
  await lives(scene, world, async (random) => {
    wasFull += fill(full);
    await sleep(random.below(500));
    rmSync(full);
    await sleep(random.below(500));
  });
  scene.report('the volume was full', wasFull > 0, `${wasFull} times`);
}

/** Returns 1 when it has met the end of the volume. */
function fill(path: string): number {
  const file = openSync(path, 'w');
  try {
    for (const size of [65_536, 4096, 1]) writeUntilFull(file, Buffer.alloc(size));
    return 1;
  } finally {
    closeSync(file);
  }
}

function writeUntilFull(file: number, bytes: Buffer): void {
  try {
    for (;;) writeSync(file, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

/**
 * An ext4 without journal on a file with holes, whose own volume is filled: what has to be written to a hole fails with
 * EIO, as on a disk that is broken in places. Blocks that are freed become holes again.
 */
async function failingDisk(scene: Scene): Promise<void> {
  const [backing, state] = [join(scene.directory, 'backing'), join(scene.directory, 'data/state')];
  for (const directory of [backing, state]) mkdirSync(directory, { recursive: true });
  await mounted(['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', backing], backing, async () => {
    const disk = join(backing, 'disk');
    run('truncate', '--size=24M', disk);
    run('mkfs.ext4', '-q', '-O', '^has_journal', '-b', '1024', disk);
    const options = 'loop,errors=continue,discard';
    await mounted(['-o', options, disk, state], state, () => filled(scene, state, join(backing, 'full')));
  });
}

/** Something is mounted while it is used. */
export async function mounted(args: readonly string[], where: string, use: () => Promise<void>): Promise<void> {
  run('mount', ...args);
  try {
    await use();
  } finally {
    spawnSync('umount', ['--lazy', where]);
  }
}

export function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}
