import t from 'tap';
import { buildApp, resources } from '../helpers/build-app.js';
import { isos, serveDistros } from '../helpers/distros.js';

const ada = { users: [{ name: 'ada', sshKeys: ['ssh-ed25519 AAAA ada'] }] };

/** What each distribution cannot do: the distro, what is asked of it, and the beginning of the finding. */
const impossible: [distro: string, spec: object, finding: string | RegExp][] = [
  ...['d13', 'u24', 'f44'].map((distro): [string, object, string] => [
    distro,
    { users: [{ name: 'ada' }] },
    'spec.users: expected a way to log in: a password hash or an SSH key, received none',
  ]),
  [
    'd13',
    { storage: { passphrase: 'secret' } },
    'spec.storage.passphrase: expected nothing here with storage.layout direct for debian 13 netboot x86_64, because the installer',
  ],
  [
    'd13',
    { storage: { layout: 'raid1', passphrase: 'secret' } },
    'spec.storage.passphrase: expected nothing here with storage.layout raid1',
  ],
  ['d13', { keyboard: { layout: 'custom' } }, 'spec.keyboard.layout: expected a layout that Debian'],
  [
    'd13',
    { additions: { debian: { 'preseed.cfg': 'd-i netcfg/get_hostnam string a\n' } } },
    'spec.additions.debian.preseed.cfg, line 1: expected a question of the installer (did you mean "netcfg/get_hostname"?), received "netcfg/get_hostnam"',
  ],
  [
    'd13',
    { additions: { debian: { 'presed.cfg': 'a' } } },
    'spec.additions.debian: expected an answer file of debian (did you mean "preseed.cfg"?), received "presed.cfg"',
  ],
  [
    'u24',
    { storage: { passphrase: 'secret' } },
    'spec.storage.passphrase: expected nothing here with storage.layout direct',
  ],
  [
    'u24',
    { storage: { disk: { atLeastGB: 5 } } },
    'spec.storage.disk.atLeastGB: expected nothing here for ubuntu 24.04 live-server x86_64, because autoinstall compares no sizes',
  ],
  [
    'u24',
    { storage: { layout: 'raid1', otherDisk: { atLeastGB: 5 } } },
    'spec.storage.otherDisk.atLeastGB: expected nothing here',
  ],
  [
    'u24',
    { storage: { disk: { path: '/dev/disk/by-id/x' } } },
    'spec.storage.disk.path: expected a device such as /dev/sda',
  ],
  [
    'u24',
    { storage: { disk: { path: '/dev/sda', kind: 'nvme' } } },
    'spec.storage.disk.path: expected a device such as /dev/nvme0n1',
  ],
  ['u24', { updates: { policy: 'none' } }, 'spec.updates.policy: expected another value here for ubuntu 24.04'],
  [
    'f44',
    { storage: { layout: 'lvm', filesystem: 'btrfs' } },
    'spec.storage.filesystem: expected another value here with storage.layout lvm or raid1',
  ],
  [
    'f44',
    { mirrors: { fedora: { host: 'm', directory: '/', securityHost: 's' } } },
    'spec.mirrors.fedora.securityHost: expected nothing for fedora',
  ],
  [
    'rocky9',
    { storage: { filesystem: 'btrfs' } },
    'spec.storage.filesystem: expected another value here for rocky 9 dvd x86_64, because its kernel has no btrfs',
  ],
  ['stream9', {}, 'spec.updates.policy: expected another value here for centos-stream 9'],
];

t.test('what a distribution cannot do is a finding with field, distribution and reason', async (t) => {
  const named = Object.fromEntries(impossible.map(([, spec], index) => [`c${index}`, { ...ada, ...spec }]));
  const app = await serveDistros(t, [...new Set(impossible.map(([distro]) => distro))], named);
  for (const [index, [distro, , finding]] of impossible.entries()) {
    const boot = await app.server.inject(`/boot/${distro}?configuration=c${index}`);
    t.equal(boot.statusCode, 500);
    t.match(boot.body, 'SERABUT_ERR_RESOURCE_INVALID');
    t.match(boot.body, finding);
    const file = { d: 'preseed.cfg', u: 'user-data' }[distro[0] ?? ''] ?? 'ks.cfg';
    const answers = await app.server.inject(`/configuration/c${index}/automation/${distro}/${file}`);
    t.match(answers.body, finding);
  }
});

