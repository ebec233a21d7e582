import { SerabutError } from '../errors.js';
import { leastMemoryScript } from '../machines/memory.js';
import type { BootableDistro } from '../resources/catalogue.js';
import { type AutomationContext, automationView, bootView, type ViewContext } from './views.js';

/** What of a request for a boot script counts besides what the script is made of. */
export interface ScriptRequest {
  /** MiB, as iPXE says it; empty where it does not know. */
  readonly memory: string | undefined;
  /** The URL of the request, to be asked again. */
  readonly url: string;
}

/**
 * The iPXE script of a distro. An installer shall not start, and erase a disk, that would not get its answers: each file
 * is made once beforehand. A machine that has too little memory gets a script that says so, and loads nothing.
 */
export async function bootScript(
  distro: BootableDistro,
  context: ViewContext,
  { memory, url }: ScriptRequest,
): Promise<string> {
  const { configuration } = context;
  if (configuration !== undefined) {
    for (const file of distro.plugin.automation.keys()) await answerFile(distro, { ...context, configuration }, file);
  }
  const view = bootView(distro, context);
  return leastMemoryScript(view, memory, url) ?? (await distro.plugin.boot(view));
}

/** An answer file. Throws SERABUT_ERR_FILE_NOT_FOUND when the plugin makes none of this name. */
export async function answerFile(distro: BootableDistro, context: AutomationContext, file: string): Promise<string> {
  const make = distro.plugin.automation.get(file);
  if (make !== undefined) return make(automationView(distro, context, file));
  const known = [...distro.plugin.automation.keys()].join(', ');
  throw new SerabutError('SERABUT_ERR_FILE_NOT_FOUND', `${distro.name} has no answer file "${file}", only ${known}`);
}
