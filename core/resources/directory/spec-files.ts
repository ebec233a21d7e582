import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { forEachAtOnce } from '../../for-each-at-once.js';
import { type FileIdentity, identityOf, sameFile } from '../../http/byte-source.js';
import type { Resource } from '../kinds.js';
import { Snapshot } from '../snapshot.js';
import { type Broken, readDocuments, resourceFiles, toSnapshot } from './documents.js';

/** What can be seen of a file without reading it. A link that leads nowhere is unreadable. */
type State = FileIdentity | 'unreadable' | 'gone';

/** A file as it was when it was read. */
interface KnownFile {
  readonly state: State;
  readonly documents: readonly (Resource | Broken)[];
}

/** The specs that people write: YAML files directly in a directory, each read again only after it has changed. */
export class SpecFiles {
  readonly #directory: string;
  #files = new Map<string, KnownFile>();
  /** Files that differ from what was read, as they were when that was seen. */
  #changing = new Map<string, State>();
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
   * Looks for changes; at rest when there was none that somebody may still be making. Unless all is wanted at once, a file
   * that has come, changed or gone counts when it is the same at the next look: one that is written is not read half,
   * and the machines of one that gets another name are not gone in between. Throws when the directory cannot be read.
   */
  async look(how: 'at once' | 'when settled'): Promise<'at rest' | 'changing'> {
    const found = await this.#find();
    const files = new Map<string, KnownFile>();
    const changing = new Map<string, State>();
    await forEachAtOnce([...found], async ([name, state]) => {
      const known = this.#files.get(name);
      const isKnown = isSame(known?.state, state);
      if (!isKnown && (how === 'at once' || isSame(this.#changing.get(name), state))) {
        if (state !== 'gone') files.set(name, { state, documents: await readDocuments(this.#directory, name) });
        return;
      }
      if (!isKnown) changing.set(name, state);
      if (known !== undefined) files.set(name, known);
    });
    this.#changing = changing;
    this.#take(new Map([...found.keys()].flatMap((name) => entry(files, name))));
    return changing.size === 0 ? 'at rest' : 'changing';
  }

  /** The state of each file that is there or was there, by name. */
  async #find(): Promise<Map<string, State>> {
    const there = new Set(await resourceFiles(this.#directory));
    const names = [...new Set([...there, ...this.#files.keys()])].sort();
    const found = new Map<string, State>(names.map((name) => [name, 'gone']));
    await forEachAtOnce([...there], async (name) => {
      const path = join(this.#directory, name);
      const stats = await stat(path, { bigint: true }).catch(() => undefined);
      found.set(name, stats === undefined ? 'unreadable' : identityOf(path, stats));
    });
    return found;
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

function isSame(a: State | undefined, b: State): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && sameFile(a, b));
}

function entry<V>(map: ReadonlyMap<string, V>, key: string): [string, V][] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}
