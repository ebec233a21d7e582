/** Names of objects by keys that are made of the objects. */
export class NameIndex<T> {
  readonly #keys = new Map<string, readonly string[]>();
  readonly #names = new Map<string, Set<string>>();

  constructor(private readonly keysOf: (object: T) => readonly string[]) {}

  of(key: string): ReadonlySet<string> {
    return this.#names.get(key) ?? none;
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
    if (names === undefined) this.#names.set(key, new Set([name]));
    else names.add(name);
  }

  #remove(key: string, name: string): void {
    const names = this.#names.get(key);
    names?.delete(name);
    if (names?.size === 0) this.#names.delete(key);
  }
}

const none: ReadonlySet<string> = new Set();
