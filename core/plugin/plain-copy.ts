/** What crosses from a plugin's process into the server: data, and the places of the functions in it. */
export interface PlainCopy {
  /** Made of nothing but plain objects, lists, texts, numbers, booleans, null and undefined. */
  readonly value: unknown;
  /** Where the original had functions; there the copy has null. */
  readonly functions: readonly Path[];
}

export type Path = readonly (string | number)[];

/** How much a plugin may hand over at once: characters of texts and names, values, and how deep they are nested. */
const copyLimits = { characters: 4_194_304, values: 50_000, depth: 40 } as const;

/**
 * A copy of something that a plugin made, which is to be sent to another process. Own enumerable properties alone are
 * seen, getters are called here. What is neither plain data nor a function becomes its text, so that a finding can show
 * it. Throws when it is more than {@link copyLimits} allow, and what a getter throws.
 */
export function plainCopy(original: unknown): PlainCopy {
  const copier = new Copier();
  return { value: copier.copy(original, []), functions: copier.functions };
}

class Copier {
  readonly functions: Path[] = [];
  #characters = 0;
  #values = 0;

  copy(value: unknown, path: Path): unknown {
    this.#count(1);
    if (path.length > copyLimits.depth) throw new Error(`it returned values nested deeper than ${copyLimits.depth}`);
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
      case 'boolean':
      case 'undefined':
        return value;
      case 'function':
        this.functions.push(path);
        return null;
      default:
        return value === null ? null : this.#object(value, path);
    }
  }

  #object(value: unknown, path: Path): unknown {
    if (Array.isArray(value)) {
      this.#count(value.length); // Also where it is nothing but holes.
      return Array.from(value, (item, index) => this.copy(item, [...path, index]));
    }
    if (Object.prototype.toString.call(value) !== '[object Object]') return this.#text(String(value));
    const entries = Object.entries(value as object);
    return Object.fromEntries(entries.map(([name, item]) => [this.#text(name), this.copy(item, [...path, name])]));
  }

  #text(value: string): string {
    this.#characters += value.length;
    if (this.#characters <= copyLimits.characters) return value;
    throw new Error(`it returned more than ${copyLimits.characters} characters`);
  }

  #count(values: number): void {
    this.#values += values;
    if (this.#values > copyLimits.values) throw new Error(`it returned more than ${copyLimits.values} values`);
  }
}

/** The copy with functions in the places of those that the original had, where the copy has null. */
export function withFunctions({ value, functions }: PlainCopy, make: (path: Path) => unknown): unknown {
  for (const path of functions) {
    if (path.length === 0) return make(path);
    const parent = path.slice(0, -1).reduce<unknown>((at, key) => inner(at, key), value);
    const key = path.at(-1) ?? '';
    if (inner(parent, key) !== null) throw new Error('it says that a function stands where none can');
    Object.defineProperty(parent, key, { value: make(path), enumerable: true });
  }
  return value;
}

/** What an object has of its own: a path that came from elsewhere must not lead into prototypes. */
function inner(value: unknown, key: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? value[key as never] : undefined;
}
