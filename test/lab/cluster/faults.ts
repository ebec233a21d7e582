import { execFile, spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Cluster } from './cluster.js';
import { hosts } from './network.js';
import { ofPod } from './release.js';
import { until } from './until.js';

/** Something that goes wrong. Resolves when it is over; all that it has broken has to mend itself. */
type Fault = (cluster: Cluster) => Promise<void>;

/** The command line of the program of each container, as pgrep finds it on the node. */
const programs = {
  server: 'node .*/core/main.js serve',
  dnsmasq: '^dnsmasq --keep-in-foreground',
  squid: '^squid -N -f',
} as const;

export const faults = {
  'the pod is deleted': async ({ kubectl }) => void (await kubectl.run('delete', 'pod', ...ofPod)),
  'the server is killed': (cluster) => killContainer(cluster, 'server'),
  'dnsmasq is killed': (cluster) => killContainer(cluster, 'dnsmasq'),
  'Squid is killed': (cluster) => killContainer(cluster, 'squid'),
  'the API server is killed, and away for 20 s': ({ node }) => node.away('kube-apiserver', 20_000),
  'the kubelet is killed, and away for 10 s': ({ node }) => node.away('kubelet', 10_000),
  'the cable of the node is out for 15 s': unplugged,
  'the DHCP server of the LAN is silent for 15 s': silent,
} as const satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

/** Those that can be made where there is no pod of the release yet. */
export const faultsOfCluster = [
  'the API server is killed, and away for 20 s',
  'the kubelet is killed, and away for 10 s',
  'the DHCP server of the LAN is silent for 15 s',
] as const satisfies readonly FaultName[];

/** Returns when the kubelet has started it again. */
async function killContainer({ node, kubectl, stopping }: Cluster, name: keyof typeof programs): Promise<void> {
  const path = `jsonpath={.items[0].status.containerStatuses[?(@.name=="${name}")].restartCount}`;
  const restarts = async (): Promise<number> => Number(await kubectl.run('get', 'pod', ...ofPod, '-o', path));
  const before = await restarts();
  const { stdout } = await promisify(execFile)(...node.on('pgrep', '-f', programs[name]));
  await promisify(execFile)(...node.on('kill', '-KILL', ...stdout.trim().split('\n')));
  await until(`restart of ${name}`, async () => (await restarts()) > before, { seconds: 120, stopping });
}

async function unplugged({ stopping }: Cluster): Promise<void> {
  const set = (state: 'up' | 'down') => spawnSync('ip', ['-n', hosts.switch, 'link', 'set', `to-${hosts.node}`, state]);
  set('down');
  await sleep(15_000, undefined, { signal: stopping }).finally(() => set('up'));
}

async function silent({ router, stopping }: Cluster): Promise<void> {
  router.child.kill('SIGSTOP');
  await sleep(15_000, undefined, { signal: stopping }).finally(() => router.child.kill('SIGCONT'));
}
