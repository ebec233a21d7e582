/** A data directory as that of a data centre on a working day: machines in all phases, images, a broken plugin. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installationStages } from '../../../core/resources/installation.js';
import { resources } from '../../helpers/build-app.js';
import { isos } from '../../helpers/distros.js';
import { smallConfiguration } from '../../helpers/isos.js';
import { makeIso } from '../../helpers/make-iso.js';

const mebi = 1024 * 1024;

/** What machines have in common that are in one phase, in the order in which the phases are given out. */
const shares = { Installing: 12, Pending: 20, Failed: 6, Conflict: 4, Discovered: 58, Ready: 100 } as const;

type Phase = keyof typeof shares | 'Installed';

const models = ['PowerEdge R650', 'ProLiant DL360 Gen11', 'ThinkSystem SR630 V3', 'SYS-111C-NR'];

/** A token that opens this server's forms, and the line of its file. */
export const operator = { name: 'ada', token: 'a-token-of-the-lab-4711' } as const;

/** What somebody could try who writes into a machine's firmware. */
export const hostileProduct = '<img src=x onerror=alert(1)>"\'&{{ 7 | times: 7 }}';

/** Fills a directory for some machines, as of now, in milliseconds since 1970. `slowUrl`: of a download without end. */
export function writeFleet(directory: string, size: number, now: number, slowUrl: string): void {
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  };
  write('tokens', `${operator.name}:${operator.token}\n`);
  for (const name of ['d13', 'u24', 'f44', 'rocky9'] as const) write(`isos/${isoNames[name]}`, isos[name]?.() ?? '');
  write('isos/backup-of-laptop.iso', makeIso({ 'letter.txt': 'nothing to boot' }, { volumeId: 'BACKUP' }));
  write('plugins/alpine/plugin.yaml', 'apiVersion: serabut/v1\nid: alpine\nbootTemplate: boot.ipxe\n');
  write('secrets/root/hash', '$6$salt$only-for-machines\n');
  write('resources/all.yaml', resources(...documents(slowUrl)));
  for (let index = 0; index < size; index++) {
    for (const [path, content] of stateOf(index, phaseOf(index), now)) write(path, `${JSON.stringify(content)}\n`);
  }
}

const isoNames = {
  d13: 'debian-13-mini.iso',
  u24: 'ubuntu-24.04.4-live-server-amd64.iso',
  f44: 'fedora-server-44.iso',
  rocky9: 'rocky-9.6-dvd.iso',
};

function documents(slowUrl: string) {
  const profile = (name: string, distro: string, configuration = 'server') => {
    return { kind: 'BootProfile', name, spec: { distro, configuration } };
  };
  const root = { passwordHash: { secretRef: { name: 'root', key: 'hash' } } };
  return [
    { kind: 'Image', name: 'debian-13', spec: { type: 'iso', path: isoNames.d13 } },
    { kind: 'Image', name: 'ubuntu-26.04', spec: { type: 'iso', url: slowUrl } },
    { kind: 'Distro', name: 'debian-13', spec: { plugin: 'debian', image: 'debian-13' } },
    { kind: 'Distro', name: 'ubuntu-26.04', spec: { plugin: 'ubuntu', image: 'ubuntu-26.04' } },
    { kind: 'Configuration', name: 'server', spec: smallConfiguration },
    { kind: 'Configuration', name: 'vault', spec: { ...smallConfiguration, root } },
    profile('kubernetes-worker', 'debian-13'),
    profile('kubernetes-control', 'debian-13', 'vault'),
    profile('gpu-worker', 'ubuntu-24.04.4-live-server-amd64'),
    profile('next-release', 'ubuntu-26.04'),
    { kind: 'Machine', name: 'gateway', spec: { macs: ['52:54:00:ff:00:01'], bootProfile: 'kubernetes-worker' } },
  ];
}

/** The phase of a machine, so that the first ones are of all phases but that of most. */
function phaseOf(index: number): Phase {
  let end = 0;
  for (const [phase, share] of Object.entries(shares)) {
    end += share;
    if (index < end) return phase as Phase;
  }
  return 'Installed';
}

function stateOf(index: number, phase: Phase, now: number): [string, object][] {
  const mac = macOf(index, phase);
  const name = phase === 'Discovered' ? `mac-${mac.replaceAll(':', '-')}` : nameOf(index);
  const version = 2 * index + 1;
  const hasInstallation = ['Installing', 'Failed', 'Installed'].includes(phase);
  const machine = {
    kind: 'Machine',
    name,
    version,
    spec: specOf(index, phase, mac),
    status: machineStatus(index, phase, name, now),
  };
  const files: [string, object][] = [[`state/Machine/${name}.json`, machine]];
  if (hasInstallation) {
    const made = {
      kind: 'Installation',
      name: `${name}-1`,
      version: version + 1,
      ...installationOf(index, phase, name, now),
    };
    files.push([`state/Installation/${name}-1.json`, made]);
  }
  return files;
}

/** `r03-u17`: the rack, and the place in it. */
export function nameOf(index: number): string {
  return `r${padded(1 + Math.floor(index / 40))}-u${padded(1 + (index % 40))}`;
}

