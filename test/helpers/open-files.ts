import { readdirSync, readlinkSync } from 'node:fs';

/** The paths of all files that this process has open; none where there is no /proc. */
export function openFiles(): string[] {
  try {
    return readdirSync('/proc/self/fd').flatMap(pathOf);
  } catch {
    return [];
  }
}

function pathOf(descriptor: string): string[] {
  try {
    // A file that was removed is shown as such.
    return [readlinkSync(`/proc/self/fd/${descriptor}`).replace(/ \(deleted\)$/, '')];
  } catch {
    return [];
  }
}
