import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../fuzz/random.js';
import { pattern } from '../helpers/isos.js';
import { makeIso } from '../helpers/make-iso.js';
import { type Mirror, stallAfter, startMirror } from '../helpers/mirror.js';
import type { FaultCase, Scene } from './case.js';
import { DirectoryWorld } from './directory-world.js';
import { type Got, get } from './got.js';
import { unlikePlans } from './life.js';
import { planLives } from './plan.js';
import { live } from './script.js';
import type { Tally } from './world.js';

const large = pattern(24_000_000, 5);
/** What is downloaded: no machine boots from it. */
const downloaded = makeIso({ large: large.subarray(0, 6_000_000) });
const path = '/iso/content/large.iso/large';
const rounds = 5;
/** As core/main.ts has it, in seconds. */
const longestEnd = 20;

/** A server that is asked to end in the middle of everything. */
export const sigtermCases: readonly FaultCase[] = [
  { name: 'sigterm', run: (scene) => withMirror((mirror) => terminated(scene, mirror)) },
  { name: 'silent-disk', run: silentDisk },
];

async function withMirror(use: (mirror: Mirror) => Promise<void>): Promise<void> {
  const mirror = await startMirror({ teardown: () => {} } as unknown as Parameters<typeof startMirror>[0]);
  try {
    await use(mirror);
  } finally {
    await mirror.close();
  }
}

async function makeWorld({ directory, compiled }: Scene, obeys: boolean): Promise<DirectoryWorld> {
  mkdirSync(join(directory, 'data/isos'), { recursive: true });
  writeFileSync(join(directory, 'data/isos/large.iso'), makeIso({ large }));
  return DirectoryWorld.make(join(directory, 'data'), compiled, obeys);
}

/**
 * Fifty transfers, fast and slow, twenty machines that live by their script, a download and ISOs that come and go; five
 * times the server is asked to end, at some instant, and started again.
 */
async function terminated(scene: Scene, mirror: Mirror): Promise<void> {
  const { directory, report, seed } = scene;
  mirror.files.set('/deb.iso', downloaded);
  mirror.wrong.set('/deb.iso', stallAfter(1_500_000));
  const world = await makeWorld(scene, false);
  const spec = { type: 'iso', path: 'deb.iso', url: `${mirror.url}/deb.iso` };
  const image = { apiVersion: 'serabut.io/v1alpha1', kind: 'Image', metadata: { name: 'deb' }, spec };
  writeFileSync(join(directory, 'data/resources/image.yaml'), JSON.stringify(image));
  const tally: Tally = { scripts: 0, reports: 0, unanswered: 0 };
  const random = new Random(seed);
  const plans = planLives(seed, rounds);
  const lives = Promise.all(plans.map((plan) => live(plan, world, tally, seed))).then(() => 'lived', String);
  try {
    for (let round = 1; round <= rounds; round += 1) await endOnce(scene, world, random, round);
    mirror.wrong.clear();
    const how = await lives;
    const unlike = how === 'lived' ? await unlikePlans(world, plans) : [how];
    const counts = `${tally.scripts} scripts and ${tally.reports} reports acknowledged, ${tally.unanswered} asked again`;
    report(
      'twenty machines come to the end that they would come to without it',
      unlike.length === 0,
      unlike[0] ?? counts,
    );
    await downloadIsWhole(scene, mirror);
  } finally {
    world.stop();
    await world.kill().catch(() => {});
  }
}

