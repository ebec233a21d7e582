/**
 * Loaded into a server before anything else (`node --import`): its clock, and its calls of the file system, do what the
 * process that has started it says. So what no kernel does on demand is done to a whole server, without root.
 */
import fs from 'node:fs';
import files, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';

/** What is wrong from now on; what is left out is well. */
export interface Orders {
  /** How far the clock is ahead, in milliseconds; below 0 it is behind. */
  readonly clockMs?: number;
  /**
   * Which calls fail on files below a directory, or never come back where the code is HANG. Of what is written half is
   * written first.
   */
  readonly broken?: { readonly below: string; readonly code: string; readonly calls: readonly FailingCall[] };
}

export type FailingCall = 'open' | 'read' | 'stat' | 'readdir' | 'write' | 'sync' | 'rename' | 'unlink';

let orders: Orders = {};
const paths = new WeakMap<object, string>();
const descriptors = new Map<number, string>();

function failure(call: FailingCall, path: unknown): Error | undefined {
  const { broken } = orders;
  if (broken === undefined || !String(path).startsWith(broken.below) || !broken.calls.includes(call)) return undefined;
  const { errno } = constants as unknown as { errno: Record<string, number> };
  const details = { code: broken.code, errno: -(errno[broken.code] ?? 0), syscall: call, path };
  return Object.assign(new Error(`${broken.code}: made to fail, ${call} '${path}'`), details);
}

async function failAt(call: FailingCall, path: unknown): Promise<void> {
  const error = failure(call, path);
  if (error !== undefined) await fail(error);
}

async function fail(error: Error): Promise<never> {
  // As a call that goes on, the timer keeps the process.
  if (orders.broken?.code === 'HANG') await new Promise(() => setInterval(() => {}, 60_000));
  throw error;
}

// biome-ignore lint/suspicious/noExplicitAny: functions of Node, whatever they take.
type Any = any;

function byPath(name: string, call: FailingCall): void {
  const real = (files as Any)[name];
  (files as Any)[name] = async (path: unknown, ...rest: unknown[]) => {
    await failAt(call, path);
    return real(path, ...rest);
  };
}

for (const name of ['stat', 'readdir', 'rename', 'unlink'] as const) byPath(name, name);
byPath('readFile', 'read');
byPath('writeFile', 'write');

const { open } = files;
files.open = async (path, ...rest) => {
  await failAt('open', path);
  const handle = await open(path, ...rest);
  paths.set(handle, String(path));
  descriptors.set(handle.fd, String(path));
  return handle;
};

const read = fs.read as Any;
fs.read = ((fd: number, ...rest: Any[]) => {
  const error = failure('read', descriptors.get(fd));
  if (error === undefined) read(fd, ...rest);
  else setImmediate(() => rest.at(-1)(error));
}) as Any;

const nothing = await open('/dev/null');
const handles = Object.getPrototypeOf(nothing) as Record<string, Any>;
await nothing.close();
for (const [name, call] of [
  ['read', 'read'],
  ['stat', 'stat'],
  ['sync', 'sync'],
  ['writeFile', 'write'],
  ['appendFile', 'write'],
] as const) {
  const real = handles[name];
  handles[name] = async function (this: FileHandle, ...rest: Any[]) {
    // What has failed half-way has failed, though all may be well again by then.
    const error = failure(call, paths.get(this));
    if (error === undefined) return real.apply(this, rest);
    const [text] = rest;
    if (call === 'write') await real.call(this, text.slice(0, text.length / 2));
    return fail(error);
  };
}
syncBuiltinESMExports();

const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args: Any[]) {
    if (args.length === 0) super(RealDate.now() + (orders.clockMs ?? 0));
    else super(...(args as [Any]));
  }
  static override now(): number {
    return RealDate.now() + (orders.clockMs ?? 0);
  }
} as DateConstructor;

process.on('message', (message: Orders) => {
  orders = message;
  process.send?.('obeyed');
});
process.channel?.unref();
