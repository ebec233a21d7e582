import type { IsoLibrary } from '../iso/library.js';
import type { PluginRegistry } from '../plugin/registry.js';
import type { Store, Stored } from '../resources/store.js';

/** That something is not any more what it was. */
export interface Change {
  readonly kind: 'Machine' | 'Image' | 'Distro' | 'Plugin';
  /** Null: some of the kind, or all. */
  readonly name: string | null;
}

export interface FeedSources {
  readonly store: Pick<Store, 'onObject' | 'onSnapshot'>;
  readonly library: Pick<IsoLibrary, 'onChange'>;
  readonly plugins: Pick<PluginRegistry, 'onChange'>;
  /** Tells of what was seen of a machine and is not written yet. */
  readonly machines: { onSign(listener: (machine: string) => void): void };
}

/** Changes are told at most so often, in milliseconds; of more machines than these at once only that there are many. */
const everyMs = 500;
const mostNamed = 200;

/**
 * Tells whoever listens what has changed: the first change at once, what comes in the next half second together. While
 * nobody listens it keeps nothing.
 */
export class ChangeFeed {
  readonly #listeners = new Set<(changes: readonly Change[]) => void>();
  readonly #waiting = new Map<string, Change>();
  readonly #stop: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor({ store, library, plugins, machines }: FeedSources) {
    store.onObject((kind, name, object) => {
      if (kind === 'Machine') this.#changed('Machine', name);
      else if (object !== undefined)
        this.#changed('Machine', (object as unknown as Stored<'Installation'>).spec.machine);
    });
    machines.onSign((machine) => this.#changed('Machine', machine));
    store.onSnapshot(() => this.#all('Image', 'Distro'));
    this.#stop = library.onChange(() => this.#all('Image', 'Distro'));
    plugins.onChange(() => this.#all('Plugin', 'Distro'));
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Calls the listener with changes until the function that comes back is called. */
  listen(listener: (changes: readonly Change[]) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  close(): void {
    this.#stop();
    this.#listeners.clear();
    clearTimeout(this.#timer);
  }

  #all(...kinds: Change['kind'][]): void {
    for (const kind of kinds) this.#changed(kind, null);
  }

  #changed(kind: Change['kind'], name: string | null): void {
    if (this.#listeners.size === 0) return;
    const change = this.#waiting.size < mostNamed ? { kind, name } : { kind, name: null };
    this.#waiting.set(`${kind}/${change.name ?? ''}`, change);
    if (this.#timer === undefined) this.#tell();
  }

  #tell(): void {
    const changes = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#timer = undefined;
    if (changes.length === 0) return;
    this.#timer = setTimeout(() => this.#tell(), everyMs);
    for (const listener of this.#listeners) listener(changes);
  }
}
