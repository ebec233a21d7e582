import type { Test } from 'tap';
import { resources, writeInto } from './build-app.js';
import { alteredIso, bootableMini } from './document-iso.js';
import type { Block } from './documents.js';
import { smallConfiguration } from './isos.js';
import { run } from './run-cli.js';

const profile = {
  image: { kind: 'Image', name: 'debian-13-mini', spec: { type: 'iso', path: 'mini.iso' } },
  distro: { kind: 'Distro', name: 'debian-13', spec: { plugin: 'debian', image: 'debian-13-mini' } },
  configuration: { kind: 'Configuration', name: 'web', spec: smallConfiguration },
  profile: { kind: 'BootProfile', name: 'web', spec: { distro: 'debian-13', configuration: 'web' } },
};

/** A machine that is known, and has not been installed. */
const machine = { kind: 'Machine', name: 'web1', spec: { macs: ['52:54:00:12:34:56'], bootProfile: 'web' } };

/** The MAC address of a machine that nobody has named. */
const stranger = '52:54:00:12:34:57';

/** The files that a document's commands find beside the checkout; `data/` too, unless they make it themselves. */
export function documentFiles(blocks: readonly Block[]): Record<string, string | Uint8Array> {
  const web = resources(...Object.values(profile));
  const files = { 'mini.iso': bootableMini(), 'debian.iso': alteredIso(), 'web.yaml': web };
  if (blocks.some(({ text }) => text.includes('mkdir -p data'))) return files;
  return { ...files, 'data/isos/mini.iso': bootableMini(), 'data/resources/web.yaml': web };
}

/** The URL of one server for all documents that start none of their own; it ends with the test. */
export async function documentServer(t: Test, proxy: string): Promise<string> {
  const data = t.testdir({});
  writeInto(data, 'isos/mini.iso', bootableMini());
  writeInto(data, 'resources/web.yaml', resources(...Object.values(profile), machine));
  const listening = ['--host', '127.0.0.1', '--port', '0'];
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
  await fetch(`${url}/boot?mac=${stranger}&platform=efi`);
  return url;
}
