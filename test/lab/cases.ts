import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from './boot-server.js';
import { cacheShare, dnsmasqLines, type RequestLine, requests, timeline } from './evidence.js';
import { Machine, type MachineOptions } from './machine.js';
import { bootAddress } from './network.js';

/** Takes one result: what was looked for, and whether it was seen. */
export type Report = (name: string, ok: boolean, detail?: string) => void;

export interface CaseOptions {
  /** MiB. */
  readonly memory: number;
  /** Value of QEMU's option -accel. */
  readonly accel: string;
  /** How long a whole installation may take, in seconds. */
  readonly timeout: number;
  /** Whether the machine goes on running after its case. */
  readonly keep: boolean;
  /** Ends every wait when the run is broken off. */
  readonly stopping: AbortSignal;
}

/** What the early command says of the firmware that the installer had to look for, and found. */
const takenFirmware = /lab: firmware taken: firmware-\S+ \S+ dmesg/;

/** What an installation boots from. */
export interface Medium {
  readonly distro: string;
  readonly kernel: string;
  /** Whether its components come out of the initrd's overlay, not from the mirror. */
  readonly isDisc: boolean;
}

export const mini: Medium = { distro: 'debian-13', kernel: '/iso/content/mini.iso/linux', isDisc: false };
export const netinst: Medium = {
  distro: 'netinst',
  kernel: '/iso/content/netinst.iso/install.amd/vmlinuz',
  isDisc: true,
};

/** A UEFI machine from power-on, without a keyboard, to the login prompt of the system on its own disk. */
export function installByUefi(medium: Medium) {
  return async (lab: Lab, options: CaseOptions, report: Report): Promise<void> => {
    await lab.offer(medium.distro);
    const machine = powerOn(lab, options, { name: 'uefi', mac: '52:54:00:88:00:01', firmware: 'uefi' });
    const start = machine.startedAt;
    await untilLogin(machine, 'labnode', options, report);
    reportBoot(lab, start, medium, report);
    reportInstallation(lab, machine, medium, report);
    const logs = { console: machine.console.lines, serabut: lab.serabut.lines, syslog: lab.syslog.lines };
    report('timeline', true, `\n${timeline(start, Date.now() / 1000, logs)}`);
  };
}

/** Switches a machine on that is the lab's usual one but for what is named. */
export function powerOn(
  { directory }: Lab,
  { memory, accel, stopping }: CaseOptions,
  machine: Pick<MachineOptions, 'name' | 'mac' | 'firmware'>,
): Machine {
  return new Machine({ ...machine, memory, accel, directory, stopping });
}

/** Waits for the login prompt, and some time more for what a case wants to see after it; then switches the machine off. */
export async function untilLogin(
  machine: Machine,
  host: string,
  { timeout, keep }: CaseOptions,
  report: Report,
  isSettled = () => true,
): Promise<void> {
  try {
    const pattern = new RegExp(`${host} login:`);
    await machine.until('login prompt', () => machine.console.matches(pattern), timeout);
    report('it comes to its login prompt', true);
    await machine.until('what comes after the login prompt', isSettled, 120).catch(() => {});
  } catch (error) {
    report('it comes to its login prompt', false, failure(error, machine));
  } finally {
    if (!keep) await machine.stop();
  }
}

/** The way to the installer, by the logs of what it asked. */
function reportBoot(lab: Lab, start: number, { distro, kernel }: Medium, report: Report): void {
  const seen = requests(lab.serabut.lines).filter(({ at }) => at >= start);
  const dhcp = dnsmasqLines(lab.serabut.lines).filter(({ at }) => at >= start);
  const said = (pattern: RegExp) => dhcp.some(({ text }) => pattern.test(text));
  report('UEFI asks by PXE and gets a proxyDHCP offer', said(/PXE\(eth0\) 52:54:00:88:00:01 proxy/));
  report('the router gives the address', lab.router.matches(/DHCPACK\(eth0\) .* 52:54:00:88:00:01/));
  report('iPXE comes by TFTP', said(/sent .*\/snponly\.efi to/));
  report('the menu takes the entry that is set', has(seen, /^\/boot\?mac=52.*platform=efi$/));
  report('the boot script comes', has(seen, new RegExp(`^/boot/${distro}\\?profile=lab`)));
  report('the kernel comes from inside the ISO', has(seen, new RegExp(`^${kernel}$`)));
  report('the initrd comes with what is joined to it', has(seen, new RegExp(`^/with-firmware/${distro}/initrd\\.gz$`)));
  report('the installer fetches its answer file', has(seen, new RegExp(`/automation/${distro}/preseed\\.cfg(\\?|$)`)));
}

