import { type Report, untilLogin } from '../cases.js';
import { cacheCount, cacheShare, timeline } from '../evidence.js';
import { Machine } from '../machine.js';
import type { BootLan } from './boot-lan.js';
import type { Cluster } from './cluster.js';
import { type Interruption, interruptions } from './interrupt.js';
import { hosts } from './network.js';
import type { ClusterOptions } from './phases.js';
import { PodLogs } from './pod-logs.js';

/** A machine that installs from the pod, and what the pod does meanwhile. */
export interface Installation {
  readonly name: string;
  readonly mac: string;
  /** In the middle of which download the pod is deleted. */
  readonly interrupted: Interruption;
  /** How much of the bytes of its packages must come from Squid's cache. */
  readonly leastShare: number;
}

export const installations: readonly Installation[] = [
  { name: 'install', mac: '52:54:00:88:00:11', interrupted: 'initrd', leastShare: 0 },
  { name: 'again', mac: '52:54:00:88:00:12', interrupted: 'packages', leastShare: 0.95 },
];

const distro = 'debian-13';
/** What stands in for what the mirror lacks is never cached: each run makes other files of the same names. */
const packages = /\/pool\/(?!lab\/)/;

/** A UEFI machine with an empty disk, from power-on to the login prompt of what it installed from the pod. */
export async function installFromPod(
  cluster: Cluster,
  lan: BootLan,
  { name, mac, interrupted, leastShare }: Installation,
  options: ClusterOptions,
  report: Report,
): Promise<void> {
  const logs = new PodLogs(cluster.kubectl);
  const machine = new Machine({
    ...{ name, mac, firmware: 'uefi', switch: hosts.switch },
    ...{ memory: options.memory, accel: options.accel, directory: cluster.directory, stopping: options.stopping },
  });
  const { phases } = options;
  const interruption = phases.areDisturbed
    ? undefined
    : interruptions[interrupted]({ cluster, lan, machine, logs, report });
  await phases.during(name, { within: 900 }, () => untilLogin(machine, 'labnode', options, report));
  await interruption;
  reportBoot(machine, logs, report);
  reportInstallation(machine, lan, logs, report);
  reportCache(machine, logs, leastShare, report);
  const { console, startedAt } = machine;
  const all = { console: console.lines, serabut: logs.ofBoot(), syslog: lan.syslog.lines };
  report('timeline', true, `\n${timeline(startedAt, Date.now() / 1000, all)}`);
  await logs.stop(cluster.directory, name);
}

function reportBoot({ startedAt, options: { mac } }: Machine, logs: PodLogs, report: Report): void {
  const said = (pattern: RegExp) => logs.dnsmasq.matches(pattern, startedAt);
  const sent = (url: RegExp) => logs.sent(url, startedAt).length > 0;
  report('UEFI gets a proxyDHCP offer from the pod', said(new RegExp(`PXE\\(net1\\) ${mac} proxy`)));
  report('iPXE comes by TFTP', said(/sent .*\/snponly\.efi to/));
  report('the boot script comes', sent(new RegExp(`^/boot/${distro}\\?profile=lab`)));
  report('the kernel comes from inside the ISO', sent(/^\/iso\/content\/mini\.iso\/linux$/));
  report('the initrd comes with what is joined to it', sent(new RegExp(`^/with-firmware/${distro}/initrd\\.gz$`)));
  report('the installer fetches its answer file', sent(new RegExp(`/automation/${distro}/preseed\\.cfg(\\?|$)`)));
}

function reportInstallation({ console, startedAt }: Machine, { syslog }: BootLan, logs: PodLogs, report: Report): void {
  const said = (pattern: RegExp) => syslog.lines.some(({ at, text }) => at >= startedAt && pattern.test(text));
  report('the disk is partitioned without a question', said(/Menu item 'bootstrap-base' selected/));
  report('the commands of the configuration run in the new system', said(/lab: after-install ran in the new system/));
  const kernel = /GET http:\/\/\S+\/pool\/main\/l\/linux/;
  report('packages come through the Squid of the pod', logs.squid.matches(kernel, startedAt));
  report('the boot loader starts from the own disk', console.matches(/GNU GRUB|Welcome to GRUB|Loading Linux/));
}

function reportCache({ startedAt }: Machine, { squid }: PodLogs, leastShare: number, report: Report): void {
  const log = squid.lines.map(({ text }) => text).join('\n');
  const { bytes, hitBytes } = cacheCount(log, startedAt, packages);
  const share = bytes === 0 ? 0 : hitBytes / bytes;
  const wanted =
    leastShare === 0 ? 'packages are counted' : `${leastShare * 100} % of the bytes of packages come from the cache`;
  report(
    wanted,
    bytes > 0 && share >= leastShare,
    `${(share * 100).toFixed(1)} %; ${cacheShare(log, startedAt, packages)}`,
  );
}
