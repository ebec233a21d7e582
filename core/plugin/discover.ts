import { type Dirent, existsSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { readSmallFile } from '../resources/yaml-file.js';

/** A place where a plugin was found: its directory, and the file in it that says what it is. */
export interface PluginPlace {
  readonly directory: string;
  /** A JavaScript module, or `plugin.yaml` of a plugin without code. */
  readonly entry: string;
}

/** Looked for in a directory in this order, after what its package.json names. */
export const entryNames = ['index.mjs', 'index.js', 'plugin.yaml'] as const;

/** Which packages of npm are plugins: those of such a name, with or without a scope. */
const packageName = /^serabut-plugin-/;

/**
 * The directories below a directory that should hold a plugin each, in the order of their names: every subdirectory, and
 * every package called `serabut-plugin-…` that npm has installed there. Names with a dot in front are skipped: a mounted
 * ConfigMap holds `..data` and a dated directory beside what it shows.
 */
export async function pluginDirectories(parent: string): Promise<string[]> {
  const [own, packages] = await Promise.all([subdirectories(parent), packageDirectories(join(parent, 'node_modules'))]);
  return [...own.filter((name) => name !== 'node_modules').map((name) => join(parent, name)), ...packages];
}

/** The plugin that a directory holds. Throws a sentence that says why it holds none. */
export async function pluginAt(directory: string): Promise<PluginPlace> {
  const named = await packageEntry(directory);
  const names = [...(named === undefined ? [] : [named]), ...entryNames];
  const entry = names.map((name) => join(directory, name)).find((path) => existsSync(path));
  if (entry === undefined) throw new Error(`there is no plugin: expected one of ${names.join(', ')}, received none`);
  const [root, real] = await Promise.all([realpath(directory), realpath(entry)]);
  if (leadsOut(root, real)) throw new Error(`${entry} leads out of the plugin's directory`);
  return { directory, entry };
}

/** Names may begin with two dots, as the directories of a ConfigMap do. */
function leadsOut(root: string, path: string): boolean {
  return /^\.\.(\/|$)/.test(relative(root, path));
}

async function packageDirectories(modules: string): Promise<string[]> {
  const names = await subdirectories(modules);
  const scopes = names.filter((name) => name.startsWith('@'));
  const scoped = await Promise.all(
    scopes.map(async (scope) => (await subdirectories(join(modules, scope))).map((name) => join(scope, name))),
  );
  const isPlugin = (name: string) => packageName.test(name.split('/').at(-1) ?? '');
  return [...names, ...scoped.flat()].filter(isPlugin).map((name) => join(modules, name));
}

/** The module that a package.json names by `exports` or `main`, as Node would take it for an import. */
async function packageEntry(directory: string): Promise<string | undefined> {
  const text = await readSmallFile(join(directory, 'package.json')).catch(() => '{}');
  const { exports, main } = parsed(text);
  const root = isObject(exports) && '.' in exports ? exports['.'] : exports;
  const module = isObject(root) ? (root.import ?? root.node ?? root.default) : root;
  return [module, main].find((name) => typeof name === 'string');
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** What cannot be read holds nothing. */
async function subdirectories(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch((): Dirent[] => []);
  return entries
    .filter((entry) => !entry.name.startsWith('.') && (entry.isDirectory() || entry.isSymbolicLink()))
    .map(({ name }) => name)
    .sort();
}

/** How many files of a plugin are looked at, and how deep. */
const stampLimits = { files: 1_000, depth: 5 } as const;

/**
 * What the files of a plugin look like from outside: a text that differs when one of them was changed, replaced, added
 * or removed. Links are followed, so that a ConfigMap's new content shows (kubelet swaps a link for all its files).
 */
export async function stampOf(directory: string): Promise<string> {
  const rows: string[] = [];
  const look = async (path: string, depth: number): Promise<void> => {
    const entries = await readdir(path).catch(() => []);
    for (const name of entries.filter((name) => !name.startsWith('.') && name !== 'node_modules').sort()) {
      const stats = await stat(join(path, name)).catch(() => undefined);
      if (stats === undefined || rows.length >= stampLimits.files) continue;
      if (stats.isDirectory() && depth > 0) await look(join(path, name), depth - 1);
      else rows.push(`${join(path, name)} ${stats.ino} ${stats.size} ${stats.mtimeMs}`);
    }
  };
  await look(directory, stampLimits.depth);
  return rows.join('\n');
}

/** A link in a plugin's directory that leads out of it: the plugin's process would read what lies behind it. */
export async function strayLink(directory: string): Promise<string | undefined> {
  const root = await realpath(directory);
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  for (const entry of entries.slice(0, stampLimits.files)) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink() || path.includes('/node_modules/.bin/')) continue;
    const target = await realpath(path).catch(() => root);
    if (leadsOut(root, target)) return path;
  }
  return undefined;
}
