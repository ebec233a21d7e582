/** What crosses from a plugin's process into the server: data, and the places of the functions in it. */
export interface PlainCopy {
  /** Made of nothing but plain objects, lists, texts, numbers, booleans, null and undefined. */
  readonly value: unknown;
  /** Where the original had functions; there the copy has null. */
  readonly functions: readonly Path[];
}

export type Path = readonly (string | number)[];

/** How much a plugin may hand over at once: characters of texts and names, values, and how deep they are nested. */
export const copyLimits = { characters: 4_194_304, values: 50_000, depth: 40 } as const;

/**
 * A copy of something that a plugin made, which is to be sent to another process. Own enumerable properties alone are
 * seen, getters are called here. What is neither plain data nor a function becomes its text, so that a finding can show
 * it. Throws when it is more than {@link copyLimits} allow, and what a getter throws.
 */
export function plainCopy(original: unknown): PlainCopy {
  const functions: Path[] = [];
  let [characters, values] = [0, 0];
  const text = (value: string): string => {
    characters += value.length;
    if (characters > copyLimits.characters)
      throw new Error(`it returned more than ${copyLimits.characters} characters`);
    return value;
  };
  const copy = (value: unknown, path: Path): unknown => {
    values += 1;
    if (values > copyLimits.values) throw new Error(`it returned more than ${copyLimits.values} values`);
    if (path.length > copyLimits.depth) throw new Error(`it returned values nested deeper than ${copyLimits.depth}`);
    if (typeof value === 'string') return text(value);
    if (typeof value === 'function') {
      functions.push(path);
      return null;
    }
    if (value === null || ['number', 'boolean', 'undefined'].includes(typeof value)) return value;
    if (Array.isArray(value)) return value.map((item, index) => copy(item, [...path, index]));
    if (Object.prototype.toString.call(value) !== '[object Object]') return text(String(value));
    const entries = Object.entries(value as object);
    return Object.fromEntries(entries.map(([name, item]) => [text(name), copy(item, [...path, name])]));
  };
  return { value: copy(original, []), functions };
}

/** The copy with functions in the places of those that the original had. */
export function withFunctions({ value, functions }: PlainCopy, make: (path: Path) => unknown): unknown {
  for (const path of functions) {
    const parent = path.slice(0, -1).reduce<unknown>((at, key) => at?.[key as never], value);
    const made = make(path);
    if (path.length === 0) return made;
    Object.defineProperty(parent, path.at(-1) ?? '', { value: made, enumerable: true });
  }
  return value;
}
