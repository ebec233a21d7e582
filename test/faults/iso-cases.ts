import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { miniFiles, pattern, smallConfiguration } from '../helpers/isos.js';
import { makeIso } from '../helpers/make-iso.js';
import type { FaultCase, Scene } from './case.js';
import { get, secondsUntil } from './got.js';
import { mounted, run } from './life-cases.js';
import type { FailingCall } from './preload.js';
import { Serving } from './serving.js';

/** More than the sockets of both sides hold. */
const large = pattern(24_000_000, 5);
const image = (seed: number): Buffer =>
  makeIso({ ...miniFiles, large, seed: String(seed) }, { volumeId: 'ISOIMAGE', joliet: true });
const reading: readonly FailingCall[] = ['open', 'read', 'stat', 'readdir'];

/** The volume of the ISOs fails, or goes, and is back; a machine is to be installed from it. */
export const isoCases: readonly FaultCase[] = [
  { name: 'iso-errors', run: (scene) => served(scene, errors) },
  { name: 'iso-volume', run: (scene) => served(scene, directoryAway) },
  {
    name: 'iso-unmounted',
    rootFor: 'a volume that is mounted',
    programs: ['mount', 'umount'],
    run: async (scene) => {
      const isos = join(scene.directory, 'data/isos');
      const volume = join(scene.directory, 'volume');
      for (const directory of [isos, volume]) mkdirSync(directory, { recursive: true });
      await mounted(['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', volume], volume, () => unmounted(scene, volume, isos));
    },
  },
];

/** A server on one ISO, and the machine that it installs. */
interface Served extends Scene {
  readonly server: Serving;
  readonly url: string;
  readonly isos: string;
}

async function served(scene: Scene, look: (served: Served) => Promise<void>): Promise<void> {
  const data = join(scene.directory, 'data');
  const isos = join(data, 'isos');
  for (const name of [isos, join(data, 'resources')]) mkdirSync(name, { recursive: true });
  writeFileSync(join(isos, 'mini.iso'), image(0));
  writeFileSync(join(data, 'resources/all.yaml'), resources);
  const server = new Serving(data, scene.compiled, [], true);
  try {
    const url = (await server.listening) ?? '';
    await server.ready;
    await look({ ...scene, server, url, isos });
  } finally {
    await server.kill().catch(() => {});
  }
}

const spec = { macs: ['52:54:00:00:00:01'], bootProfile: 'web', install: { generation: 1, attempts: 1 } };
const resources = [
  { kind: 'Configuration', metadata: { name: 'small' }, spec: smallConfiguration },
  { kind: 'BootProfile', metadata: { name: 'web' }, spec: { distro: 'mini', configuration: 'small' } },
  { kind: 'Machine', metadata: { name: 'web1' }, spec },
]
  .map((document) => JSON.stringify({ apiVersion: 'serabut.io/v1alpha1', ...document }))
  .join('\n---\n');

/** Reads fail while a transfer goes on, and while a new image is read; by two of the errors that NFS gives. */
async function errors(scene: Served): Promise<void> {
  const { server, isos, report } = scene;
  for (const [index, code] of ['EIO', 'ESTALE'].entries()) {
    const broken = { below: isos, code, calls: reading };
    await whileAway(scene, code, {
      away: () => server.order({ broken }),
      back: () => server.order({}),
      cuts: true,
    });
    await server.order({ broken });
    writeFileSync(join(isos, 'new.iso'), image(index + 1));
    renameSync(join(isos, 'new.iso'), join(isos, 'mini.iso'));
    await server.order({});
    await server.order({ broken: { ...broken, calls: ['read'] } });
    const isFound = async () =>
      /UNREADABLE/.test((await get(`${scene.url}/iso/content/mini.iso/large`)).body.toString());
    report(`${code}: an image that cannot be read is no damaged one`, (await secondsUntil(isFound)) !== undefined);
    await machineWaits(scene, code);
    await server.order({});
    await isServedAgain(scene, code);
  }
  await installs(scene);
}

