import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { buildApp, resources, type TestApp, writeInto } from '../../helpers/build-app.js';
import { sha256 } from '../../helpers/images.js';
import { miniFiles, pattern } from '../../helpers/isos.js';
import { makeIso } from '../../helpers/make-iso.js';
import { cutAfter, stallAfter, startMirror } from '../../helpers/mirror.js';

const medium = (volumeId: string) => makeIso(miniFiles, { volumeId, joliet: true });
const [first, second] = [medium('FIRST'), medium('SECOND')];

t.test('an image is downloaded, recognised and booted; the next one takes its place when it is whole', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('/1.iso', first).set('/2.iso', second);
  const image = (name: string, bytes: Buffer) => ({
    kind: 'Image',
    name: 'mini',
    spec: { type: 'iso', path: 'mini.iso', url: `${mirror.url}/${name}`, sha256: sha256(bytes) },
  });
  const distro = { kind: 'Distro', name: 'debian', spec: { plugin: 'debian', image: 'mini' } };
  const app = await buildApp(t, { files: { 'resources/a.yaml': resources(image('1.iso', first), distro) } });
  await until(app, () => said(app, 'Indexed') === 'True Indexed' && app.store.statusOf('Image', 'mini')?.recognised);
  t.match(app.store.statusOf('Image', 'mini'), {
    volumeId: 'FIRST',
    recognised: 'debian 13 netboot x86_64',
    size: first.length,
    digest: `sha256:${sha256(first)}`,
  });
  await until(app, () => app.store.statusOf('Distro', 'debian')?.conditions[0]?.status === 'True');
  t.equal((await app.server.inject('/boot/debian')).statusCode, 200);
  mirror.wrong.set('/2.iso', cutAfter(20_000));
  writeInto(app.data, 'resources/a.yaml', resources(image('2.iso', second), distro));
  await until(app, () => said(app, 'Downloaded') === 'False ImageDownload');
  t.ok((await app.server.inject('/iso/download/mini.iso')).rawPayload.equals(first), 'the old one is served');
  mirror.wrong.clear();
  await until(app, () => app.store.statusOf('Image', 'mini')?.volumeId === 'SECOND');
  t.ok((await app.server.inject('/iso/download/mini.iso')).rawPayload.equals(second));
  t.equal(said(app, 'Verified'), 'True ChecksumMatches');
  await app.close();
  const state = readFileSync(join(app.data, 'state/Image/mini.json'), 'utf8');
  t.match(JSON.parse(state), { status: { volumeId: 'SECOND' } }, 'the status outlives the server');
  t.notOk(existsSync(join(app.data, 'isos/.serabut/mini.iso.part')));
});

t.test('a server that is killed in the middle of a download goes on with it when it is started again', async (t) => {
  const mirror = await startMirror(t);
  const large = pattern(5_000_000);
  mirror.files.set('/deb.iso', large);
  mirror.wrong.set('/deb.iso', stallAfter(2_000_000));
  const data = t.testdir({});
  const spec = { type: 'iso', url: `${mirror.url}/deb.iso`, sha256: sha256(large) };
  writeInto(data, 'resources/a.yaml', resources({ kind: 'Image', name: 'deb', spec }));
  const [file, part] = [join(data, 'isos/deb.iso'), join(data, 'isos/.serabut/deb.iso.part')];
  const killed = serve(t, data);
  await appears(() => (statSync(part, { throwIfNoEntry: false })?.size ?? 0) > 500_000);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  t.notOk(existsSync(file), 'what is not whole is not in its place');
  mirror.wrong.clear();
  serve(t, data);
  await appears(() => existsSync(file));
  t.ok(readFileSync(file).equals(large));
  t.match(mirror.requests, ['/deb.iso', /^\/deb.iso bytes=\d{6,7}-$/]);
});

function serve(t: Test, data: string): ChildProcess {
  const main = fileURLToPath(new URL('../../../core/main.js', import.meta.url));
  const child = spawn(process.execPath, [main, 'serve', '--data', data, '--host', '127.0.0.1', '--port', '0'], {
    stdio: 'ignore',
  });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

async function appears(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !holds(); await delay(20)) if (Date.now() > end) throw new Error('never');
}

function said({ store }: TestApp, type: string): string {
  const found = store.statusOf('Image', 'mini')?.conditions.find((condition) => condition.type === type);
  return `${found?.status} ${found?.reason}`;
}

async function until(app: TestApp, holds: () => unknown): Promise<void> {
  for (const end = Date.now() + 25_000; !holds(); await delay(20)) {
    if (Date.now() > end) throw new Error(JSON.stringify(app.store.statusOf('Image', 'mini')));
  }
}
