import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Report } from '../cases.js';
import type { Cluster } from './cluster.js';
import { chart, name, namespace, ofPod, type Release } from './release.js';

/** Something that goes wrong on the way to the machines, and what `helm test` must say of it. */
interface Fault {
  readonly what: string;
  readonly says: RegExp;
  make(cluster: Cluster, release: Release): Promise<unknown>;
  mend(cluster: Cluster): Promise<unknown>;
}

const faults: readonly Fault[] = [
  {
    what: 'no node has the label',
    says: /no node .* has the label serabut\/interface=lan0/,
    make: ({ kubectl }) => kubectl.run('label', 'node', 'node1', 'serabut/interface-'),
    mend: ({ kubectl }) => kubectl.run('label', 'node', 'node1', 'serabut/interface=lan0'),
  },
  {
    what: 'the interface has another name',
    says: /the node has no interface of the name in lan\.interface/,
    make: async (cluster) => {
      await cluster.kubectl.run('label', 'node', 'node1', 'serabut/interface=lan9', '--overwrite');
      await upgrade(cluster, 'lan.interface=lan9');
    },
    mend: async (cluster) => {
      await cluster.kubectl.run('label', 'node', 'node1', 'serabut/interface=lan0', '--overwrite');
      await upgrade(cluster, 'lan.interface=lan0');
    },
  },
  {
    what: 'the router does not answer',
    says: /DHCP server of the LAN/,
    make: async ({ router }) => router.child.kill('SIGSTOP'),
    mend: async ({ router }) => router.child.kill('SIGCONT'),
  },
  {
    // Of its own claim the chart compares the size that it asks for; the size of another's is known to its volume alone.
    what: 'the claim of the cache is too small',
    says: /the volume has \d+ MB, and a cache of 9000000 MB wants/,
    make: (cluster) => upgrade(cluster, `squid.cacheMegabytes=9000000,${cacheClaim(`${name}-squid`, '')}`),
    mend: (cluster) => upgrade(cluster, `squid.cacheMegabytes=8000,${cacheClaim('', 'lab')}`),
  },
];

function cacheClaim(existing: string, storageClass: string): string {
  return `persistence.squid.existingClaim=${existing},persistence.squid.storageClass=${storageClass}`;
}

/** What `helm test` says of a good release, and of one that cannot serve the machines. */
export async function checkHelmTest(cluster: Cluster, release: Release, report: Report): Promise<void> {
  const good = await helmTest(cluster);
  const isWhole = good.passed && good.output.includes('All that was looked at works.');
  report('helm test passes', isWhole, isWhole ? '' : good.output);
  for (const { what, says, make, mend } of faults) {
    await make(cluster, release);
    await cluster.kubectl.run('delete', 'pod', ...ofPod);
    const { passed, output } = await untilSettled(cluster);
    const sentence = says.exec(output)?.[0];
    report(`helm test fails because ${what}`, !passed && sentence !== undefined, sentence ?? output);
    await mend(cluster);
    await cluster.kubectl.run('delete', 'pod', ...ofPod);
    await cluster.kubectl.run('rollout', 'status', '-n', namespace, `deploy/${name}`, '--timeout', '120s');
  }
  await blockPort(cluster, release);
  const { passed, output } = await helmTest(cluster);
  const sentence = /cause: \S+ named no boot program: nobody answered on UDP port 4011/.exec(output)?.[0];
  report('helm test fails because a port is blocked', !passed && sentence !== undefined, sentence ?? output);
  await cluster.kubectl.run('delete', 'pod', ...ofPod);
  await cluster.kubectl.run('rollout', 'status', '-n', namespace, `deploy/${name}`, '--timeout', '120s');
}

/** Once more where it only says that the network of the pod before is still there: that ends by itself. */
async function untilSettled(cluster: Cluster): ReturnType<typeof helmTest> {
  const first = await helmTest(cluster);
  return first.output.includes('it is tried again by itself') ? helmTest(cluster) : first;
}

async function helmTest({ kubectl, stopping }: Cluster): Promise<{ passed: boolean; output: string }> {
  try {
    const output = await kubectl.helm('test', name, '-n', namespace, '--logs', '--timeout', '3m');
    return { passed: true, output };
  } catch (error) {
    stopping.throwIfAborted();
    return { passed: false, output: String(error) };
  }
}

/** Does not wait: the pod of bad values never becomes ready. */
async function upgrade({ kubectl }: Cluster, value: string): Promise<void> {
  await kubectl.helm('upgrade', name, chart, '-n', namespace, '--reuse-values', '--set', value);
}

/** In the network of the pod itself: two pods on one interface of a node speak to each other past the switch. */
async function blockPort({ node }: Cluster, { address }: Release): Promise<void> {
  const onNode = async (...command: [string, ...string[]]): Promise<string> =>
    (await promisify(execFile)(...node.on(...command))).stdout;
  const networks = (await onNode('ip', 'netns', 'list')).split('\n').map((line) => line.split(' ')[0] ?? '');
  for (const network of networks.filter((text) => text !== '')) {
    const inside = ['ip', 'netns', 'exec', network] as const;
    if (!(await onNode(...inside, 'ip', '-brief', 'address')).includes(`${address}/`)) continue;
    await onNode(...inside, 'iptables', '-A', 'INPUT', '-p', 'udp', '--dport', '4011', '-j', 'DROP');
    return;
  }
  throw new Error(`No pod has the address ${address}.`);
}
