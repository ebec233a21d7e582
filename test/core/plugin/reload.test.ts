import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { buildApp, type TestApp, writeInto } from '../../helpers/build-app.js';
import { makeIso } from '../../helpers/make-iso.js';

const module = (word: string, more = '') => `export default {
  apiVersion: 'serabut/v1', id: 'tiny', automation: {}, boot: { render: () => '#!ipxe\\necho ${word}\\n' }, ${more}
  recognise: [{ volumeId: '^TINY_(?<release>\\\\d+)$', facts: { edition: 'live', arch: 'amd64' } }],
  media: [{ edition: 'live', arch: 'x86_64', kernel: '/k', initrd: '/i' }] }`;
const isoFile = { 'isos/tiny.iso': makeIso({ k: '', i: '' }, { volumeId: 'TINY_7' }) };

/** Asks for the script until it is as expected, for at most fifteen seconds. */
async function until({ server }: TestApp, expected: RegExp): Promise<string> {
  for (let tries = 0; tries < 150; tries++) {
    const { body } = await server.inject('/boot/tiny');
    if (expected.test(body)) return body;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return 'it never came';
}

t.test('a plugin comes, changes, breaks, is mended and goes while the server runs', async (t) => {
  const app = await buildApp(t, { files: isoFile });
  const file = 'plugins/tiny/index.mjs';
  t.match(await until(app, /DISTRO/), 'no plugin recognises tiny.iso');
  writeInto(app.data, file, module('one'));
  t.match(await until(app, /echo/), 'echo one');
  writeInto(app.data, file, module('two'));
  t.match(await until(app, /echo two/), 'echo two');
  writeInto(app.data, file, module('three', 'frimware: [],'));
  for (let tries = 0; tries < 150 && app.plugins.failed.length === 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  t.match(
    app.plugins.failed.map(({ error }) => error.message),
    [/frimware: expected a known field .*\nWhat the plugin was before goes on working\.$/s],
  );
  t.match((await app.server.inject('/boot/tiny')).body, 'echo two');
  writeInto(app.data, file, module('four'));
  t.match(await until(app, /echo four/), 'echo four');
  t.strictSame(app.plugins.failed, []);
  rmSync(join(app.data, 'plugins/tiny'), { recursive: true });
  t.match(await until(app, /DISTRO/), 'no plugin recognises tiny.iso');
});

t.test('new content of a ConfigMap shows, which kubelet brings by swapping a link', async (t) => {
  const app = await buildApp(t, { files: isoFile });
  const mount = join(app.data, 'plugins/tiny');
  const publish = (revision: string, word: string) => {
    writeInto(mount, `${revision}/index.mjs`, module(word));
    symlinkSync(revision, join(mount, '..data_tmp'));
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
  };
  mkdirSync(mount, { recursive: true });
  publish('..2026_1', 'old');
  symlinkSync('..data/index.mjs', join(mount, 'index.mjs'));
  t.match(await until(app, /echo/), 'echo old');
  publish('..2026_2', 'new');
  t.match(await until(app, /echo new/), 'echo new');
});
