import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { CaseOptions, Report } from '../cases.js';
import { claimLab } from '../claim.js';
import { prepareHost } from '../host.js';
import { addClientAddress } from '../network.js';
import { prepareBinaries } from './binaries.js';
import { type BootLan, startBootLan } from './boot-lan.js';
import { type Cluster, removeCluster, startCluster } from './cluster.js';
import { checkHelmTest } from './helm-test-case.js';
import { buildImages } from './images.js';
import { installations, installFromPod } from './install-case.js';
import { checkLanPod } from './lan-pod.js';
import { checkMachines } from './machines-case.js';
import { hosts } from './network.js';
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
  if (values.only.includes('lan')) await checkLanPod(cluster, report);
  const isWanted = values.keep || values.only.some((name) => name !== 'lan');
  const lan = isWanted ? await startBootLan(cluster, resolve(values.cache)) : undefined;
  try {
    if (lan !== undefined) await useBootLan(cluster, lan);
  } finally {
    await lan?.stop();
  }
}

async function useBootLan(cluster: Cluster, lan: BootLan): Promise<void> {
  if (values.only.includes('release')) await checkRelease(cluster, lan.release, report);
  if (values.only.includes('plugins')) await checkPlugins(cluster, lan.release, report);
  if (values.only.includes('helm-test')) await checkHelmTest(cluster, lan.release, report);
  for (const installation of installations.filter(({ name }) => values.only.includes(name))) {
    stopping.signal.throwIfAborted();
    console.log(`# ${installation.name}`);
    await installFromPod(cluster, lan, installation, machineOptions(), report);
  }
  if (values.only.includes('machines')) await checkMachines(cluster, lan, machineOptions(), report);
  if (values.only.includes('upgrade')) await checkUpgrade(cluster, lan.release, report);
  if (values.keep && !stopping.signal.aborted) await untilStopped(cluster);
}

function machineOptions(): CaseOptions {
  const { accel, memory, timeout } = values;
  return { accel, memory: Number(memory), timeout: Number(timeout), keep: false, stopping: stopping.signal };
}

async function untilStopped({ kubectl }: Cluster): Promise<void> {
  console.log('# Everything goes on running until Ctrl-C. To speak to the cluster:');
  console.log(`#   ${kubectl.commandLine('get', 'pods', '--all-namespaces')}`);
  const busy = setInterval(() => {}, 60_000);
  await once(stopping.signal, 'abort');
  clearInterval(busy);
}
