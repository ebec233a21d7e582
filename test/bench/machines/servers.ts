import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Children, cpuSeconds, freePort, nodeOptions } from '../measure.js';

/** A server, and how long it took from its start to its first good answer. */
export interface Started {
  readonly url: string;
  readonly pid: number;
  readonly startMs: number;
  /** Processor time until then, in seconds. */
  readonly startCpu: number;
  end(): Promise<void>;
}

/** A command line that listens on a port of loopback. */
export type Program = (port: number) => readonly [command: string, ...args: string[]];

const main = fileURLToPath(new URL('../../../core/main.js', import.meta.url));
const plain = fileURLToPath(new URL('plain.js', import.meta.url));

/** As `npm start` runs it. */
export function serabut(data: string, ...more: string[]): Program {
  const args = ['serve', '--data', data, '--host', '127.0.0.1', '--identify', 'query', ...more];
  return (port) => [process.execPath, ...nodeOptions, main, ...args, '--port', String(port)];
}

export function plainFastify(text: string): Program {
  return (port) => [process.execPath, ...nodeOptions, plain, String(port), text];
}

export function matchbox(binary: string, data: string): Program {
  const args = ['-data-path', data, '-assets-path', join(data, 'assets')];
  return (port) => [binary, ...args, '-address', `127.0.0.1:${port}`];
}

/** Starts a server and waits until `ready` answers with 200. What it logs goes to a file: each has its access log. */
export async function start(children: Children, program: Program, ready: string, log: string): Promise<Started> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const [command, ...args] = program(Number(new URL(url).port));
  const file = openSync(log, 'w');
  const began = performance.now();
  const child = children.add(spawn(command, args, { stdio: ['ignore', file, file] }));
  closeSync(file);
  while (!(await isReady(url + ready))) {
    if (child.exitCode !== null) throw new Error(`${command} ended; its log is ${log}`);
    await sleep(5);
  }
  const startMs = performance.now() - began;
  const pid = child.pid ?? 0;
  return { url, pid, startMs, startCpu: cpuSeconds([pid]), end: () => children.endOne(child) };
}

async function isReady(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.status === 200;
}

const version = 'v0.11.0';
const module = 'github.com/poseidon/matchbox';

/** Matchbox, built once and kept for this user. Says what is missing and ends the process where there is no Go. */
export function requireMatchbox(): string {
  const directory = join(homedir(), '.cache/serabut-bench', `matchbox-${version}`);
  const binary = join(directory, 'matchbox');
  if (existsSync(binary)) return binary;
  const go = ['go', '/usr/local/go/bin/go'].find((path) => spawnSync(path, ['version']).status === 0);
  if (go === undefined) {
    console.error('needed: go, to build Matchbox; from https://go.dev/dl/ or, on Debian: apt-get install golang-go');
    process.exit(1);
  }
  console.log(`Building Matchbox ${version} into ${directory}; it takes a minute or two and is done once.`);
  mkdirSync(directory, { recursive: true });
  // A module that requires this one version: `go install` would want the list of all versions as well.
  writeFileSync(join(directory, 'go.mod'), `module bench\n\ngo 1.24\n\nrequire ${module} ${version}\n`);
  const built = spawnSync(go, ['build', '-mod=mod', '-o', binary, `${module}/cmd/matchbox`], {
    cwd: directory,
    stdio: 'inherit',
  });
  if (built.status !== 0) process.exit(1);
  return binary;
}
