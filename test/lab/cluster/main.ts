import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Report } from '../cases.js';
import { claimLab } from '../claim.js';
import { prepareHost } from '../host.js';
import { addClientAddress } from '../network.js';
import { prepareBinaries } from './binaries.js';
import { type BootLan, startBootLan } from './boot-lan.js';
import { type Cluster, removeCluster, startCluster } from './cluster.js';
import { faultsOfCluster } from './faults.js';
import { checkHelmTest } from './helm-test-case.js';
import { buildImages } from './images.js';
import { installations, installFromPod } from './install-case.js';
import { checkLanPod } from './lan-pod.js';
import { checkMachines } from './machines-case.js';
import { hosts } from './network.js';
import { type ClusterOptions, calm, Disturbed, type Phases } from './phases.js';
import { checkPlugins } from './plugin-case.js';
import { checkRelease } from './release-case.js';
import { reportTraces } from './traces.js';
import { checkUpgrade } from './upgrade-case.js';

/** The cases, in the order in which they run. */
const cases = [
  'lan',
  'release',
  'plugins',
  'helm-test',
  ...installations.map(({ name }) => name),
  'machines',
  'upgrade',
];

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [...cases] },
    cache: { type: 'string', default: '/var/cache/serabut-lab' },
    state: { type: 'string', default: '/var/tmp/serabut-cluster' },
    memory: { type: 'string', default: '1024' },
    timeout: { type: 'string', default: '3300' },
    accel: { type: 'string', default: 'tcg,thread=multi' },
    keep: { type: 'boolean', default: false },
    faults: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
  },
});

/** Programs of the node, and Debian's packages that have them. */
const programs = {
  containerd: 'containerd',
  runc: 'runc',
  iptables: 'iptables',
  buildah: 'buildah',
  openssl: 'openssl',
  tini: 'tini',
  pgrep: 'procps',
};

let [passed, failed] = [0, 0];
const report: Report = (name, ok, detail = '') => {
  if (ok) passed++;
  else failed++;
  console.log(`${ok ? 'ok' : 'not ok'} - ${name}${detail === '' ? '' : `: ${detail}`}`);
};

/** Breaks the run off: what waits then fails, and what was started is ended on the way out. A second signal only ends it. */
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) void removeCluster().finally(() => process.exit(130));
    stopping.abort(new Error(`the run was ended by ${signal}`));
  });
}

try {
  const unknown = values.only.filter((name) => !cases.includes(name));
  if (unknown.length > 0) throw new Error(`--only knows ${cases.join(', ')}, not ${unknown.join(', ')}`);
  prepareHost(programs);
  await claimLab('serabut-cluster');
  await run();
} catch (error) {
  // What waits when a run is broken off fails in words of its own.
  const reason: unknown = stopping.signal.aborted ? stopping.signal.reason : error;
  report('the lab runs', false, reason instanceof Error ? reason.message : String(reason));
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function run(): Promise<void> {
  const [directory, cache] = [resolve(values.state), resolve(values.cache)];
  mkdirSync(cache, { recursive: true });
  const binaries = await prepareBinaries(cache, stopping.signal);
  const images = await buildImages(join(cache, 'images'), stopping.signal);
  const start = performance.now();
  const cluster = await startCluster(directory, binaries, stopping.signal);
  try {
    report('the cluster is ready', true, `${((performance.now() - start) / 1000).toFixed(1)} s`);
    await cluster.loadImages(images);
    addClientAddress(hosts.switch);
    await runCases(cluster);
  } finally {
    await cluster.stop();
    reportTraces(directory, report);
  }
}

async function runCases(cluster: Cluster): Promise<void> {
  const disturbed = values.faults ? new Disturbed(Number(values.seed), cluster, report) : undefined;
  if (disturbed !== undefined) {
    console.log(`# one fault in each phase, by seed ${values.seed}`);
    cluster.kubectl.patience = 60_000;
  }
  const phases = disturbed ?? calm;
  if (values.only.includes('lan')) {
    await phases.during('lan', { of: faultsOfCluster, within: 3 }, () => checkLanPod(cluster, report));
  }
  const isWanted = values.keep || values.only.some((name) => name !== 'lan');
  const lan = isWanted ? await startBootLan(cluster, resolve(values.cache)) : undefined;
  try {
    if (disturbed !== undefined) disturbed.release = lan?.release;
    if (lan !== undefined) await useBootLan(cluster, lan, phases);
  } finally {
    await lan?.stop();
  }
}

async function useBootLan(cluster: Cluster, lan: BootLan, phases: Phases): Promise<void> {
  const { release } = lan;
  const inPhase = async (name: string, work: () => Promise<void>): Promise<void> => {
    if (values.only.includes(name)) await phases.during(name, {}, work);
  };
  await inPhase('release', () => checkRelease(cluster, release, report));
  await inPhase('plugins', () => checkPlugins(cluster, release, report));
  await inPhase('helm-test', () => checkHelmTest(cluster, release, report));
  for (const installation of installations.filter(({ name }) => values.only.includes(name))) {
    stopping.signal.throwIfAborted();
    console.log(`# ${installation.name}`);
    await installFromPod(cluster, lan, installation, machineOptions(phases), report);
  }
  if (values.only.includes('machines')) await checkMachines(cluster, lan, machineOptions(phases), report);
  await inPhase('upgrade', () => checkUpgrade(cluster, release, report));
  if (values.keep && !stopping.signal.aborted) await untilStopped(cluster);
}

function machineOptions(phases: Phases): ClusterOptions {
  const { accel, memory, timeout } = values;
  return { accel, memory: Number(memory), timeout: Number(timeout), keep: false, stopping: stopping.signal, phases };
}

async function untilStopped({ kubectl }: Cluster): Promise<void> {
  console.log('# Everything goes on running until Ctrl-C. To speak to the cluster:');
  console.log(`#   ${kubectl.commandLine('get', 'pods', '--all-namespaces')}`);
  const busy = setInterval(() => {}, 60_000);
  await once(stopping.signal, 'abort');
  clearInterval(busy);
}
