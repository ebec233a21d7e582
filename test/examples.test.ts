import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { readResources } from '../core/resources/directory/documents.js';
import { buildApp } from './helpers/build-app.js';
import { isos } from './helpers/distros.js';
import { miniIso } from './helpers/isos.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const example = readFileSync(`${root}examples/resources/debian-13.yaml`);

t.test('every example is valid', async (t) => {
  const snapshot = await readResources(`${root}examples/resources`);
  t.strictSame(snapshot.errors, []);
  t.ok(snapshot.list('BootProfile').length > 0);
});

t.test('the example of Debian 13 boots as it is', async (t) => {
  const files = { 'isos/mini.iso': miniIso(), 'firmware/firmware.cpio.gz': 'firmware', 'resources/a.yaml': example };
  const { server, store } = await buildApp(t, { files });
  t.strictSame(store.snapshot.errors, []);
  t.match(
    (await server.inject('/boot/debian-13?profile=small-server&mac=52-54-00-00-00-01')).body,
    'small-server/automation/debian-13/preseed.cfg',
  );
  const { statusCode, body } = await server.inject(
    '/configuration/small-server/automation/debian-13/preseed.cfg?mac=52-54-00-00-00-01',
  );
  t.equal(statusCode, 200);
  t.match(body, 'd-i mirror/http/hostname string ftp.debian.org');
});

t.test('the examples of Ubuntu and Fedora install as they are', async (t) => {
  const { server } = await buildApp(t, {
    files: {
      'isos/ubuntu-24.04-live-server-amd64.iso': isos.u24?.() ?? '',
      'isos/Fedora-Server-dvd-x86_64-44.iso': isos.f44?.() ?? '',
      'resources/a.yaml': readFileSync(`${root}examples/resources/ubuntu-24.04.yaml`),
      'resources/b.yaml': readFileSync(`${root}examples/resources/fedora-44.yaml`),
    },
  });
  for (const [profile, distro, file, holds] of [
    ['mirrored-server', 'ubuntu-24.04', 'user-data', 'raidlevel: raid1'],
    ['vault', 'fedora-44', 'ks.cfg', '--ip=192.168.88.20'],
  ]) {
    const query = 'mac=52-54-00-00-00-01&platform=efi';
    t.match((await server.inject(`/boot/${distro}?profile=${profile}&${query}`)).body, /^#!ipxe/);
    t.match((await server.inject(`/configuration/${profile}/automation/${distro}/${file}?${query}`)).body, holds);
  }
});

t.test('the example of a machine with secrets installs it once, with them', async (t) => {
  const client = { address: '192.168.88.10', mac: '52:54:00:00:00:01' };
  const { server, store } = await buildApp(t, {
    files: {
      'isos/mini.iso': miniIso(),
      'firmware/firmware.cpio.gz': 'firmware',
      'resources/a.yaml': example,
      'resources/b.yaml': readFileSync(`${root}examples/resources/secrets.yaml`),
      'secrets/vault/root': '$6$of$root\n',
      'secrets/vault/disk': 'of the disk\n',
      'secrets/vault/join-token': 'to join\n',
    },
    settings: { identify: 'neighbour' },
    neighbours: { find: async (address) => (address === client.address ? client.mac : null) },
  });
  t.strictSame(store.snapshot.errors, []);
  const ask = async (url: string) => (await server.inject({ url, remoteAddress: client.address })).body;
  const boot = `/boot?mac=${client.mac}&platform=efi`;
  const [path = ''] = /\/installations\/[\w-]+\//.exec(await ask(boot)) ?? [];
  t.match(await ask(`${path}automation/preseed.cfg`), 'password of the disk\n');
  t.match(await ask(`${path}automation/after-install.sh`), 'JOIN_TOKEN=');
  t.equal(await ask(`${path}done`), 'ok\n');
  t.notMatch(await ask(boot), 'kernel ');
});

t.test('the YAML of docs/configuration.md is valid', async (t) => {
  const doc = readFileSync(`${root}docs/configuration.md`, 'utf8');
  const [whole = '', secrets = '', additions = ''] = [...doc.matchAll(/```yaml\n(.*?)```/gs)].map(
    ([, yaml = '']) => yaml,
  );
  const joined = whole + additions.replace(/^/gm, '  ');
  const snapshot = await readResources(
    t.testdir({ 'whole.yaml': whole, 'secrets.yaml': secrets, 'joined.yaml': joined.replace('web', 'two') }),
  );
  t.strictSame(snapshot.errors, []);
});

/** With what a reader puts in place of the words in capitals. */
function filledIn(yaml: string): string {
  return yaml.replace('PASSWORD-HASH', '$6$salt$hash').replace('SSH-KEY', 'ssh-ed25519 AAAA ada');
}

t.test('the machine of the README is installed by the example that goes with it', async (t) => {
  const yaml = /```yaml\n(.*?)```/s.exec(readFileSync(`${root}README.md`, 'utf8'))?.[1] ?? '';
  const first = readFileSync(`${root}examples/resources/first.yaml`);
  const files = { 'isos/mini.iso': miniIso(), 'resources/first.yaml': first, 'resources/web1.yaml': yaml };
  const { server, store } = await buildApp(t, { files, settings: { identify: 'query' } });
  t.strictSame(store.snapshot.errors, []);
  const { body } = await server.inject('/boot?mac=52:54:00:12:34:56&platform=efi');
  t.match(body, /^kernel .*\/installations\//m);
});

t.test('the machine of docs/first-machine.md is installed as it says there', async (t) => {
  const doc = readFileSync(`${root}docs/first-machine.md`, 'utf8');
  const yaml = /```yaml\n(.*?)```/s.exec(doc)?.[1] ?? '';
  const files = { 'isos/mini.iso': miniIso(), 'resources/web.yaml': filledIn(yaml) };
  const { server, store } = await buildApp(t, { files });
  t.strictSame(store.snapshot.errors, []);
  const query = 'mac=52-54-00-00-00-01&platform=efi';
  t.match(
    (await server.inject('/boot')).body,
    'Install without a question. ERASES THE DISK.\nitem entry_0 web: debian 13',
  );
  t.match((await server.inject(`/boot/debian-13?profile=web&${query}`)).body, /^#!ipxe/);
  t.match(
    (await server.inject(`/configuration/web/automation/debian-13/preseed.cfg?${query}`)).body,
    /^# debian 13 netboot x86_64, configuration web: an installation without a question/m,
  );
});
