import type { ClientKind } from './client-kinds.js';
import { Broken } from './faults.js';

/** The least size of iPXE, and of a kernel, in bytes: smaller ones are a remainder, or a page that says something. */
const leastLoader = 16 * 1024;
const leastKernel = 256 * 1024;

const machineNames: Readonly<Record<number, string>> = {
  332: 'x86, 32 bit',
  34404: 'x86-64',
  43620: 'arm64',
  452: 'ARM, 32 bit',
};

/** What a PE program says of itself. */
interface Program {
  readonly machine: number;
  /** Where the last section ends, in bytes. */
  readonly end: number;
}

/** The headers of an EFI program (PE format §3 and §4); undefined when it is none. Bytes that are missing are zeros. */
export function readProgram(bytes: Buffer): Program | undefined {
  if (bytes.length < 64 || bytes.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const header = bytes.readUInt32LE(60);
  if (header + 24 > bytes.length || bytes.readUInt32LE(header) !== 0x4550) return undefined;
  const count = bytes.readUInt16LE(header + 6);
  const table = header + 24 + bytes.readUInt16LE(header + 20);
  let end = 0;
  for (let at = table; at < table + count * 40 && at + 24 <= bytes.length; at += 40)
    end = Math.max(end, bytes.readUInt32LE(at + 16) + bytes.readUInt32LE(at + 20));
  return { machine: bytes.readUInt16LE(header + 4), end };
}

/** Looks at what firmware would start. Gives its kind in words. */
export function checkLoader(file: string, bytes: Buffer, { peMachine, name }: ClientKind): string {
  const program = readProgram(bytes);
  if (peMachine === null) return checkBiosLoader(file, bytes);
  if (program === undefined) {
    const isShort = bytes.toString('latin1', 0, 2) === 'MZ';
    if (isShort) throw new Broken('loader-cut-short', `${file} ends within its headers, after ${bytes.length} bytes`);
    throw new Broken('loader-no-program', `${file} is no EFI program: it begins with ${shown(bytes)}`);
  }
  const machine = machineName(program.machine);
  if (program.machine !== peMachine)
    throw new Broken('loader-wrong-architecture', `${file} is a program for ${machine}, which ${name} cannot start`);
  if (bytes.length < program.end) {
    const message = `${file} has ${bytes.length} bytes, and by its headers it has ${program.end}`;
    throw new Broken('loader-cut-short', message);
  }
  return `an EFI program for ${machine}`;
}

/** A boot program of BIOS has no header: it is code from its first byte on (PXE 2.1 §4.1). */
function checkBiosLoader(file: string, bytes: Buffer): string {
  if (bytes.toString('latin1', 0, 2) === 'MZ')
    throw new Broken('loader-wrong-architecture', `${file} is an EFI program, which a BIOS cannot start`);
  if (bytes.length === 0 || isText(bytes.subarray(0, 64)))
    throw new Broken('loader-no-program', `${file} is no boot program: it begins with ${shown(bytes)}`);
  if (bytes.length < leastLoader)
    throw new Broken('loader-cut-short', `${file} has ${bytes.length} bytes, which is less than any iPXE`);
  return 'a boot program for BIOS';
}

/**
 * Looks at the first bytes of what iPXE would start: a Linux kernel (Documentation/arch/x86/boot.rst,
 * Documentation/arch/arm64/booting.rst) or, on UEFI, an EFI program. Gives its kind in words.
 */
export function checkKernel(url: string, head: Buffer, length: number, kind: ClientKind): string {
  const program = readProgram(head);
  const isBzImage = head.length >= 0x206 && head.toString('latin1', 0x202, 0x206) === 'HdrS';
  const isImage = head.length >= 0x3c && head.toString('latin1', 0x38, 0x3c) === 'ARM\x64';
  const isStartable = kind.peMachine === null ? isBzImage : program !== undefined;
  if (!isStartable) {
    const form = isBzImage || isImage || program ? 'no form that this firmware can start' : 'no kernel';
    throw new Broken('kernel-no-kernel', `${url} is ${form}: it begins with ${shown(head)}`);
  }
  if (program !== undefined && kind.peMachine !== null && program.machine !== kind.peMachine) {
    const machine = machineName(program.machine);
    throw new Broken('kernel-wrong-architecture', `${url} is for ${machine}, and the machine is ${kind.name}`);
  }
  if (length < leastKernel) throw new Broken('kernel-no-kernel', `${url} has ${length} bytes, less than any kernel`);
  if (isBzImage) return 'a Linux kernel for x86';
  return isImage ? 'a Linux kernel for arm64' : 'an EFI program';
}

function machineName(machine: number): string {
  return machineNames[machine] ?? `architecture 0x${machine.toString(16)}`;
}

function isText(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127));
}

/** The first bytes, as text where they are one. */
export function shown(bytes: Buffer): string {
  const first = bytes.subarray(0, 24);
  if (first.length === 0) return 'nothing: it is empty';
  return isText(first) ? JSON.stringify(first.toString('latin1')) : `bytes ${first.subarray(0, 8).toString('hex')}`;
}
