import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mebibytes } from '../bench/measure.js';

/** What a process holds at an instant. */
export interface Held {
  /** MiB of memory that is its own, without the pages of files. */
  readonly memory: number;
  /** Open files, sockets and the like. */
  readonly descriptors: number;
  readonly sockets: number;
  /** What it watches of the file system. */
  readonly watches: number;
  /** Its processes, each of a plugin. */
  readonly children: number;
  readonly threads: number;
}

/** Reads /proc/PID, proc(5). */
export function held(pid: number): Held {
  const descriptors = readdirSync(`/proc/${pid}/fd`).map((fd) => link(`/proc/${pid}/fd/${fd}`));
  const tasks = readdirSync(`/proc/${pid}/task`);
  return {
    memory: mebibytes(pid, 'RssAnon'),
    descriptors: descriptors.filter((target) => target !== '').length,
    sockets: descriptors.filter((target) => target.startsWith('socket:')).length,
    watches: watches(pid),
    children: tasks.flatMap((task) => words(text(`/proc/${pid}/task/${task}/children`))).length,
    threads: tasks.length,
  };
}

/** What is more now than it was, of what has to be given back. */
export function leftOver(before: Held, now: Held): string[] {
  const kinds = ['descriptors', 'sockets', 'watches', 'children', 'threads'] as const;
  return kinds.flatMap((kind) => (now[kind] > before[kind] ? [`${kind}: ${before[kind]}, then ${now[kind]}`] : []));
}

function watches(pid: number): number {
  const infos = readdirSync(`/proc/${pid}/fdinfo`).map((fd) => text(`/proc/${pid}/fdinfo/${fd}`));
  return infos.reduce((sum, info) => sum + (info.match(/^inotify /gm)?.length ?? 0), 0);
}

/** A descriptor may be closed while it is looked at. */
function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function words(line: string): string[] {
  return line.trim().split(' ').filter(Boolean);
}
