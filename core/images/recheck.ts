import { Digester, digestFile } from './hash-file.js';
import type { FileRecord, ImageDirectory } from './record.js';
import type { Throttle } from './throttle.js';

/** One look at the files that are there. */
export interface Recheck {
  readonly directories: readonly ImageDirectory[];
  readonly now: () => number;
  /** After how many milliseconds a file is read again. */
  readonly everyMs: number;
  readonly throttle: Throttle;
  readonly signal: AbortSignal;
  /** Called for a file whose bytes are no longer what they were. */
  readonly onDamage: (record: FileRecord, path: string) => void;
}

/** Reads the file again that has waited longest, slowly, if its time has come; whether there was one. */
export async function recheckOne(task: Recheck): Promise<boolean> {
  const [oldest] = (await candidates(task.directories)).sort((a, b) => a.record.checked - b.record.checked);
  if (oldest === undefined || task.now() - oldest.record.checked < task.everyMs) return false;
  const { directory, name, record } = oldest;
  const sha256 = await digestNow(directory.file(name), task);
  let damage: FileRecord | undefined;
  await directory.amend(name, (present) => {
    if (present.sha256 !== record.sha256) return undefined; // It was replaced meanwhile.
    const { damaged, ...rest } = present;
    const checked = { ...rest, checked: task.now() };
    if (sha256 === record.sha256) return checked;
    if (damaged === undefined) damage = { ...checked, damaged: sha256 };
    return { ...checked, damaged: sha256 };
  });
  if (damage !== undefined) task.onDamage(damage, directory.file(name));
  return true;
}

/** The SHA-256 of what the disk gives now; what the disk cannot give (EIO) is none, and is damage as well. */
async function digestNow(path: string, { signal, throttle }: Recheck): Promise<string> {
  const digester = new Digester();
  try {
    await digestFile(path, digester, { signal, throttle });
    return digester.digests().sha256;
  } catch (thrown) {
    signal.throwIfAborted();
    return `unknown, as it cannot be read (${(thrown as NodeJS.ErrnoException).code})`;
  }
}

interface Candidate {
  readonly directory: ImageDirectory;
  readonly name: string;
  readonly record: FileRecord;
}

async function candidates(directories: readonly ImageDirectory[]): Promise<Candidate[]> {
  const found = await Promise.all(
    directories.map(async (directory) => {
      const names = await directory.names();
      return Promise.all(names.map(async (name) => ({ directory, name, record: await directory.known(name) })));
    }),
  );
  return found.flat().filter((candidate): candidate is Candidate => candidate.record !== undefined);
}
