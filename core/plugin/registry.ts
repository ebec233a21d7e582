import { asSerabutError, type SerabutError } from '../errors.js';
import type { Renderer } from '../render/liquid.js';
import { discoverPlugins } from './discover.js';
import { invalidPlugin, type LoadedPlugin, loadPlugin } from './load.js';

/** A plugin that could not be loaded, and why. The others work. */
export interface FailedPlugin {
  readonly origin: string;
  readonly error: SerabutError;
}

/** All plugins, those that work and those that do not. */
export class PluginRegistry {
  readonly #loaded = new Map<string, LoadedPlugin>();
  readonly #failed: FailedPlugin[] = [];

  /** Loads every plugin below the directories; in case of two of one id the first one stays. */
  static async load(directories: readonly string[], renderer: Renderer): Promise<PluginRegistry> {
    const registry = new PluginRegistry();
    for (const directory of directories) {
      for (const place of await discoverPlugins(directory)) {
        try {
          registry.#add(await loadPlugin(place, renderer));
        } catch (thrown) {
          registry.#failed.push({ origin: place.module, error: asSerabutError(thrown) });
        }
      }
    }
    return registry;
  }

  #add(candidate: LoadedPlugin): void {
    const { id } = candidate.plugin;
    const first = this.#loaded.get(id);
    if (first !== undefined) {
      const expected = `an id of its own ("${id}" is the plugin at ${first.origin})`;
      throw invalidPlugin(id, candidate.origin, [{ path: 'id', expected, received: JSON.stringify(id) }]);
    }
    this.#loaded.set(id, candidate);
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
}
