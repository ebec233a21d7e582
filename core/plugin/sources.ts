import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SerabutError } from '../errors.js';
import { entryNames } from './discover.js';
import type { PluginSource } from './registry.js';

/** Which plugins there are. */
export interface PluginChoice {
  /** The ids of the built-in ones that are on; all by default. */
  readonly builtIn?: readonly string[] | undefined;
  /** Directories whose subdirectories are plugins, besides `plugins/` of the data directory. */
  readonly directories?: readonly string[] | undefined;
  /** Directories that are a plugin each. */
  readonly single?: readonly string[] | undefined;
}

/** The built-in plugins, which keep the same contract as any other; each is in a directory of its id. */
const builtInPlugins = fileURLToPath(new URL('../../plugins', import.meta.url));

/** The ids of the built-in plugins. */
export function builtInIds(): string[] {
  return readdirSync(builtInPlugins);
}

/** Where plugins are looked for, in the order in which they count. Throws for a built-in one that does not exist. */
export function pluginSources(dataDirectory: string, choice: PluginChoice = {}): PluginSource[] {
  const { builtIn: only, directories = [], single = [] } = choice;
  const known = builtInIds();
  for (const name of only ?? []) {
    if (known.includes(name)) continue;
    const message = `there is no built-in plugin "${name}": choose of ${known.join(', ')}`;
    throw new SerabutError('SERABUT_ERR_BAD_REQUEST', message);
  }
  for (const directory of directories) requireParent(directory);
  return [
    { directory: builtInPlugins, isBuiltIn: true, only },
    ...[join(dataDirectory, 'plugins'), ...directories].map((directory) => ({ directory })),
    ...single.map((directory) => ({ directory, isPlugin: true, isBuiltIn: dirname(directory) === builtInPlugins })),
  ];
}

/** Throws where somebody named the directory of a plugin, or none, in place of the one above it. */
function requireParent(directory: string): void {
  const isPlugin = entryNames.some((name) => existsSync(join(directory, name)));
  if (existsSync(directory) && !isPlugin) return;
  const message = `${directory} ${isPlugin ? 'is a plugin itself: name the directory above it' : 'is not there'}`;
  throw new SerabutError('SERABUT_ERR_BAD_REQUEST', message);
}
