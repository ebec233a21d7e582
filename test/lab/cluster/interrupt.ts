import { spawnSync } from 'node:child_process';
import type { Report } from '../cases.js';
import type { Machine } from '../machine.js';
import type { BootLan } from './boot-lan.js';
import type { Cluster } from './cluster.js';
import { hosts } from './network.js';
import type { PodLogs } from './pod-logs.js';
import { ofPod } from './release.js';

/** What an interruption looks at and acts on. */
interface Scene {
  readonly cluster: Cluster;
  readonly lan: BootLan;
  readonly machine: Machine;
  readonly logs: PodLogs;
  readonly report: Report;
}

/** How a pod is deleted in the middle of a download; its deployment makes another one. */
export const interruptions = {
  initrd: deleteDuringInitrd,
  packages: deleteDuringPackages,
} as const satisfies Record<string, (scene: Scene) => Promise<void>>;

export type Interruption = keyof typeof interruptions;

const initrd = /^\/with-firmware\/[^/]+\/initrd\.gz$/;

async function deleteDuringInitrd({ cluster, machine, logs, report }: Scene): Promise<void> {
  const tap = `tap-${machine.options.name}`;
  slowDown(tap);
  try {
    const kernel = () => logs.sent(/^\/iso\/content\/mini\.iso\/linux$/, machine.startedAt).length > 0;
    await machine.until('kernel', kernel, 600, 100);
    // The initrd has 40 MB, which are eight seconds at this speed.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await deletePod(cluster);
    await machine.until('whole initrd', () => logs.sent(initrd, machine.startedAt).length > 0, 600);
    const broken = logs.brokenOff(initrd, machine.startedAt);
    report('the pod is deleted while it sends the initrd', broken.length > 0, `after ${broken[0]?.bytes} bytes`);
    report('the machine gets the initrd from the next pod, without a person', true);
  } catch (error) {
    report('the machine gets the initrd from the next pod, without a person', false, String(error));
  } finally {
    spawnSync('tc', ['-n', hosts.switch, 'qdisc', 'del', 'dev', tap, 'root']);
  }
}

async function deleteDuringPackages({ cluster, lan, machine, logs, report }: Scene): Promise<void> {
  const debs = () => logs.squid.lines.filter(({ at, text }) => at >= machine.startedAt && /\.deb /.test(text));
  try {
    const base = () =>
      lan.syslog.lines.some(({ at, text }) => at >= machine.startedAt && /Menu item 'bootstrap-base'/.test(text));
    await machine.until('base system', base, 3000);
    await machine.until('packages', () => debs().length >= 10, 1200, 100);
    await deletePod(cluster);
    const goneAt = Date.now() / 1000;
    await machine.until('packages from the next pod', () => debs().some(({ at }) => at > goneAt), 600);
    report('the pod is deleted between packages, and the next one gives the others', true);
  } catch (error) {
    report('the pod is deleted between packages, and the next one gives the others', false, String(error));
  }
}

/** Returns when the pod is gone. */
async function deletePod({ kubectl }: Cluster): Promise<void> {
  await kubectl.run('delete', 'pod', ...ofPod);
}

/** So slow that a download can be interrupted in its middle. */
function slowDown(tap: string): void {
  const limit = ['root', 'tbf', 'rate', '40mbit', 'burst', '64kb', 'latency', '200ms'];
  const args = ['-n', hosts.switch, 'qdisc', 'replace', 'dev', tap, ...limit];
  const { status, stderr } = spawnSync('tc', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`tc could not slow ${tap} down: ${stderr}`);
}