async function directoryAway(scene: Served): Promise<void> {
  const away = join(scene.directory, 'away');
  await whileAway(scene, 'renamed', {
    away: async () => renameSync(scene.isos, away),
    back: async () => renameSync(away, scene.isos),
    cuts: false,
  });
  await installs(scene);
}

async function unmounted(scene: Scene, volume: string, isos: string): Promise<void> {
  await mounted(['--bind', volume, isos], isos, () =>
    served(scene, async (scene) => {
      await whileAway(scene, 'unmounted', {
        away: async () => void run('umount', '--lazy', isos),
        back: async () => void run('mount', '--bind', volume, isos),
        cuts: false,
      });
      await installs(scene);
    }),
  );
}

interface Away {
  readonly away: () => Promise<void>;
  readonly back: () => Promise<void>;
  /** Whether nothing can be read by those either who have opened the file before. */
  readonly cuts: boolean;
}

async function whileAway(scene: Served, how: string, { away, back, cuts }: Away): Promise<void> {
  const { url, report } = scene;
  const begun = Promise.withResolvers<void>();
  const before = await get(`${url}/iso/content/mini.iso/large`);
  const slow = get(`${url}/iso/content/mini.iso/large`, 5, () => begun.resolve());
  await begun.promise;
  await away();
  const cut = await slow;
  const isPrefix = cut.body.equals(large.subarray(0, cut.body.length));
  const said = `${cut.body.length} of ${cut.headers['content-length']} bytes`;
  if (cuts)
    report(
      `${how}: a transfer is cut, and nothing is made up`,
      !cut.isWhole && isPrefix && cut.body.length < large.length,
      said,
    );
  else
    report(
      `${how}: who has the file open gets all of it, or is cut`,
      isPrefix && cut.isWhole === (cut.body.length === large.length),
      said,
    );
  // Longer than the library takes to look.
  for (const wait of [0, 6000]) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    const meanwhile = await get(`${url}/iso/content/mini.iso/linux`);
    const text = `${meanwhile.status}, Retry-After ${meanwhile.headers['retry-after']}`;
    report(
      `${how}: meanwhile the kernel is waited for`,
      meanwhile.status === 503 && meanwhile.headers['retry-after'] !== undefined,
      text,
    );
  }
  const health = await get(`${url}/healthz`);
  report(`${how}: the server is alive`, health.status === 200);
  await back();
  await isServedAgain(scene, how);
  const after = await get(`${url}/iso/content/mini.iso/large`);
  report(`${how}: it is the same file`, after.headers.etag === before.headers.etag && after.body.equals(large));
}

async function isServedAgain({ url, report }: Served, how: string): Promise<void> {
  const isServed = async () => (await get(`${url}/iso/content/mini.iso/linux`)).status === 200;
  const seconds = await secondsUntil(isServed);
  report(`${how}: it is served again by itself`, seconds !== undefined, `after ${seconds} s`);
}

/** The machine is told to wait, in the attempt that it has. */
async function machineWaits({ url, directory, report }: Served, how: string): Promise<void> {
  const { body } = await get(`${url}/boot?mac=${spec.macs[0]}&product=lab&arch=x86_64&platform=efi`);
  const waits = /^sleep \d+\nchain /m.test(body.toString());
  const { status } = kept(directory);
  const said = `attempt ${status.attempt} of 1, ${status.failures.length} failures`;
  report(
    `${how}: a machine waits, and loses no attempt`,
    waits && status.attempt === 1 && status.failures.length === 0,
    said,
  );
}

async function installs({ url, directory, report }: Served): Promise<void> {
  const { body } = await get(`${url}/boot?mac=${spec.macs[0]}&product=lab&arch=x86_64&platform=efi`);
  const token = /\/installations\/([\w-]{43})\//.exec(body.toString())?.[1];
  await get(`${url}/installations/${token}/automation/preseed.cfg`);
  await get(`${url}/installations/${token}/done`);
  const { status } = kept(directory);
  report('then the machine is installed, in its only attempt', status.phase === 'Installed', status.phase);
}

function kept(directory: string): { status: { phase: string; attempt: number; failures: unknown[] } } {
  return JSON.parse(readFileSync(join(directory, 'data/state/Installation/web1-1.json'), 'utf8'));
}
