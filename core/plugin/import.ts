import { pathToFileURL } from 'node:url';
import { listFindings } from '../check.js';
import { SerabutError } from '../errors.js';
import { readYaml } from '../resources/yaml-file.js';
import { type PluginPlace, strayLink } from './discover.js';
import { PluginProcess } from './plugin-process.js';
import { runPlugin } from './run.js';

/** What a plugin's entry exports, not yet checked, and how to end what keeps it going. */
export interface Imported {
  readonly exported: unknown;
  close(): void;
}

/**
 * Reads what a plugin is: from plugin.yaml, from a module in a process of its own, or, where it is one of Serabut's own,
 * from a module in the server's.
 */
export async function importPlugin(place: PluginPlace, isBuiltIn: boolean): Promise<Imported> {
  const { directory, entry } = place;
  if (isBuiltIn)
    return { exported: ((await import(pathToFileURL(entry).href)) as { default?: unknown }).default, close() {} };
  const stray = await strayLink(directory);
  if (stray !== undefined) throw invalid(stray, ["a link leads out of the plugin's directory"]);
  if (entry.endsWith('.yaml')) return { exported: await fromYaml(entry), close() {} };
  const child = new PluginProcess(place);
  try {
    return { exported: await runPlugin(directory, 'load', () => child.exported()), close: () => child.close() };
  } catch (error) {
    child.close();
    throw error;
  }
}

/** The one document of a plugin.yaml. */
async function fromYaml(path: string): Promise<unknown> {
  const [document, ...others] = await readYaml(path);
  if (document === undefined || others.length > 0) throw invalid(path, ['it holds one document']);
  if ('problems' in document) throw invalid(path, document.problems);
  return document.value;
}

function invalid(where: string, problems: readonly string[]): SerabutError {
  return new SerabutError('SERABUT_ERR_PLUGIN_INVALID', `a plugin has ${listFindings(problems)}`, { where });
}
