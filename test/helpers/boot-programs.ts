import { gzipSync } from 'node:zlib';
import { pattern } from './isos.js';

export const x64 = 0x8664;
export const arm64 = 0xaa64;

/** An EFI program of a length, with the headers that firmware reads and one section to its end. */
export function efiProgram(machine: number, length = 40_000): Buffer {
  const bytes = pattern(length, machine);
  bytes.fill(0, 0, 0x200);
  bytes.write('MZ', 0, 'latin1');
  bytes.writeUInt32LE(0x80, 60);
  bytes.write('PE\0\0', 0x80, 'latin1');
  bytes.writeUInt16LE(machine, 0x84);
  bytes.writeUInt16LE(1, 0x86);
  bytes.writeUInt16LE(0xf0, 0x94);
  bytes.writeUInt32LE(length - 0x200, 0x80 + 24 + 0xf0 + 16);
  bytes.writeUInt32LE(0x200, 0x80 + 24 + 0xf0 + 20);
  return bytes;
}

/** What a kernel of an architecture begins with: a program for UEFI that a BIOS boot loader knows as well. */
export function kernel(machine: number, length = 300_000): Buffer {
  const bytes = efiProgram(machine, length);
  if (machine === x64) bytes.write('HdrS', 0x202, 'latin1');
  else bytes.write('ARM\x64', 0x38, 'latin1');
  return bytes;
}

/** A cpio archive of format newc with one file; without its end, if wanted. */
export function cpio(content: Buffer, { isWhole = true } = {}): Buffer {
  return Buffer.concat([member('a', content), ...(isWhole ? [member('TRAILER!!!', Buffer.alloc(0))] : [])]);
}

function member(name: string, content: Buffer): Buffer {
  const fields = [1, 0o100644, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length + 1, 0];
  const digits = fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  const head = padded(Buffer.from(`070701${digits}${name}\0`, 'latin1'));
  return Buffer.concat([head, padded(content)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

export const initrd = gzipSync(cpio(pattern(50_001, 5)));
export const firmwareArchive = cpio(pattern(3_333, 6));
export const firmwareWithoutEnd = cpio(pattern(3_333, 6), { isWhole: false });
