import { asSerabutError, SerabutError } from '../errors.js';
import type { Renderer } from '../render/liquid.js';
import { discoverPlugins, type PluginPlace, pluginAt, stampOf } from './discover.js';
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

/** What is known of one place. */
interface Tracked {
  readonly place: PluginPlace;
  readonly isBuiltIn: boolean;
  /** The stamp of the files that were last loaded, and of those seen at the last look. */
  loadedStamp: string;
  seenStamp: string;
  /** What works, which is not the newest when that one failed. */
  usable?: LoadedPlugin;
  error?: SerabutError | undefined;
}

/** All plugins, those that work and those that do not, kept up to date while their files change. */
export class PluginRegistry {
  readonly #sources: readonly PluginSource[];
  readonly #renderer: Renderer;
  readonly #listeners = new Set<() => void>();
  #tracked = new Map<string, Tracked>();
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
   * ConfigMaps and network file systems as well. What changed is loaded when two looks saw the same.
   */
  watch(pollMs: number): void {
    this.#timer = setTimeout(async () => {
      await this.#look({ isFirst: false }).catch(() => {}); // A directory that cannot be read now changes nothing.
      if (!this.#closed) this.watch(pollMs);
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
    const before = this.#tracked;
    const now = new Map<string, Tracked>();
    for (const source of this.#sources) {
      for (const place of await placesOf(source)) {
        const isBuiltIn = source.isBuiltIn ?? false;
        now.set(place.entry, before.get(place.entry) ?? { place, isBuiltIn, loadedStamp: '', seenStamp: '' });
      }
    }
    const changed = await Promise.all([...now.values()].map((tracked) => this.#update(tracked, isFirst)));
    const gone = [...before].filter(([entry]) => !now.has(entry));
    for (const [, { usable }] of gone) usable?.close();
    this.#tracked = now;
    if (gone.length === 0 && !changed.includes(true)) return;
    this.#settle();
    for (const listener of this.#listeners) listener();
  }

  /** Loads a plugin whose files have changed and then stayed the same for two looks; says whether it did. */
  async #update(tracked: Tracked, isFirst: boolean): Promise<boolean> {
    if (tracked.isBuiltIn && tracked.usable !== undefined) return false;
    const stamp = tracked.isBuiltIn ? '' : await stampOf(tracked.place.directory);
    const isSettled = isFirst || stamp === tracked.seenStamp;
    tracked.seenStamp = stamp;
    if (!isSettled || (!isFirst && stamp === tracked.loadedStamp)) return false;
    tracked.loadedStamp = stamp;
    const { usable: old } = tracked;
    try {
      tracked.usable = await loadPlugin(tracked.place, this.#renderer, tracked.isBuiltIn);
      tracked.error = undefined;
      old?.close();
    } catch (thrown) {
      tracked.error = old === undefined ? asSerabutError(thrown) : stillTheOld(asSerabutError(thrown));
    }
    return true;
  }

  /** Works out which plugins count: of several with one id the first. */
  #settle(): void {
    const loaded = new Map<string, LoadedPlugin>();
    const failed: FailedPlugin[] = [];
    for (const { place, usable, error } of this.#tracked.values()) {
      if (error !== undefined) failed.push({ origin: place.entry, error });
      if (usable === undefined) continue;
      const { id } = usable.plugin;
      const first = loaded.get(id);
      if (first === undefined) loaded.set(id, usable);
      else failed.push({ origin: place.entry, error: sameId(id, place, first) });
    }
    this.#loaded = loaded;
    this.#failed = failed;
  }
}

async function placesOf({ directory, isPlugin, only }: PluginSource): Promise<PluginPlace[]> {
  if (isPlugin) {
    const place = await pluginAt(directory);
    if (place !== undefined) return [place];
    const message = 'there is no plugin: neither package.json with exports, index.mjs, index.js nor plugin.yaml';
    throw new SerabutError('SERABUT_ERR_PLUGIN_INVALID', message, { where: directory });
  }
  const places = await discoverPlugins(directory);
  return places.filter((place) => only === undefined || only.includes(place.directory.split('/').at(-1) ?? ''));
}

function sameId(id: string, place: PluginPlace, first: LoadedPlugin): SerabutError {
  const expected = `an id of its own ("${id}" is the plugin at ${first.origin})`;
  return invalidPlugin(id, place.entry, [{ path: 'id', expected, received: JSON.stringify(id) }]);
}

function stillTheOld({ code, message, where, cause }: SerabutError): SerabutError {
  const text = `${message}\nWhat the plugin was before goes on working.`;
  return new SerabutError(code, text, where === undefined ? { cause } : { where, cause });
}