function macOf(index: number, phase: Phase): string {
  // Two and two of those in conflict have one address.
  const number = phase === 'Conflict' ? index - (index % 2) : index;
  return `52:54:00:01:${[number >> 8, number & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}

function specOf(index: number, phase: Phase, mac: string) {
  const isKnown = phase !== 'Discovered' && phase !== 'Ready';
  const bootProfile = index % 7 === 3 ? 'gpu-worker' : 'kubernetes-worker';
  return { macs: [mac], bootProfile: isKnown ? bootProfile : null, install: { generation: isKnown ? 1 : 0 } };
}

const decisions: Readonly<Record<Phase, string>> = {
  Installing: 'Attempt 1 to install generation 1 goes on.',
  Pending: 'Generation 1 is asked for; the machine has not asked for a boot script since.',
  Failed: 'Generation 1 has failed: It was silent for 30 minutes. It boots its disk.',
  Conflict: 'It has a MAC address in common with another Machine. None of them is installed.',
  Discovered: 'This machine is not known: it boots from its own disk.',
  Ready: 'It has no BootProfile. It boots its disk.',
  Installed: 'Generation 1 is installed. It boots its disk.',
};

function machineStatus(index: number, phase: Phase, name: string, now: number) {
  const begun = ['Installing', 'Failed', 'Installed'].includes(phase) ? 1 : 0;
  const facts = {
    ...{ mac: null, uuid: null, serial: `sn${4000 + index}`, arch: 'x86_64', platform: 'efi' },
    ...{
      manufacturer: 'Maker',
      product: index === shares.Installing + 44 ? hostileProduct : models[index % models.length],
    },
    memoryMiB: 131_072,
  };
  return {
    ...{ phase, discovered: phase === 'Discovered', generation: begun, facts },
    proposal: phase === 'Discovered' && index % 2 === 0 ? { rule: 'workers', bootProfile: 'kubernetes-worker' } : null,
    installation: begun === 1 ? `${name}-1` : null,
    installedGeneration: phase === 'Installed' ? 1 : 0,
    decision: decisions[phase],
    address: `10.20.${index >> 8}.${index & 255}`,
    lastSeen: at(now, phase === 'Installing' ? -20 - index : -600 * (1 + (index % 500))),
    timeline: begun === 1 ? timelineOf(index, phase, now) : [],
  };
}

/** How far each of those is that are being installed. */
const reports = [
  'installing packages',
  'partitioning the disks',
  'installing the base system',
  'fetching parts of the installer',
];

/** The stages of a start in seconds from its beginning, with what was sent in each. */
const start = [
  ['Offered', 0, 'offered by PXE, UEFI x64', undefined],
  ['LoaderSent', 1.1, 'sent snponly.efi', 262_144],
  ['ScriptSent', 3.4, 'sent the boot script', 812],
  ['KernelSent', 4.2, 'sent the kernel', 9 * mebi],
  ['InitrdSent', 7.9, 'sent the initrd and its firmware', 62 * mebi],
  ['AnswersSent', 41, 'preseed.cfg', 3_418],
  ['ContentSent', 122, 'sent 412.1 MB of the medium', 412_100_000],
  ['Progress', 131, 'installing the base system', undefined],
] as const;

function startOf(index: number, phase: Phase, now: number): number {
  return phase === 'Installing' ? now - 1000 * (160 + 11 * index) : now - 86_400_000 * (1 + (index % 300));
}

function timelineOf(index: number, phase: Phase, now: number) {
  const begin = startOf(index, phase, now);
  const end =
    phase === 'Installed' ? [['Installed', 412, 'the installer said that it is done', undefined] as const] : [];
  return [...start, ...end].map(([stage, seconds, message, bytes]) => {
    return { time: at(begin, seconds), stage, message, ...(bytes === undefined ? {} : { bytes }) };
  });
}

function installationOf(index: number, phase: Phase, machine: string, now: number) {
  const begin = startOf(index, phase, now);
  const reached = { Installing: 6, Failed: 6, Installed: 8 }[phase as 'Installing'];
  const times: readonly number[] = [0, 3.4, 4.2, 7.9, 41, 58, 412, 470];
  const conditions = installationStages.slice(0, reached).map((type, place) => {
    const lastTransitionTime = at(begin, times[place] ?? 0);
    return { type, status: 'True', reason: type, message: type, lastTransitionTime };
  });
  const silent = { attempt: 3, time: at(begin, 2_000), reason: 'Stalled', message: 'It was silent for 30 minutes.' };
  const status = {
    ...{ phase, attempt: phase === 'Failed' ? 3 : 1, attemptStarted: at(begin, 0), conditions },
    lastHeard: phase === 'Installing' ? at(now, -4) : at(begin, 412),
    progress: phase === 'Installing' ? reports[index % reports.length] : null,
    failures: phase === 'Failed' ? [silent] : [],
  };
  const budget = { attempts: 3, deadlineMinutes: 120, stalledMinutes: 30 };
  return { spec: { machine, bootProfile: 'kubernetes-worker', generation: 1, ...budget }, status };
}

/** An instant so many seconds after a time in milliseconds since 1970. */
function at(time: number, seconds: number): string {
  return new Date(time + 1000 * seconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

function padded(number: number): string {
  return String(number).padStart(2, '0');
}
