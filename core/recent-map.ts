/** Values by a key that others choose: when there are too many, the one that was longest not asked for goes. */
export class RecentMap<Value> {
  readonly #values = new Map<string, Value>();

  constructor(private readonly most: number) {}

  /** The value, made when there is none; it counts as the newest from now on. */
  take(key: string, make: () => Value): Value {
    const value = this.#values.get(key) ?? make();
    this.set(key, value);
    return value;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.most) return;
      this.#values.delete(oldest);
    }
  }

  delete(key: string): boolean {
    return this.#values.delete(key);
  }

  entries(): IterableIterator<[string, Value]> {
    return this.#values.entries();
  }

  clear(): void {
    this.#values.clear();
  }
}
