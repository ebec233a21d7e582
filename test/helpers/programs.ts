import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Why a test that wants programs is skipped: the names of those that are not installed; false when all are. */
export function without(...programs: string[]): string | false {
  const absent = programs.filter((program) => spawnSync('which', [program]).status !== 0);
  return absent.length > 0 && `${absent.join(' and ')} not installed`;
}

/** The Python for which a program was installed. */
export function pythonOf(program: string): string {
  const path = spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim();
  return /^#!(\S+)/.exec(readFileSync(path, 'utf8'))?.[1] ?? 'python3';
}