/** The installation, by the installer's log, the console and Squid's log. */
function reportInstallation(lab: Lab, { console, startedAt }: Machine, { isDisc }: Medium, report: Report): void {
  const syslog = (pattern: RegExp) => lab.syslog.lines.some(({ at, text }) => at >= startedAt && pattern.test(text));
  const squid = readFileSync(join(lab.directory, 'data/state/squid/access.log'), 'utf8');
  const lines = squid.split('\n').filter((line) => Number(line.trim().split(' ')[0]) >= startedAt);
  if (isDisc) {
    report('the installer takes the overlay for its disc', syslog(/lab: Detected CD 'Debian GNU\/Linux 13.* NETINST/));
    report('it takes no component from the mirror', lines.length > 0 && !lines.some((line) => /\.udeb /.test(line)));
  }
  report(
    'the installer sees the firmware',
    syslog(/lab: firmware: Contents-firmware dep11 .*firmware-linux-free_.*\.deb/),
  );
  report('the installer takes a package of it for a card', syslog(takenFirmware));
  report('the package is in the new system', syslog(/lab: firmware installed: firmware-\S+: .*d102e_ucode\.bin/));
  report('the disk is partitioned without a question', syslog(/Menu item 'bootstrap-base' selected/));
  report('the commands of the configuration run in the new system', syslog(/lab: after-install ran in the new system/));
  report('the installer restarts the machine', console.matches(/reboot: Restarting system/));
  const isKernel = /GET http:\/\/\S+\/pool\/main\/l\/linux/;
  report(
    'packages come through Squid',
    lines.some((line) => isKernel.test(line)),
    cacheShare(squid, startedAt),
  );
  report('the boot loader starts from the own disk', console.matches(/GNU GRUB|Welcome to GRUB|Loading Linux/));
  const seen = requests(lab.serabut.lines).filter(({ at }) => at >= startedAt);
  const after = seen.filter(({ at }) => at > (lastOf(seen, /after-install\.sh$/)?.at ?? Number.POSITIVE_INFINITY));
  report('after the installation the network is not asked again', !has(after, /^\/boot/));
}

/**
 * A BIOS machine as far as the installer's answer file. QEMU's card has iPXE for its boot ROM, which would take the boot
 * script at once; so that undionly.kpxe is what boots, somebody types the command that loads it at the ROM's prompt.
 * From there on nothing is typed: undionly.kpxe asks by DHCP as on any other machine.
 */
export async function startByBios(lab: Lab, options: CaseOptions, report: Report): Promise<void> {
  await lab.offer(mini.distro);
  const machine = powerOn(lab, options, { name: 'bios', mac: '52:54:00:88:00:02', firmware: 'bios' });
  const start = machine.startedAt;
  const seen = () => requests(lab.serabut.lines).filter(({ at }) => at >= start);
  const tftp = () =>
    dnsmasqLines(lab.serabut.lines).some(({ at, text }) => at >= start && /sent .*\/undionly\.kpxe to/.test(text));
  try {
    await machine.until('prompt of the boot ROM', () => pressControlB(machine), 120);
    await machine.type(`dhcp && chain tftp://${bootAddress}/undionly.kpxe`);
    await machine.until('undionly.kpxe', tftp, 120);
    report('undionly.kpxe comes by TFTP', true);
    await machine.until('answer file', () => has(seen(), /\/automation\/debian-13\/preseed\.cfg(\?|$)/), 600);
    report('the installer on a BIOS machine fetches its answer file', true);
    const taken = () => lab.syslog.lines.some(({ at, text }) => at >= start && takenFirmware.test(text));
    await machine.until('early command', taken, 120);
    report('it has taken firmware out of the joined archive', true);
  } catch (error) {
    report('a BIOS machine starts the installer', false, failure(error, machine));
  } finally {
    if (!options.keep) await machine.stop();
  }
  report('undionly.kpxe asks for the script of a BIOS machine', has(seen(), /^\/boot\?mac=52.*platform=pcbios$/));
  report(
    'the boot script comes to the BIOS machine',
    has(seen(), /^\/boot\/debian-13\?profile=lab.*platform=pcbios(&|$)/),
  );
}

function pressControlB(machine: Machine): boolean {
  if (machine.console.matches(/iPXE> ?$/)) return true;
  machine.press('\u0002');
  return false;
}

/** Why a machine did not come to its goal, with the last lines of its console. */
function failure(error: unknown, { console }: Machine): string {
  const last = console.textFrom(0).filter((text) => text.trim() !== '');
  const message = error instanceof Error ? error.message : String(error);
  return [message, ...last.slice(-15).map((text) => `  | ${text.slice(0, 200)}`)].join('\n');
}

function has(seen: readonly RequestLine[], url: RegExp): boolean {
  return lastOf(seen, url) !== undefined;
}

/** The last request that was answered whole. */
function lastOf(seen: readonly RequestLine[], url: RegExp): RequestLine | undefined {
  return seen.findLast((request) => url.test(request.url) && request.status === 200 && !request.aborted);
}
