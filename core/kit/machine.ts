import type { Application } from '../compose.js';
import { type Fetched, runScript, type ScriptEnd } from '../ipxe/script.js';
import { kitUrls } from './workspace.js';

/** A machine with everything that can be said of one, and what firmware it has. */
export interface KitMachine {
  readonly arch: string;
  readonly platform: 'efi' | 'pcbios';
}

const identity = { mac: '52:54:00:12:34:56', uuid: '4c4c4544-0042-3510-8054-b4c04f564231', serial: 'kit1' };

/** What the machine says of itself, as a view has it. */
export const viewOf = ({ platform }: KitMachine) => ({ ...identity, platform });

/** What it says in a request. */
export function queryOf({ platform }: KitMachine): string {
  return `mac=${identity.mac.replaceAll(':', '-')}&uuid=${identity.uuid}&serial=${identity.serial}&platform=${platform}`;
}

/** Lets the machine run what the server answers to a path. */
export function bootFrom(server: Application['server'], path: string, machine: KitMachine): Promise<ScriptEnd> {
  const settings = { ...identity, buildarch: machine.arch, platform: machine.platform, memsize: '65536' };
  return runScript(kitUrls.server + path, { settings, fetch: (url, as) => ask(server, url, as === 'script') });
}

/** Asks the server for a URL: whole when its text is wanted, or when it is an error, which says why in its body. */
export async function ask(server: Application['server'], url: string, wantsText: boolean): Promise<Fetched> {
  if (!url.startsWith(`${kitUrls.server}/`)) return { status: 0, text: 'nothing, as it is on another server' };
  const path = url.slice(kitUrls.server.length);
  const head = wantsText ? undefined : await server.inject({ method: 'HEAD', url: path });
  if (head?.statusCode === 200) return { status: 200, text: '' };
  const { statusCode, body } = await server.inject(path);
  return { status: statusCode, text: body };
}
