import { realpath } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type Finding, listFindings } from '../check.js';
import { asSerabutError, SerabutError } from '../errors.js';
import type { Renderer, Template } from '../render/liquid.js';
import { readSmallFile } from '../resources/yaml-file.js';
import { checkPlugin } from './check.js';
import type { AutomationView, BootView, DistroPlugin, OverlayEntry, OverlayView, TextSource } from './contract.js';
import { type PluginPlace, pluginAt } from './discover.js';
import { importPlugin } from './import.js';
import { pluginText, runPlugin, type Stage } from './run.js';

/** Makes one of a plugin's texts; by its template or its function, which no caller can tell apart. */
export type TextMaker<View> = (view: View) => Promise<string>;

/** A plugin that is ready: checked, and its templates parsed. */
export interface LoadedPlugin {
  readonly plugin: DistroPlugin;
  readonly origin: string;
  readonly boot: TextMaker<BootView>;
  readonly automation: ReadonlyMap<string, TextMaker<AutomationView>>;
  /** The makers of those entries of overlays that are made. */
  readonly overlay: ReadonlyMap<OverlayEntry, TextMaker<OverlayView>>;
  /** Its templates by what they are for, such as `boot` and `automation.preseed.cfg`. */
  readonly templates: ReadonlyMap<string, Template>;
  /** Ends the plugin's process, if it has one, as soon as nothing waits for it. */
  close(): void;
}

/** Imports and checks the plugin of a directory. Throws one SerabutError that holds every finding. */
export async function loadPlugin(directory: string, renderer: Renderer, isBuiltIn: boolean): Promise<LoadedPlugin> {
  const place = await pluginAt(directory).catch(({ message }: Error) => {
    throw new SerabutError('SERABUT_ERR_PLUGIN_INVALID', message, { where: directory });
  });
  const { exported, close } = await importPlugin(place, isBuiltIn);
  try {
    return { ...(await preparePlugin(exported, place, renderer)), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Checks what a plugin exports, and makes its texts ready. Throws SERABUT_ERR_PLUGIN_INVALID with every finding. */
export async function preparePlugin(
  exported: unknown,
  place: PluginPlace,
  renderer: Renderer,
): Promise<Omit<LoadedPlugin, 'close'>> {
  const problems = checkPlugin(exported);
  if (problems.length > 0) throw invalidPlugin(idOf(exported), place.entry, problems);
  const plugin = exported as DistroPlugin;
  const texts = new Texts(plugin, place, renderer);
  const boot = await texts.maker<BootView>('boot', plugin.boot, 'boot');
  const automation = new Map<string, TextMaker<AutomationView>>();
  for (const [name, source] of Object.entries(plugin.automation)) {
    automation.set(name, await texts.maker<AutomationView>(`automation.${name}`, source, `automation ${name}`));
  }
  const overlay = await overlayMakers(plugin, texts);
  if (texts.problems.length > 0) throw invalidPlugin(plugin.id, place.entry, texts.problems);
  return { plugin, origin: place.entry, boot, automation, overlay, templates: texts.templates };
}

async function overlayMakers({ media }: DistroPlugin, texts: Texts): Promise<LoadedPlugin['overlay']> {
  const makers = new Map<OverlayEntry, TextMaker<OverlayView>>();
  for (const [index, { overlay = [] }] of media.entries()) {
    for (const [number, entry] of overlay.entries()) {
      if (entry.template === undefined && entry.render === undefined) continue;
      const path = `media[${index}].overlay[${number}]`;
      makers.set(entry, await texts.maker<OverlayView>(path, entry, `overlay ${entry.to}`));
    }
  }
  return makers;
}

/** The error for a plugin that cannot be used: each finding on a line of its own, with path, expected and received. */
export function invalidPlugin(id: string | undefined, origin: string, problems: readonly Finding[]): SerabutError {
  const name = id === undefined ? 'a plugin' : `plugin "${id}"`;
  return new SerabutError('SERABUT_ERR_PLUGIN_INVALID', `${name} has ${listFindings(problems)}`, { where: origin });
}

function idOf(exported: unknown): string | undefined {
  const id = typeof exported === 'object' && exported !== null && 'id' in exported ? exported.id : undefined;
  // One that is none is shown by its finding.
  return typeof id === 'string' && /^[a-z0-9-]{1,40}$/.test(id) ? id : undefined;
}

/** Turns a plugin's text sources into makers and collects what is wrong with its templates. */
class Texts {
  readonly problems: Finding[] = [];
  readonly templates = new Map<string, Template>();

  constructor(
    private readonly plugin: DistroPlugin,
    private readonly place: PluginPlace,
    private readonly renderer: Renderer,
  ) {}

  async maker<View>(path: string, source: TextSource<View>, stage: Stage): Promise<TextMaker<View>> {
    const { id } = this.plugin;
    const template = source.template === undefined ? undefined : await this.#parse(path, source.template);
    const make = (view: View) => (template === undefined ? source.render?.(view) : template.render(view as object));
    return async (view) => pluginText(id, stage, await runPlugin(id, stage, () => make(view)));
  }

  async #parse(path: string, name: string): Promise<Template | undefined> {
    try {
      const file = await realpath(join(this.place.directory, name));
      const inside = relative(await realpath(this.place.directory), file);
      if (inside.startsWith(`..${sep}`)) throw new Error('it leads out of the directory');
      const template = this.renderer.parse(await readSmallFile(file), file);
      this.templates.set(path, template);
      return template;
    } catch (thrown) {
      const { message, where } = asSerabutError(thrown);
      const received = `${JSON.stringify(name)} (${message}${where === undefined ? '' : ` at ${where}`})`;
      this.problems.push({
        path,
        expected: "a template in the plugin's directory that can be read and parsed",
        received,
      });
      return undefined;
    }
  }
}
