import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SerabutError } from '../../errors.js';
import { forEachAtOnce } from '../../for-each-at-once.js';
import type { Kind } from '../kinds.js';
import { DurableFiles, NotDurable, temporaryName } from './durable-files.js';
import { allKinds, fromText, type Kept, type Next, stateLimit, toText } from './state-file.js';

/** What was found at the start. */
export interface State {
  readonly kept: Kept[];
  readonly refused: { readonly kind: Kind; readonly name: string; readonly error: SerabutError }[];
}

/** The place of a file, relative to the data directory; for people. */
export function whereOf(kind: Kind, name: string): string {
  return `state/${kind}/${name}.json`;
}

/** `state/KIND/NAME.json`: what the server knows of each resource, one file each. Nobody else writes there while it runs. */
export class StateDirectory {
  /** The highest version that a file has. */
  #version = 0;

  constructor(
    private readonly directory: string,
    private readonly files = new DurableFiles(),
  ) {}

  /** Makes the directories, and removes what was left by a process that was killed while it wrote. */
  async prepare(): Promise<void> {
    for (const kind of allKinds) {
      const directory = join(this.directory, kind);
      await mkdir(directory, { recursive: true });
      const left = (await readdir(directory)).filter((name) => temporaryName.test(name));
      await forEachAtOnce(left, (name) => rm(join(directory, name), { force: true }));
    }
  }

  /** Everything that is there. Throws SERABUT_ERR_STORE when a directory cannot be read: none may be taken for an empty one. */
  async read(): Promise<State> {
    const state: State = { kept: [], refused: [] };
    for (const kind of allKinds) {
      await forEachAtOnce(await this.#names(kind), async (name) => {
        try {
          state.kept.push(fromText(await this.#readSmall(kind, name), kind, name));
        } catch (cause) {
          state.refused.push({ kind, name, error: this.#unreadable(kind, name, cause as Error) });
        }
      });
    }
    this.#version = state.kept.reduce((highest, { version }) => Math.max(highest, version), 0);
    return state;
  }

  /**
   * Writes it with the next version, then gives what is in the file to `written`, which is in memory at once.
   * Throws SERABUT_ERR_STORE when it could not be written, or is written and not sure to outlast a power failure.
   */
  async write<K extends Kind>(next: Next<K>, written: (kept: Kept<K>) => void): Promise<void> {
    this.#version += 1;
    const { text, read } = toText<K>({ ...next, version: this.#version });
    const path = this.#path(next.kind, next.name);
    await this.#change(next, this.files.replace(path, text), () => written(read));
  }

  /** Removes it in the same way. */
  async remove(kind: Kind, name: string, removed: () => void): Promise<void> {
    await this.#change({ kind, name }, this.files.remove(this.#path(kind, name)), removed);
  }

  /** Memory follows the disk: what is in its place there counts, even where that is not durable. */
  async #change({ kind, name }: Pick<Kept, 'kind' | 'name'>, change: Promise<void>, done: () => void): Promise<void> {
    try {
      await change;
    } catch (cause) {
      if (cause instanceof NotDurable) done();
      const message = `cannot write what is known of ${kind} "${name}": ${(cause as Error).message}`;
      throw new SerabutError('SERABUT_ERR_STORE', message, { where: whereOf(kind, name), cause });
    }
    done();
  }

  /**
   * The file stays as it is, and nothing is written over it: of a Machine that may have been installed already it must
   * not be forgotten, or it would be installed again.
   */
  #unreadable(kind: Kind, name: string, cause: Error): SerabutError {
    const message = `what is known of ${kind} "${name}" cannot be read, so that it is not used: ${cause.message}`;
    return new SerabutError('SERABUT_ERR_STORE', message, { where: whereOf(kind, name), cause });
  }

  #path(kind: Kind, name: string): string {
    return join(this.directory, kind, `${name}.json`);
  }

  /** There is no state before the first start; a directory that cannot be read is not taken for an empty one. */
  async #names(kind: Kind): Promise<string[]> {
    const files = await readdir(join(this.directory, kind)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      const message = `cannot read what is known: ${error.message}`;
      throw new SerabutError('SERABUT_ERR_STORE', message, { where: `state/${kind}`, cause: error });
    });
    return files.flatMap((file) => /^([^.].*)\.json$/.exec(file)?.[1] ?? []);
  }

  async #readSmall(kind: Kind, name: string): Promise<string> {
    const path = this.#path(kind, name);
    const stats = await stat(path);
    if (!stats.isFile() || stats.size > 4 * stateLimit) throw new Error('it is no file, or a very large one');
    return readFile(path, 'utf8');
  }
}
