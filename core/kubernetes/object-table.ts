import { SerabutError } from '../errors.js';
import { RecentMap } from '../recent-map.js';
import { type ApiObject, isNewer } from './api-object.js';

interface Entry<T> {
  readonly uid: string;
  readonly version: string;
  readonly value: T | SerabutError;
}

/** One that cannot be used. */
interface Broken {
  readonly name: string;
  readonly error: SerabutError;
  readonly object: ApiObject;
}

/** How many objects that have gone are remembered; an answer about one of them is never that late. */
const goneLimit = 10_000;

/**
 * The objects of one kind in memory. What comes by lists, watches and the answers to this server's own writes meets here,
 * in any order: an older one never takes the place of a newer one, and what has gone does not come back, since another
 * object of the same name has another uid.
 */
export class ObjectTable<T> {
  readonly #entries = new Map<string, Entry<T>>();
  /** Apart from the others, of which there may be many: each decision asks for these. */
  readonly #broken = new Map<string, Broken>();
  readonly #gone = new RecentMap<true>(goneLimit);
  readonly #held = new Map<string, (() => void)[]>();

  constructor(
    private readonly read: (object: ApiObject) => T | SerabutError,
    /** Told of each change; `undefined` when the object has gone or cannot be used. */
    private readonly changed: (name: string, value: T | undefined) => void,
  ) {}

  get(name: string): T | undefined {
    const value = this.#entries.get(name)?.value;
    return value instanceof SerabutError ? undefined : value;
  }

  uidOf(name: string): string | undefined {
    return this.#entries.get(name)?.uid;
  }

  *values(): Generator<T> {
    for (const { value } of this.#entries.values()) if (!(value instanceof SerabutError)) yield value;
  }

  /** Names that are taken by objects that cannot be used. */
  broken(): IterableIterator<Broken> {
    return this.#broken.values();
  }

  /** Takes over a whole list as of a version of it. What is not in it has gone, unless it is younger than the list. */
  replace(objects: readonly ApiObject[], version: string): void {
    const listed = new Set(objects.map(({ metadata }) => metadata.name));
    for (const [name, entry] of this.#entries)
      if (!listed.has(name)) this.#unlessHeld(name, () => isNewer(entry.version, version) || this.#drop(name, entry));
    for (const object of objects) this.put(object);
  }

  /** Takes over an object as it is now, or was. Gives what is there then, or what this object says if it has gone. */
  put(object: ApiObject): T | SerabutError {
    const { name, uid, resourceVersion: version, deletionTimestamp } = object.metadata;
    const before = this.#entries.get(name);
    if (before?.uid === uid && before.version === version) return before.value;
    const value = this.read(object);
    this.#unlessHeld(name, () => {
      if (deletionTimestamp === undefined) this.#set(object, { uid, version, value });
      else this.gone(object);
    });
    return value;
  }

  #set(object: ApiObject, entry: Entry<T>): void {
    const { name } = object.metadata;
    const before = this.#entries.get(name);
    if (this.#gone.get(entry.uid) || (before !== undefined && !isNewer(entry.version, before.version))) return;
    if (before !== undefined && before.uid !== entry.uid) this.#gone.set(before.uid, true);
    this.#entries.set(name, entry);
    const { value } = entry;
    if (value instanceof SerabutError) this.#broken.set(name, { name, error: value, object });
    else this.#broken.delete(name);
    this.changed(name, value instanceof SerabutError ? undefined : value);
  }

  /** The object has been deleted. Another one of its name stays. */
  gone({ metadata: { name, uid } }: ApiObject): void {
    this.#unlessHeld(name, () => {
      this.#gone.set(uid, true);
      const entry = this.#entries.get(name);
      if (entry?.uid === uid) this.#drop(name, entry);
    });
  }

  #drop(name: string, entry: Entry<T>): void {
    if (this.#entries.get(name) !== entry) return;
    this.#gone.set(entry.uid, true);
    this.#entries.delete(name);
    this.#broken.delete(name);
    this.changed(name, undefined);
  }

  /** Whether an object of this name is being made. */
  isMaking(name: string): boolean {
    return this.#held.has(name);
  }

  /**
   * Makes an object by several requests: what a watch tells of its name meanwhile waits until it is whole, so that nobody
   * sees it half made.
   */
  async make(name: string, make: () => Promise<ApiObject>): Promise<T | SerabutError> {
    const held: (() => void)[] = [];
    this.#held.set(name, held);
    try {
      const made = await make();
      this.#held.delete(name);
      return this.put(made);
    } finally {
      this.#held.delete(name);
      for (const apply of held) apply();
    }
  }

  #unlessHeld(name: string, apply: () => void): void {
    const held = this.#held.get(name);
    if (held === undefined) apply();
    else held.push(apply);
  }
}
