import { readFile, stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parseDocument } from 'yaml';
import { SerabutError } from '../errors.js';
import type { PluginPlace } from './discover.js';
import { runPlugin } from './run.js';
import { PluginWorker } from './worker.js';

/** What a plugin's entry exports, not yet checked, and how to end what keeps it going. */
export interface Imported {
  readonly exported: unknown;
  close(): void;
}

/** How much a plugin.yaml may hold, in bytes. */
const yamlLimit = 256 * 1024;

/**
 * Reads what a plugin is: from plugin.yaml, from a module in a thread of its own, or, where it is one of Serabut's own,
 * from a module in the server's.
 */
export async function importPlugin({ directory, entry }: PluginPlace, isBuiltIn: boolean): Promise<Imported> {
  if (entry.endsWith('.yaml'))
    return { exported: await runPlugin(directory, 'load', () => readYaml(entry)), close() {} };
  const url = pathToFileURL(entry).href;
  if (isBuiltIn) return { exported: ((await import(url)) as { default?: unknown }).default, close() {} };
  const worker = new PluginWorker(url);
  try {
    return { exported: await runPlugin(directory, 'load', () => worker.exported()), close: () => worker.close() };
  } catch (error) {
    worker.close();
    throw error;
  }
}

async function readYaml(path: string): Promise<unknown> {
  const { size } = await stat(path);
  if (size > yamlLimit) throw invalid(path, `it has ${size} bytes, more than ${yamlLimit}`);
  const document = parseDocument(await readFile(path, 'utf8'), { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) throw invalid(path, `it is no YAML: ${error.message}`);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw invalid(path, String(cause));
  }
}

function invalid(where: string, message: string): SerabutError {
  return new SerabutError('SERABUT_ERR_PLUGIN_INVALID', `a plugin cannot be read: ${message}`, { where });
}