async function endOnce(scene: Scene, world: DirectoryWorld, random: Random, round: number): Promise<void> {
  const { directory, report } = scene;
  await world.server.ready;
  const url = await world.url();
  const isos = join(directory, 'data/isos');
  let isOver = false;
  const coming = (async () => {
    for (let count = 0; !isOver; count += 1) {
      writeFileSync(join(isos, `new-${count % 20}.iso`), makeIso({ a: `${round} ${count}` }));
      await sleep(50);
    }
  })();
  const transfers = Array.from({ length: 50 }, (_, index) => transferUntil(() => isOver, `${url}${path}`, index));
  // ISOs are read when they have not changed for a second.
  await sleep(1500 + random.below(2000));
  const begun = performance.now();
  const ended = world.server.ended;
  world.server.signal('SIGTERM');
  const how = await ended;
  const seconds = (performance.now() - begun) / 1000;
  isOver = true;
  const got = (await Promise.all(transfers)).flat();
  await coming;
  report(
    `SIGTERM ${round}: it ends with exit code 0, within its time`,
    how === '0' && seconds < longestEnd,
    `${how}, after ${seconds.toFixed(1)} s`,
  );
  const cut = got.filter(({ isWhole }) => !isWhole).length;
  const odd = got.filter(isOdd).length;
  report(
    `SIGTERM ${round}: what was being sent is whole, or cut`,
    odd === 0 && cut > 0,
    `${got.length - cut} whole, ${cut} cut, ${odd} odd`,
  );
  const left = globSync(['state/*/.*', 'cache/isos/*.*', 'isos/.serabut/*.tmp'], { cwd: join(directory, 'data') });
  await world.all();
  report(`SIGTERM ${round}: nothing half-written is left`, left.length === 0, left.join(', '));
  await world.kill().catch(() => {});
  for (const name of globSync('new-*.iso', { cwd: isos })) rmSync(join(isos, name));
  world.start();
}

/** One after the other; a fifth of the clients are slow. */
async function transferUntil(isOver: () => boolean, url: string, index: number): Promise<Got[]> {
  const got: Got[] = [];
  while (!isOver()) {
    const { body, ...rest } = await get(url, index % 5 === 0 ? 20 : 0);
    // Nobody keeps all of them.
    got.push({
      ...rest,
      body: isPrefix(body) ? body.subarray(0, 0) : body,
      isWhole: rest.isWhole && body.length === large.length,
    });
    if (rest.status === 0) await sleep(20);
  }
  return got;
}

function isPrefix(body: Buffer): boolean {
  return body.equals(large.subarray(0, body.length));
}

/** Whole for its client and not all of the file, or other bytes. */
function isOdd({ status, headers, body }: Got): boolean {
  if (status === 0 || status === 503) return false;
  return status !== 200 || headers['content-length'] !== String(large.length) || body.length > 0;
}

async function downloadIsWhole({ directory, report }: Scene, mirror: Mirror): Promise<void> {
  const file = join(directory, 'data/isos/deb.iso');
  const read = () => {
    try {
      return readFileSync(file);
    } catch {
      return Buffer.alloc(0);
    }
  };
  for (let tries = 0; tries < 600 && read().length === 0; tries += 1) await sleep(100);
  const resumed = mirror.requests.filter((request) => / bytes=/.test(request)).length;
  const counts = `${mirror.requests.length} requests, ${resumed} of them for the rest`;
  report('the download went on where it was, and is whole', read().equals(downloaded) && resumed > 0, counts);
}

/** The state is on a disk that does not answer any more, as on a file server that is gone: nothing ever comes back. */
async function silentDisk(scene: Scene): Promise<void> {
  const { directory, report } = scene;
  const world = await makeWorld(scene, true);
  const broken = { below: join(directory, 'data/state'), code: 'HANG', calls: ['open', 'write', 'sync'] } as const;
  try {
    for (const [title, isAskedAgain, expected] of [
      ['it ends all the same', false, '1'],
      ['asked again it ends at once', true, '143'],
    ] as const) {
      await world.server.ready;
      const url = await world.url();
      await world.raise({ name: 'm', mac: '52:54:00:00:00:77', address: '', isUnknown: false, generations: [] }, 1);
      await sleep(2000);
      await world.server.order({ broken });
      const asked = get(`${url}/boot?mac=52:54:00:00:00:77&product=lab&arch=x86_64&platform=efi`);
      const sent = await get(`${url}${path}`);
      report('meanwhile files are sent', sent.isWhole && sent.body.equals(large));
      if (!isAskedAgain)
        report(
          'and a machine that would be installed waits',
          /^sleep \d+\nchain /m.test((await asked).body.toString()),
        );
      const begun = performance.now();
      const ended = world.server.ended;
      world.server.signal('SIGTERM');
      if (isAskedAgain) await sleep(1500);
      world.server.signal('SIGTERM');
      const how = await ended;
      const seconds = (performance.now() - begun) / 1000;
      const most = isAskedAgain ? 3 : longestEnd + 5;
      report(title, how === expected && seconds < most, `${how}, after ${seconds.toFixed(1)} s`);
      await world.kill().catch(() => {});
      world.start();
    }
  } finally {
    await world.kill().catch(() => {});
  }
}
