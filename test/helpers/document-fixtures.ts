import { setTimeout as after } from 'node:timers/promises';
import type { Test } from 'tap';
import { buildProgram } from '../../core/cli/program.js';
import { resources, writeInto } from './build-app.js';
import { alteredIso, bootableMini } from './document-iso.js';
import type { Block } from './documents.js';
import { smallConfiguration } from './isos.js';
import { run, Sink } from './run-cli.js';

const profile = {
  image: { kind: 'Image', name: 'debian-13-mini', spec: { type: 'iso', path: 'mini.iso' } },
  distro: { kind: 'Distro', name: 'debian-13', spec: { plugin: 'debian', image: 'debian-13-mini' } },
  configuration: { kind: 'Configuration', name: 'web', spec: smallConfiguration },
  profile: { kind: 'BootProfile', name: 'web', spec: { distro: 'debian-13', configuration: 'web' } },
};

/** The file `token`: what operators have, and the server too. */
const token = 'ada:as-long-as-a-token-should-be\n';

/** A machine that is known, and has not been installed. */
const machine = { kind: 'Machine', name: 'web1', spec: { macs: ['52:54:00:12:34:56'], bootProfile: 'web' } };

/** The MAC address of a machine that nobody has named. */
const stranger = '52:54:00:12:34:57';

/** The files that a document's commands find beside the checkout; `data/` too, unless they make it themselves. */
export function documentFiles(blocks: readonly Block[]): Record<string, string | Uint8Array> {
  const web = resources(...Object.values(profile));
  const files = { 'mini.iso': bootableMini(), 'debian.iso': alteredIso(), 'web.yaml': web, token };
  if (blocks.some(({ text }) => text.includes('mkdir -p data'))) return files;
  return { ...files, 'data/isos/mini.iso': bootableMini(), 'data/resources/web.yaml': web };
}

/** The URL of a server for a document that starts none of its own; it ends with the test. */
export async function documentServer(t: Test, { data, proxy }: { data: string; proxy: string }): Promise<string> {
  writeInto(data, 'isos/mini.iso', bootableMini());
  writeInto(data, 'resources/web.yaml', resources(...Object.values(profile), machine));
  writeInto(data, 'token', token);
  const listening = ['--host', '127.0.0.1', '--port', '0', ...(await tokens(`${data}/token`))];
  const server = run('serve', '--data', data, ...listening, '--proxy', proxy, '--identify', 'query');
  t.teardown(async () => {
    server.stop.abort();
    await server.done;
  });
  const url = await new Promise<string>((resolve, reject) => {
    server.done.catch(reject);
    server.out.onText = (said) => {
      const [, url] = /^Serabut listens on (http\S+)$/m.exec(said) ?? [];
      if (url !== undefined && said.includes('Can be booted')) resolve(url);
    };
  });
  return url;
}

/** Has a machine that nobody has named ask a server for its script, and waits until it is recorded, which its answer does not. */
export async function meetStranger(server: string): Promise<void> {
  await fetch(`${server}/boot?mac=${stranger}&product=x&platform=efi`);
  for (let left = 100; left > 0; left--) {
    const { status } = await fetch(`${server}/api/v1/machines/mac-${stranger.replaceAll(':', '-')}`);
    if (status !== 404) return; // a server that is closed for readers says 401
    await after(100);
  }
}

/** The option by which operators may act, where there is one. */
async function tokens(file: string): Promise<string[]> {
  const terminal = { out: new Sink(), err: new Sink(), stopped: new AbortController().signal };
  const serve = (await buildProgram(terminal, 'serve')).commands.find((command) => command.name() === 'serve');
  const option = '--operator-token-file';
  return serve?.options.some(({ long }) => long === option) ? [option, file] : [];
}
