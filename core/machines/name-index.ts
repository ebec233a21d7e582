/** Names of objects by keys that are made of the objects. */
export class NameIndex<T> {
  readonly #keys = new Map<string, readonly string[]>();
  /** One name by itself: most keys have no other, and each set is three more places in memory to be fetched. */
  readonly #names = new Map<string, string | Set<string>>();

  constructor(private readonly keysOf: (object: T) => readonly string[]) {}

  of(key: string): Iterable<string> {
    const names = this.#names.get(key) ?? none;
    return typeof names === 'string' ? [names] : names;
  }

  /** How many names a key has. */
  count(key: string): number {
    const names = this.#names.get(key) ?? none;
    return typeof names === 'string' ? 1 : names.size;
  }

  /** Sets the present object of a name; returns its keys before and now. */
  set(name: string, object: T | undefined): Set<string> {
    const before = this.#keys.get(name) ?? [];
    const now = object === undefined ? [] : this.keysOf(object);
    for (const key of before) this.#remove(key, name);
    for (const key of now) this.#add(key, name);
    if (now.length === 0) this.#keys.delete(name);
    else this.#keys.set(name, now);
    return new Set([...before, ...now]);
  }

  #add(key: string, name: string): void {
    const names = this.#names.get(key);
    if (names === undefined) this.#names.set(key, name);
    else if (typeof names !== 'string') names.add(name);
    else if (names !== name) this.#names.set(key, new Set([names, name]));
  }

  #remove(key: string, name: string): void {
    const names = this.#names.get(key);
    if (typeof names === 'object') names.delete(name);
    if (names === name || (typeof names === 'object' && names.size === 0)) this.#names.delete(key);
  }
}

const none: ReadonlySet<string> = new Set();
