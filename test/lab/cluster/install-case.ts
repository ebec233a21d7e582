import { spawnSync } from 'node:child_process';
import { type CaseOptions, type Report, untilLogin } from '../cases.js';
import { cacheShare, type RequestLine, requests, timeline } from '../evidence.js';
import { Machine } from '../machine.js';
import { type BootLan } from './boot-case.js';
import { namespace } from './boot-pod.js';
import type { Cluster } from './cluster.js';
import { ContainerLog } from './container-log.js';
import { hosts } from './network.js';

const distro = 'debian-13';
const initrd = `/with-firmware/${distro}/initrd.gz`;

/** What the pod's containers print while a machine installs. */
interface PodLogs {
  readonly server: ContainerLog;
  readonly dnsmasq: ContainerLog;
  readonly squid: ContainerLog;
}

/** A UEFI machine with an empty disk, from power-on to the login prompt of what it installed from the pod. */
export async function installFromPod(
  cluster: Cluster,
  lan: BootLan,
  options: CaseOptions,
  report: Report,
): Promise<void> {
  const [server, dnsmasq, squid] = ['server', 'dnsmasq', 'squid'].map(
    (container) => new ContainerLog(cluster.kubectl, namespace, 'serabut', container),
  ) as [ContainerLog, ContainerLog, ContainerLog];
  const logs = { server, dnsmasq, squid };
  const machine = new Machine({
    ...{ name: 'srbc', mac: '52:54:00:88:00:11', firmware: 'uefi', switch: hosts.switch },
    ...{ memory: options.memory, accel: options.accel, directory: cluster.directory, stopping: options.stopping },
  });
  slowDown('tap-srbc');
  const deleted = deletePodDuringInitrd(cluster, machine, logs, report);
  await untilLogin(machine, 'labnode', options, report);
  await deleted;
  reportBoot(machine, logs, report);
  reportInstallation(machine, lan, logs, report);
  const { console } = machine;
  const seen = { console: console.lines, serabut: [...server.lines, ...dnsmasq.lines], syslog: lan.syslog.lines };
  report('timeline', true, `\n${timeline(machine.startedAt, Date.now() / 1000, seen)}`);
  for (const log of Object.values(logs)) await log.stop();
}

/** So slow that a download can be interrupted in its middle. */
function slowDown(tap: string): void {
  const limit = ['root', 'tbf', 'rate', '40mbit', 'burst', '64kb', 'latency', '200ms'];
  const { status, stderr } = spawnSync('tc', ['-n', hosts.switch, 'qdisc', 'replace', 'dev', tap, ...limit], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`tc could not slow ${tap} down: ${stderr}`);
}

function fullSpeed(tap: string): void {
  spawnSync('tc', ['-n', hosts.switch, 'qdisc', 'del', 'dev', tap, 'root']);
}

/** Deletes the pod while the machine downloads the initrd; the deployment makes another one. */
async function deletePodDuringInitrd(
  { kubectl }: Cluster,
  machine: Machine,
  { server }: PodLogs,
  report: Report,
): Promise<void> {
  const kernel = () => server.matches(/"url":"\/iso\/content\/mini\.iso\/linux"/, machine.startedAt);
  try {
    await machine.until('kernel', kernel, 600, 100);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await kubectl.run('delete', 'pod', '-n', namespace, '-l', 'app=serabut', '--wait=false');
    const whole = () => has(server, initrd, machine.startedAt);
    await machine.until('whole initrd', whole, 600);
    const broken = requests(server.lines).some(
      ({ at, url, aborted }) => at >= machine.startedAt && url === initrd && aborted,
    );
    report('the pod is deleted while the initrd is sent', broken);
    report('the machine gets the initrd from the next pod, without a person', true);
  } catch (error) {
    report('the pod is deleted while the initrd is sent', false, String(error));
  } finally {
    fullSpeed('tap-srbc');
  }
}

function has({ lines }: ContainerLog, url: string | RegExp, since: number): boolean {
  const isSame = (request: RequestLine) => (typeof url === 'string' ? request.url === url : url.test(request.url));
  return requests(lines).some(
    (request) => request.at >= since && isSame(request) && request.status === 200 && !request.aborted,
  );
}

function reportBoot({ startedAt }: Machine, { server, dnsmasq }: PodLogs, report: Report): void {
  const said = (pattern: RegExp) => dnsmasq.matches(pattern, startedAt);
  report('UEFI gets a proxyDHCP offer from the pod', said(/PXE\(net1\) 52:54:00:88:00:11 proxy/));
  report('iPXE comes by TFTP', said(/sent .*\/snponly\.efi to/));
  report('the boot script comes', has(server, new RegExp(`^/boot/${distro}\\?profile=lab`), startedAt));
  report('the kernel comes from inside the ISO', has(server, '/iso/content/mini.iso/linux', startedAt));
  report('the initrd comes with what is joined to it', has(server, initrd, startedAt));
  const answers = new RegExp(`/automation/${distro}/preseed\\.cfg(\\?|$)`);
  report('the installer fetches its answer file', has(server, answers, startedAt));
}

function reportInstallation(
  { console, startedAt }: Machine,
  { syslog }: BootLan,
  { squid }: PodLogs,
  report: Report,
): void {
  const said = (pattern: RegExp) => syslog.lines.some(({ at, text }) => at >= startedAt && pattern.test(text));
  report('the disk is partitioned without a question', said(/Menu item 'bootstrap-base' selected/));
  report('the commands of the configuration run in the new system', said(/lab: after-install ran in the new system/));
  const log = squid.lines.map(({ text }) => text).join('\n');
  const kernel = /GET http:\/\/\S+\/pool\/main\/l\/linux/;
  report('packages come through the Squid of the pod', squid.matches(kernel, startedAt), cacheShare(log, startedAt));
  report('the boot loader starts from the own disk', console.matches(/GNU GRUB|Welcome to GRUB|Loading Linux/));
}
