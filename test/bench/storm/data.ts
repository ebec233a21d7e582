/** The same kernel and initrd as Serabut, Matchbox and nginx have them, and the machines that are to get them. */
import { globSync, linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pattern } from '../../helpers/isos.js';
import { makeIso } from '../../helpers/make-iso.js';
import { makeFleet, writeMatchbox, writeSerabut } from '../machines/fleet.js';

/** What a machine loads; Serabut joins the initrd of the ISO and the firmware, the others have the whole as a file. */
export interface Payload {
  readonly kernel: Buffer;
  readonly initrd: Buffer;
  readonly firmware: Buffer;
}

/** In bytes; those of the initrd and of the firmware are multiples of 4, so that nothing lies between them. */
export function makePayload(kernel: number, initrd: number, firmware: number): Payload {
  return { kernel: content(kernel, 1), initrd: content(initrd, 2), firmware: content(firmware, 3) };
}

/** What of it comes to a machine. */
export function bodiesOf({ kernel, initrd, firmware }: Payload): Buffer[] {
  return [kernel, Buffer.concat([initrd, firmware])];
}

/** Content of which no two places are alike, made faster than {@link pattern} does. */
function content(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length, pattern(Math.min(length, 2 ** 16), seed));
  for (let at = 0; at + 4 <= length; at += 64) bytes.writeUInt32LE(at, at);
  return bytes;
}

/** The directory of nginx, whose files are those that have to come. */
export function writePlain(directory: string, payload: Payload): string[] {
  mkdirSync(directory, { recursive: true });
  const files = ['vmlinuz', 'initrd.img'].map((name) => join(directory, name));
  for (const [index, bytes] of bodiesOf(payload).entries()) writeFileSync(files[index] ?? '', bytes);
  return files;
}

/** A data directory with so many machines, all to be installed. */
export function writeData(directory: string, size: number, { kernel, initrd, firmware }: Payload): void {
  writeSerabut(directory, everyone(size));
  const info = 'Debian GNU/Linux 13 amd64 - netboot mini.iso 20250803+deb13u8';
  const iso = makeIso({ linux: kernel, 'initrd.gz': initrd, '.disk/info': info }, { volumeId: 'ISOIMAGE' });
  writeFileSync(join(directory, 'isos/mini.iso'), iso);
  mkdirSync(join(directory, 'firmware/debian/13'), { recursive: true });
  writeFileSync(join(directory, 'firmware/debian/13/firmware.cpio.gz'), firmware);
}

export function writeGroups(directory: string, size: number, files: readonly string[]): void {
  writeMatchbox(directory, everyone(size));
  for (const [index, name] of ['vmlinuz', 'initrd.img'].entries()) {
    linkSync(files[index] ?? '', join(directory, 'assets', name));
  }
}

function everyone(size: number) {
  const { pending, installed } = makeFleet(size);
  return { installed: [], pending: [...pending, ...installed] };
}

/** How many machines are kept as installed, by their first attempt. */
export function countInstalled(directory: string): number {
  const kept = globSync('state/Machine/*.json', { cwd: directory }).map((path) => parsed(join(directory, path)));
  const firsts = globSync('state/Installation/*.json', { cwd: directory }).map((path) => parsed(join(directory, path)));
  const isFirst = new Set(firsts.flatMap(({ name, status }) => (ended(status) ? [name] : [])));
  return kept.filter(({ name, status }) => status.phase === 'Installed' && isFirst.has(`${name}-1`)).length;
}

function ended({ phase, attempt }: Kept['status']): boolean {
  return phase === 'Installed' && attempt === 1;
}

interface Kept {
  readonly name: string;
  readonly status: { readonly phase: string; readonly attempt?: number };
}

function parsed(path: string): Kept {
  return JSON.parse(readFileSync(path, 'utf8')) as Kept;
}
