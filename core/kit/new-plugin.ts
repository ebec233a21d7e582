import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SerabutError } from '../errors.js';
import { builtInIds } from '../plugin/sources.js';

/** The three forms of a plugin: a module in a directory, a package of npm, no code at all. */
export const forms = ['directory', 'npm', 'yaml'] as const;

/** What a new plugin is made of: `common/`, and a directory for each form; a package has the module too. `NAME` is its id. */
const scaffold = fileURLToPath(new URL('./scaffold', import.meta.url));

/** Writes a new plugin below a directory; returns where. Throws SERABUT_ERR_BAD_REQUEST when it cannot be. */
export async function newPlugin(name: string, form: (typeof forms)[number], parent: string): Promise<string> {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > 40) {
    throw refused(`a plugin is called by lower-case letters, digits and dashes, not "${name}"`);
  }
  if (builtInIds().includes(name))
    throw refused(`"${name}" is a plugin of Serabut's own: two of one id cannot be loaded`);
  const directory = join(parent, form === 'npm' ? `serabut-plugin-${name}` : name);
  if (existsSync(directory)) throw refused(`${directory} is there already`);
  const made = await mkdtemp(`${directory}-`).catch((cause: Error) => {
    throw refused(`nothing can be written below ${parent}: ${cause.message}`);
  });
  try {
    for (const part of ['common', form]) await cp(join(scaffold, part), made, { recursive: true });
    if (form === 'npm') await cp(join(scaffold, 'directory/index.mjs'), join(made, 'index.js'));
    for (const entry of await readdir(made, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const named = join(entry.parentPath, entry.name.replaceAll('NAME', name));
      await writeFile(path, (await readFile(path, 'utf8')).replaceAll('NAME', name));
      await rename(path, named);
    }
    await rename(made, directory);
    return directory;
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    throw error;
  }
}

function refused(message: string): SerabutError {
  return new SerabutError('SERABUT_ERR_BAD_REQUEST', message);
}
