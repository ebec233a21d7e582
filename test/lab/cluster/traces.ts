import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../cases.js';
import { hosts } from './network.js';
import { controlGroup } from './node.js';

/** Says whether anything of the cluster is left on this machine but logs and what is kept for the next run. */
export function reportTraces(directory: string, report: Report): void {
  const left = [...processes(directory), ...mounts(directory), ...namespaces(), ...controlGroups()];
  report('nothing of the cluster is left', left.length === 0, left.join('; '));
}

function processes(directory: string): string[] {
  const own = lineage(process.pid);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && !own.includes(Number(name)))
    .map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`)
    .filter((line) => line.includes(`${directory}/`))
    .map((line) => line.slice(0, 120));
}

/** A process and those that started it, whose command lines name the directory too. */
function lineage(pid: number): number[] {
  const parent = Number(/^PPid:\s+(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
  return parent === 0 ? [pid] : [pid, ...lineage(parent)];
}

function mounts(directory: string): string[] {
  return read('/proc/mounts')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${directory}/`))
    .map((path) => `mount ${path}`);
}

function namespaces(): string[] {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  const names = stdout.split('\n').map((line) => line.split(' ')[0] ?? '');
  return names.filter((name) => Object.values(hosts).some((host) => host === name)).map((name) => `namespace ${name}`);
}

function controlGroups(): string[] {
  return readdirSync('/sys/fs/cgroup')
    .map((name) => join('/sys/fs/cgroup', name, controlGroup))
    .filter((path) => existsSync(path))
    .map((path) => `control group ${path}`);
}

/** The text of a file, unless its process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
