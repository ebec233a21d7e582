/** The same machines as the data directory of Serabut, and as that of Matchbox. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { resources } from '../../helpers/build-app.js';
import { miniIso, smallConfiguration } from '../../helpers/isos.js';

/** One in so many machines waits to be installed, up to a number; all others have been. */
const pendingShare = 10;
const mostPending = 100;

/** How many documents are in one file: some 200 KiB, of the 256 that one may have. */
export const documentsPerFile = 1000;

/** When all of it happened. */
const time = '2026-11-01T12:00:00Z';

export interface Fleet {
  readonly installed: readonly Computer[];
  readonly pending: readonly Computer[];
}

export interface Computer {
  readonly name: string;
  readonly mac: string;
}

export function makeFleet(size: number): Fleet {
  const pending = Math.min(mostPending, Math.floor(size / pendingShare));
  const all = Array.from({ length: size }, (_, index) => {
    const hex = index.toString(16).padStart(6, '0');
    return { name: `machine-${index}`, mac: `52:54:00:${hex.match(/../g)?.join(':')}` };
  });
  return { installed: all.slice(pending), pending: all.slice(0, pending) };
}

/** What a machine asks, on either server; with dashes, as iPXE says `${mac:hexhyp}`. */
export function question(path: string, { mac }: Computer): string {
  return `${path}?mac=${mac.replaceAll(':', '-')}`;
}

/** People's files, and what the server has kept of a past year: a status for each machine and each installation. */
export function writeSerabut(directory: string, fleet: Fleet): void {
  writeIso(directory);
  write(
    directory,
    'resources/all.yaml',
    resources(
      { kind: 'Configuration', name: 'server', spec: smallConfiguration },
      { kind: 'BootProfile', name: 'server', spec: { distro: 'mini', configuration: 'server' } },
    ),
  );
  const documents = [...fleet.pending, ...fleet.installed].map((computer) => toDocument(computer) + toInstall);
  for (let at = 0; at < documents.length; at += documentsPerFile) {
    write(directory, `resources/machines-${at}.yaml`, documents.slice(at, at + documentsPerFile).join('---\n'));
  }
  for (const [index, { name, mac }] of fleet.installed.entries()) {
    const state = {
      Machine: [name, machineStatus(name, mac)],
      Installation: [`${name}-1`, installation(name)],
    } as const;
    for (const [kind, [object, rest]] of Object.entries(state)) {
      const text = JSON.stringify({ kind, name: object, version: index * 2 + 1, ...rest });
      write(directory, `state/${kind}/${object}.json`, `${text}\n`);
    }
  }
}

/** What is in the data directory wherever the machines are kept. */
export function writeIso(directory: string): void {
  write(directory, 'isos/mini.iso', miniIso());
}

/** What is added to install it. */
const toInstall = '  bootProfile: server\n  install:\n    generation: 1\n';

/** As a person writes it who says no more than which machine it is. */
export function toDocument({ name, mac }: Computer): string {
  return `apiVersion: serabut.io/v1alpha1
kind: Machine
metadata:
  name: ${name}
spec:
  macs: ['${mac}']
`;
}

export function machineSpec({ mac }: Computer) {
  return { macs: [mac], bootProfile: 'server', install: { generation: 1 } };
}

/** A machine that was installed and has booted its disk since. */
export function machineStatus(name: string, mac: string) {
  const stages = ['ScriptSent', 'KernelSent', 'InitrdSent', 'AnswersSent', 'Progress', 'Installed'];
  const timeline = stages.map((stage) => ({ time, stage, message: `${stage} for ${name}.`, bytes: 1000 }));
  const conditions = [condition('Installed', 'Generation 1 is installed.')];
  const facts = {
    mac,
    uuid: null,
    serial: null,
    arch: 'x86_64',
    platform: 'efi',
    manufacturer: 'Maker',
    product: 'Box',
  };
  const generations = { generation: 1, installation: `${name}-1`, installedGeneration: 1 };
  const seen = { address: '10.0.0.2', lastSeen: time, decision: 'Generation 1 is installed.' };
  return { status: { phase: 'Installed', ...generations, ...seen, diskMethod: 'exit', facts, conditions, timeline } };
}

export function installation(machine: string) {
  const budget = { attempts: 3, deadlineMinutes: 120, stalledMinutes: 30 };
  const stages = ['ScriptSent', 'KernelSent', 'InitrdSent', 'AnswersSent', 'Installed'];
  // Here machines ask again sooner than they do, and would all be noted to have come straight back from their disks.
  const back = { ...condition('BootedFromDisk', 'It came straight back.'), status: 'False', reason: 'CameBack' };
  const conditions = [...stages.map((type) => condition(type, `${type}.`)), back];
  const status = { phase: 'Installed', attempt: 1, attemptStarted: time, lastHeard: time, conditions };
  return { spec: { machine, bootProfile: 'server', generation: 1, ...budget }, status };
}

function condition(type: string, message: string) {
  return { type, status: 'True', reason: type, message, lastTransitionTime: time };
}

/** As its documentation has it: a profile, and a group for each machine that selects it by its MAC address. */
export function writeMatchbox(directory: string, { installed, pending }: Fleet): void {
  const boot = { kernel: '/assets/vmlinuz', initrd: ['/assets/initrd.img'], args: ['initrd=initrd.img', 'quiet'] };
  write(directory, 'profiles/server.json', JSON.stringify({ id: 'server', name: 'Server', boot }, null, 2));
  mkdirSync(join(directory, 'assets'));
  for (const { name, mac } of [...pending, ...installed]) {
    const group = { id: name, name, profile: 'server', selector: { mac }, metadata: {} };
    write(directory, `groups/${name}.json`, JSON.stringify(group, null, 2));
  }
}

function write(directory: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), content);
}
