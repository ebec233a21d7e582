import { asSerabutError, SerabutError } from '../errors.js';
import type { Renderer } from '../render/liquid.js';
import { pluginDirectories, stampOf } from './discover.js';
import { invalidPlugin, type LoadedPlugin, loadPlugin } from './load.js';

/** A plugin that could not be loaded, and why. The others work, and so does what it was before. */
export interface FailedPlugin {
  readonly origin: string;
  readonly error: SerabutError;
}

/** Where plugins are looked for. */
export interface PluginSource {
  /** A directory with plugins below it; with `isPlugin` the directory of a plugin itself. */
  readonly directory: string;
  readonly isPlugin?: boolean;
  /** Whether they are Serabut's own, which run in the server's own process and never change. */
  readonly isBuiltIn?: boolean;
  /** Which of them, by the names of their directories; all when left out. */
  readonly only?: readonly string[] | undefined;
}

/** What is known of one directory. */
interface Tracked {
  readonly directory: string;
  readonly isBuiltIn: boolean;
  /** The stamp of the files that were last loaded, and of those seen at the last look. */
  loadedStamp: string | undefined;
  seenStamp: string | undefined;
  /** Whether it was there at the last look. */
  isPresent: boolean;
  /** When a load that failed for no fault in the files may be tried again, by performance.now(). */
  retryAt: number;
  /** What works, which is not the newest when that one failed. */
  usable?: LoadedPlugin;
  error?: SerabutError | undefined;
}

/** After how many milliseconds a load that took too long is tried again. */
const retryMs = 10_000;

/** All plugins, those that work and those that do not, kept up to date while their files change. */
export class PluginRegistry {
  readonly #sources: readonly PluginSource[];
  readonly #renderer: Renderer;
  readonly #listeners = new Set<() => void>();
  readonly #tracked = new Map<string, Tracked>();
  #loaded = new Map<string, LoadedPlugin>();
  #failed: readonly FailedPlugin[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(sources: readonly PluginSource[], renderer: Renderer) {
    this.#sources = sources;
    this.#renderer = renderer;
  }

  /** Loads every plugin of the sources; in case of two of one id the first one stays. */
  static async load(sources: readonly PluginSource[], renderer: Renderer): Promise<PluginRegistry> {
    const registry = new PluginRegistry(sources, renderer);
    await registry.#look({ isFirst: true });
    return registry;
  }

  /**
   * Looks at the files again and again, `pollMs` milliseconds apart: the one way to see changes that works for
   * ConfigMaps and network file systems as well. What changed is acted upon when two looks saw the same.
   */
  watch(pollMs: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(async () => {
      await this.#look({ isFirst: false });
      this.watch(pollMs);
    }, pollMs).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#listeners.clear();
    for (const { usable } of this.#tracked.values()) usable?.close();
  }

  /** Calls the listener after every change of what there is. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  get(id: string): LoadedPlugin | undefined {
    return this.#loaded.get(id);
  }

  get loaded(): readonly LoadedPlugin[] {
    return [...this.#loaded.values()];
  }

  get failed(): readonly FailedPlugin[] {
    return this.#failed;
  }

  async #look({ isFirst }: { isFirst: boolean }): Promise<void> {
    const present = new Set<string>();
    for (const source of this.#sources) {
      for (const directory of await directoriesOf(source)) {
        present.add(directory);
        if (!this.#tracked.has(directory)) this.#tracked.set(directory, newlyFound(directory, source));
      }
    }
    const all = [...this.#tracked.values()];
    const gone = all.filter((tracked) => this.#isGone(tracked, present.has(tracked.directory)));
    const changed = await Promise.all(
      all.filter(({ isPresent }) => isPresent).map((tracked) => this.#update(tracked, isFirst)),
    );
    if (this.#closed || (gone.length === 0 && !changed.includes(true))) return;
    this.#settle();
    for (const listener of this.#listeners) listener();
  }

  /** Takes a plugin away that two looks did not see: some programs remove a file in order to write it anew. */
  #isGone(tracked: Tracked, isPresent: boolean): boolean {
    const wasPresent = tracked.isPresent;
    tracked.isPresent = isPresent;
    if (isPresent || wasPresent) return false;
    tracked.usable?.close();
    this.#tracked.delete(tracked.directory);
    return true;
  }

  /** Loads a plugin whose files have changed and then stayed the same for two looks; says whether it did. */
  async #update(tracked: Tracked, isFirst: boolean): Promise<boolean> {
    if (tracked.isBuiltIn && tracked.usable !== undefined) return false;
    const stamp = tracked.isBuiltIn ? '' : await stampOf(tracked.directory);
    const isSettled = isFirst || stamp === tracked.seenStamp;
    tracked.seenStamp = stamp;
    const isOld = stamp === tracked.loadedStamp && performance.now() < tracked.retryAt;
    if (!isSettled || isOld) return false;
    tracked.loadedStamp = stamp;
    await this.#load(tracked);
    return true;
  }

  async #load(tracked: Tracked): Promise<void> {
    const { usable: old, directory, isBuiltIn } = tracked;
    tracked.retryAt = Number.POSITIVE_INFINITY;
    try {
      const loaded = await loadPlugin(directory, this.#renderer, isBuiltIn);
      tracked.usable = loaded;
      tracked.error = undefined;
      old?.close();
      if (this.#closed) loaded.close();
    } catch (thrown) {
      const error = asSerabutError(thrown);
      if (error.code !== 'SERABUT_ERR_PLUGIN_INVALID') tracked.retryAt = performance.now() + retryMs;
      tracked.error = old === undefined ? error : stillTheOld(error);
    }
  }

  /** Works out which plugins count: of several with one id the first. */
  #settle(): void {
    const loaded = new Map<string, LoadedPlugin>();
    const failed: FailedPlugin[] = [];
    for (const { directory, usable, error } of this.#tracked.values()) {
      if (error !== undefined) failed.push({ origin: error.where ?? directory, error });
      if (usable === undefined) continue;
      const { id } = usable.plugin;
      const first = loaded.get(id);
      if (first === undefined) loaded.set(id, usable);
      else failed.push({ origin: usable.origin, error: sameId(usable, first) });
    }
    this.#loaded = loaded;
    this.#failed = failed;
  }
}

function newlyFound(directory: string, { isBuiltIn = false }: PluginSource): Tracked {
  const stamps = { loadedStamp: undefined, seenStamp: undefined };
  return { directory, isBuiltIn, ...stamps, isPresent: true, retryAt: Number.POSITIVE_INFINITY };
}

async function directoriesOf({ directory, isPlugin, only }: PluginSource): Promise<string[]> {
  if (isPlugin) return [directory];
  const directories = await pluginDirectories(directory);
  return directories.filter((path) => only === undefined || only.includes(path.split('/').at(-1) ?? ''));
}

function sameId({ plugin: { id }, origin }: LoadedPlugin, first: LoadedPlugin): SerabutError {
  const expected = `an id of its own ("${id}" is the plugin at ${first.origin})`;
  return invalidPlugin(id, origin, [{ path: 'id', expected, received: JSON.stringify(id) }]);
}

function stillTheOld({ code, message, where, cause }: SerabutError): SerabutError {
  const text = `${message}\nWhat the plugin was before goes on working.`;
  return new SerabutError(code, text, where === undefined ? { cause } : { where, cause });
}
