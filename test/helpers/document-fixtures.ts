import type { Test } from 'tap';
import { resources, writeInto } from './build-app.js';
import { sumsOf } from './checksums.js';
import type { Block } from './documents.js';
import { miniIso, pattern, smallConfiguration } from './isos.js';
import { makeIso } from './make-iso.js';
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
  const files = { 'mini.iso': miniIso(), 'debian.iso': alteredIso(), 'web.yaml': web };
  if (blocks.some(({ text }) => text.includes('mkdir -p data'))) return files;
  return { ...files, 'data/isos/mini.iso': miniIso(), 'data/resources/web.yaml': web };
}

/** An ISO whose list of checksums was made before a boot info table was written into its loader. */
function alteredIso(): Buffer {
  const loader = pattern(20_000, 6);
  const files = { 'isolinux/isolinux.bin': loader, 'install/vmlinuz': pattern(30_000, 7) };
  const image = makeIso({ ...files, 'md5sum.txt': sumsOf(files), 'README.txt': 'no checksum' });
  const at = image.indexOf(loader);
  let sum = 0;
  for (let word = 64; word < loader.length; word += 4) sum = (sum + loader.readUInt32LE(word)) >>> 0;
  // mkisofs -boot-info-table: where the volume descriptor is, where the file is, how long, the sum of its words.
  for (const [index, value] of [16, at / 2048, loader.length, sum].entries())
    image.writeUInt32LE(value, at + 8 + 4 * index);
  return image;
}

/** The URL of one server for all documents that start none of their own; it ends with the test. */
export async function documentServer(t: Test): Promise<string> {
  const data = t.testdir({});
  writeInto(data, 'isos/mini.iso', miniIso());
  writeInto(data, 'resources/web.yaml', resources(...Object.values(profile), machine));
  const server = run('serve', '--data', data, '--host', '127.0.0.1', '--port', '0', '--identify', 'query');
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