t.test('no installer is started whose answer files cannot be made', async (t) => {
  const broken = { ...ada, additions: { ubuntu: { 'user-data': 'autoinstall: [' } } };
  const list = { ...ada, additions: { ubuntu: { 'meta-data': '- a' } } };
  const app = await serveDistros(t, ['u24'], { broken, list });
  const boot = async (name: string) => (await app.server.inject(`/boot/u24?configuration=${name}`)).body;
  t.match(await boot('broken'), /^SERABUT_ERR_TEMPLATE: the addition is no YAML: [\s\S]*user-data\.liquid/);
  t.match(await boot('list'), 'SERABUT_ERR_TEMPLATE: the addition is no mapping of YAML');
  const fixed = { ...ada, network: { address: '10.0.0.5/8' } };
  const other = await serveDistros(t, ['u24'], { fixed });
  t.match(
    (await other.server.inject('/boot/u24?configuration=fixed')).body,
    'this needs the MAC address of the machine',
  );
  t.match((await other.server.inject('/boot/u24?configuration=fixed&mac=525400123456')).body, /^#!ipxe/);
});

t.test('the menu shows such a profile and lets nobody choose it, not even by default', async (t) => {
  const spec = { ...ada, storage: { passphrase: 'secret' }, keyboard: { layout: 'custom' } };
  const yaml = resources(
    { kind: 'Configuration', name: 'c', spec },
    { kind: 'Configuration', name: 'ok', spec: ada },
    { kind: 'BootProfile', name: 'bad', spec: { distro: 'd13', configuration: 'c' } },
    { kind: 'BootProfile', name: 'good', spec: { distro: 'd13', configuration: 'ok' } },
  );
  const files = { 'isos/d13.iso': isos.d13?.() ?? '', 'resources/a.yaml': yaml };
  const app = await buildApp(t, { files, settings: { defaultEntry: 'bad' } });
  const { body } = await app.server.inject('/boot');
  t.match(body, 'item --gap -- bad: debian 13 netboot x86_64 cannot do spec.storage.passphrase and 1 more');
  t.notMatch(body, 'profile=bad');
  t.match(body, 'profile=good');
  t.match(body, 'choose --default disk');
});

t.test(
  "a third party's plugin declares and checks likewise, and a check that goes wrong is its own fault",
  async (t) => {
    const plugin = (more: string) => `export default { apiVersion: 'serabut/v1', id: 'tiny',
    recognise: [{ volumeId: '^TINY_(?<release>\\\\d+)$', facts: { edition: 'live', arch: 'amd64' } }],
    media: [{ edition: 'live', arch: 'x86_64', kernel: '/k', initrd: '/i' }],
    boot: { render: () => 'x' }, automation: { 'a.txt': { render: () => 'x' } }, ${more} };`;
    const { makeIso } = await import('../helpers/make-iso.js');
    const iso = makeIso({ k: 'k', i: 'i' }, { volumeId: 'TINY_1' });
    const yaml = resources({
      kind: 'Configuration',
      name: 'c',
      spec: { users: [{ ...ada.users[0], shell: '/bin/zsh' }] },
    });
    const ask = async (more: string) => {
      const files = { 'isos/tiny.iso': iso, 'resources/a.yaml': yaml, 'plugins/tiny/index.mjs': plugin(more) };
      await t.test(`with ${more}`, async (t) => {
        const app = await buildApp(t, { files });
        body =
          app.plugins.failed.map(({ error }) => error.message).join() ||
          (await app.server.inject('/boot/tiny?configuration=c')).body;
      });
      return body;
    };
    let body = '';
    t.equal(await ask(''), 'x');
    t.match(
      await ask("unsupported: [{ field: 'users[].shell', values: ['/bin/zsh'], because: 'it has no zsh' }]"),
      'spec.users[0].shell: expected another value here for tiny 1 live x86_64, because it has no zsh, received "/bin/zsh"',
    );
    t.equal(await ask("unsupported: [{ field: 'users[].shell', of: { release: ['2'] }, because: 'x' }]"), 'x');
    t.match(
      await ask("unsupported: [{ field: 'users[].shel', because: 'x' }]"),
      'unsupported[0].field: expected a field of a Configuration',
    );
    t.match(
      await ask("check: (c) => [{ path: 'spec.users', expected: 'more', received: String(c.users.length) }]"),
      'spec.users: expected more, received 1',
    );
    t.match(
      await ask("check: () => { throw new Error('boom') }"),
      'SERABUT_ERR_PLUGIN_FAILED: plugin "tiny" failed at check: boom',
    );
    t.match(await ask("check: () => 'no'"), 'plugin "tiny" at check: what it returned has 1 finding');
  },
);
