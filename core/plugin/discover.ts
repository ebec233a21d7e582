import { type Dirent, existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A place where a plugin was found: its directory and the module to import. */
export interface PluginPlace {
  readonly directory: string;
  readonly module: string;
}

const moduleNames = ['index.mjs', 'index.js'] as const;

/**
 * The plugins below a directory, one per subdirectory with an index module, in the order of their names. Names with a
 * dot in front are skipped: a mounted ConfigMap holds `..data` and a dated directory beside what it shows.
 */
export async function discoverPlugins(parent: string): Promise<PluginPlace[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(ignoreMissing);
  const directories = entries
    .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()))
    .map((entry) => join(parent, entry.name))
    .sort();
  return directories.flatMap((directory) => {
    const module = moduleNames.map((name) => join(directory, name)).find((path) => existsSync(path));
    return module === undefined ? [] : [{ directory, module }];
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): Dirent[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
