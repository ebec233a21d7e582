import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileIdentity, identityOf, sameFile } from '../../http/byte-source.js';
import type { Resource } from '../kinds.js';
import { Snapshot } from '../snapshot.js';
import { type Broken, readDocuments, resourceFiles, toSnapshot } from './documents.js';
import { forEachAtOnce } from './for-each-at-once.js';

/** A file as it was when it was read. */
interface KnownFile {
  readonly identity: FileIdentity | undefined;
  readonly documents: readonly (Resource | Broken)[];
}

/** The specs that people write: YAML files directly in a directory, each read again only after it has changed. */
export class SpecFiles {
  readonly #directory: string;
  #files = new Map<string, KnownFile>();
  /** Files that differ from what was read, as they were when that was seen. */
  #changing = new Map<string, FileIdentity | undefined>();
  #snapshot = new Snapshot([]);
  #machines = new Snapshot([]);

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** All but Machines, of which there may be very many. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** The Machines, and what is wrong with documents of Machines and Installations. */
  get machines(): Snapshot {
    return this.#machines;
  }

  /**
   * Looks for changes; at rest when there was none that somebody may still be writing. Unless all is wanted at once, a
   * file that has changed is read when it is the same at the next look. Throws when the directory cannot be read.
   */
  async look(how: 'at once' | 'when settled'): Promise<'at rest' | 'changing'> {
    const names = await resourceFiles(this.#directory);
    const found = new Map<string, FileIdentity | undefined>();
    await forEachAtOnce(names, async (name) => void found.set(name, await this.#identity(name)));
    const files = new Map<string, KnownFile>();
    const changing = new Map<string, FileIdentity | undefined>();
    await forEachAtOnce(names, async (name) => {
      const [known, identity] = [this.#files.get(name), found.get(name)];
      const isNew = known === undefined || !isSame(known.identity, identity);
      if (!isNew) return void files.set(name, known);
      const isSettled = this.#changing.has(name) && isSame(this.#changing.get(name), identity);
      if (how === 'at once' || isSettled) {
        files.set(name, { identity, documents: await readDocuments(this.#directory, name) });
      } else {
        changing.set(name, identity);
        if (known !== undefined) files.set(name, known);
      }
    });
    this.#changing = changing;
    this.#take(new Map(names.flatMap((name) => entry(files, name))));
    return changing.size === 0 ? 'at rest' : 'changing';
  }

  /** Undefined for what cannot be looked at, such as a link that leads nowhere. */
  #identity(name: string): Promise<FileIdentity | undefined> {
    const path = join(this.#directory, name);
    return stat(path, { bigint: true }).then(
      (stats) => identityOf(path, stats),
      () => undefined,
    );
  }

  /** Makes a new snapshot only where something of its kinds has changed: those who listen to it do much. */
  #take(files: Map<string, KnownFile>): void {
    const before = this.#files;
    const names = new Set([...before.keys(), ...files.keys()]);
    const changed = [...names].filter((name) => before.get(name) !== files.get(name));
    this.#files = files;
    if (changed.length === 0) return;
    const touched = changed.flatMap((name) => [before, files].flatMap((map) => map.get(name)?.documents ?? []));
    const all = [...files.values()].flatMap(({ documents }) => documents);
    if (touched.some(isObject)) this.#machines = toSnapshot(all.filter(isObject));
    if (touched.some((document) => !isObject(document))) {
      this.#snapshot = toSnapshot(all.filter((document) => !isObject(document)));
    }
  }
}

function isObject({ kind }: Resource | Broken): boolean {
  return kind === 'Machine' || kind === 'Installation';
}

function isSame(a: FileIdentity | undefined, b: FileIdentity | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && sameFile(a, b));
}

function entry<V>(map: ReadonlyMap<string, V>, key: string): [string, V][] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}
