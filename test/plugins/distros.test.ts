import { spawnSync } from 'node:child_process';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { buildApp, resources } from '../helpers/build-app.js';
import { members } from '../helpers/cpio.js';
import { miniIso, pattern } from '../helpers/isos.js';
import { makeIso } from '../helpers/make-iso.js';

/** One configuration for all: every field that this version has. */
const web = {
  locale: 'de_DE.UTF-8',
  keyboard: 'de',
  timezone: 'Europe/Berlin',
  hostname: 'web1',
  domain: 'example.lan',
  nameServers: ['192.168.88.1', '1.1.1.1'],
  ntp: true,
  root: { passwordHash: '$6$salt$roothash' },
  users: [
    { name: 'ada', fullName: 'Ada L.', passwordHash: '$6$salt$adahash', sshKeys: ['ssh-ed25519 AAAA ada@lan'] },
    { name: 'bob', sshKeys: ['ssh-ed25519 BBBB bob'], sudo: false },
  ],
  packages: ['vim', 'libstdc++6'],
  storage: { disk: '/dev/nvme0n1', layout: 'lvm' },
  mirrors: {
    debian: { host: 'mirror.lan', directory: '/debian', securityHost: 'mirror.lan' },
    ubuntu: { host: 'mirror.lan', directory: '/ubuntu' },
  },
  proxy: 'http://192.168.88.2:3128',
  afterInstall: ["echo 'it is done' > /etc/motd"],
  additions: { debian: { 'preseed.cfg': 'd-i partman-auto/choose_recipe select multi\n' } },
};

const ubuntu = (release: string, name: string, code: string): Buffer =>
  makeIso({
    '.disk/info': `Ubuntu-Server ${release} LTS "${name}" - Release amd64 (20260210)`,
    'casper/vmlinuz': 'kernel',
    'casper/initrd': 'initrd',
    [`dists/${code}/Release`]: '',
  });
const fedora = (files: object, volumeId: string): Buffer =>
  makeIso(
    { 'images/pxeboot/vmlinuz': 'k', 'images/pxeboot/initrd.img': 'i', 'images/install.img': 's', ...files },
    { volumeId },
  );

async function serve(t: Test, isos: Record<string, Buffer>) {
  const files = Object.fromEntries(Object.entries(isos).map(([name, iso]) => [`isos/${name}`, iso]));
  const yaml = resources({ kind: 'Configuration', name: 'web', spec: web });
  return buildApp(t, {
    files: { ...files, 'resources/web.yaml': yaml },
    settings: { url: 'http://10.0.0.2:8080' },
  });
}

t.test('each distribution is recognised by its own plugin, with release, edition and architecture', async (t) => {
  const info = (text: string, files = {}) => makeIso({ '.disk/info': text, ...files });
  const netboot = { linux: 'k', 'initrd.gz': 'i' };
  const app = await serve(t, {
    'd12.iso': info('Debian GNU/Linux 12 arm64 - netboot mini.iso 20230607+deb12u15', netboot),
    'd13.iso': miniIso(),
    'u22.iso': ubuntu('22.04.5', 'Jammy Jellyfish', 'jammy'),
    'u24.iso': ubuntu('24.04.4', 'Noble Numbat', 'noble'),
    'f44.iso': fedora({ '.treeinfo': '[general]\nfamily = Fedora\nversion = 44\n' }, 'Fedora-S-dvd-x86_64-44'),
    'f43net.iso': fedora({ '.discinfo': '1\n43\nx86_64\n' }, 'Fedora-E-dvd-x86_64-43'),
  });
  const titles = (await app.catalogue.entries()).map((e) =>
    'distro' in e ? e.distro.title : `${e.name}: ${e.error.message}`,
  );
  t.strictSame(titles, [
    'debian 12 netboot arm64',
    'debian 13 netboot x86_64',
    'fedora 43 netinst x86_64',
    'fedora 44 dvd x86_64',
    'ubuntu 22.04 live-server x86_64',
    'ubuntu 24.04 live-server x86_64',
  ]);
});

const netinst = {
  '.disk/info': 'Debian GNU/Linux 13.6.0 "Trixie" - Official amd64 NETINST with firmware 20260711-09:42',
  '.disk/udeb_include': 'netcfg\nethdetect\npcmciautils-udeb\n',
  '.disk/base_installable': '',
  'install.amd/vmlinuz': 'kernel',
  'install.amd/initrd.gz': pattern(1001),
  'dists/trixie/Release': 'Codename: trixie\n',
  'dists/trixie/main/debian-installer/binary-amd64/Packages.gz': 'index',
  'pool/main/n/netcfg/netcfg_1.197_amd64.udeb': 'netcfg',
  'pool/main/g/gtk/rootskel-gtk_1.42_amd64.udeb': 'gtk',
  'pool/main/b/base/base_1_amd64.deb': 'deb',
  'firmware/Contents-firmware': 'contents',
  'firmware/dep11/README.txt': 'readme',
  'firmware/firmware-realtek_1_all.deb': 'wired',
  'firmware/firmware-iwlwifi_1_all.deb': 'wireless',
  debian: { symlink: '.' },
};

t.test('a Debian netinst boots with what its initrd lacks', async (t) => {
  const app = await serve(t, { 'netinst.iso': makeIso(netinst) });
  const script = (await app.server.inject('/boot/netinst?configuration=web')).body;
  t.match(script, 'kernel http://10.0.0.2:8080/iso/content/netinst.iso/install.amd/vmlinuz initrd=initrd.gz auto=true');
  const { rawPayload } = await app.server.inject('/with-firmware/netinst/initrd.gz');
  t.ok(rawPayload.subarray(0, 1001).equals(pattern(1001)));
  const found = members(rawPayload.subarray(1004));
  const paths = Object.keys(found).filter((path) => !found[path]?.startsWith('directory'));
  t.strictSame(paths, [
    'cdrom/.disk/info',
    'cdrom/.disk/cd_type',
    'cdrom/.disk/udeb_include',
    'cdrom/dists/trixie/Release',
    'cdrom/dists/trixie/main/debian-installer/binary-amd64/Packages.gz',
    'cdrom/pool/main/n/netcfg/netcfg_1.197_amd64.udeb',
    'firmware/Contents-firmware',
    'firmware/dep11/README.txt',
    'firmware/firmware-realtek_1_all.deb',
  ]);
  t.equal(
    found['cdrom/.disk/udeb_include'],
    '644 netcfg\nethdetect\npcmciautils-udeb\nchoose-mirror\napt-mirror-setup\nnetwork-preseed\n',
  );
});

t.test('a Debian live image boots with the newest of its kernels, its squashfs fetched out of the ISO', async (t) => {
  const live = {
    'live/vmlinuz-6.9.7-amd64': 'k',
    'live/vmlinuz-6.12.9-amd64': 'k',
    'live/initrd.img-6.9.7-amd64': 'i',
    'live/initrd.img-6.12.9-amd64': 'i',
    'live/filesystem.squashfs': 's',
  };
  const app = await serve(t, { 'live.iso': makeIso(live, { volumeId: 'd-live 13.1.0 st amd64' }) });
  t.matchSnapshot((await app.server.inject('/boot/live')).body);
});

t.test('an ISO that nobody knows is listed with the reason', async (t) => {
  const app = await serve(t, { 'other.iso': makeIso({ a: 'b' }, { volumeId: 'OTHER' }) });
  t.match((await app.server.inject('/boot/other')).body, 'no plugin recognises other.iso (volume "OTHER")');
});

t.test('the answer files and scripts of one configuration for all three', async (t) => {
  const app = await serve(t, {
    'd13.iso': miniIso(),
    'u24.iso': ubuntu('24.04.4', 'Noble Numbat', 'noble'),
    'u22.iso': ubuntu('22.04.5', 'Jammy Jellyfish', 'jammy'),
    'f44.iso': fedora({ '.treeinfo': '[general]\nfamily = Fedora\n' }, 'Fedora-S-dvd-x86_64-44'),
  });
  for (const path of [
    '/boot/d13?configuration=web',
    '/configuration/web/automation/d13/preseed.cfg',
    '/configuration/web/automation/d13/after-install.sh',
    '/boot/u24?configuration=web',
    '/boot/u22?configuration=web',
    '/configuration/web/automation/u24/user-data',
    '/configuration/web/automation/u24/meta-data',
    '/boot/f44?configuration=web',
    '/configuration/web/automation/f44/ks.cfg',
  ]) {
    const { statusCode, body } = await app.server.inject(path);
    t.equal(statusCode, 200, path);
    t.matchSnapshot(body, path);
  }
  t.equal((await app.server.inject('/configuration/web/automation/u24/vendor-data')).body.trim(), '');
  const { body } = await app.server.inject('/configuration/web/automation/u24/user-data');
  t.match(parse(body), {
    autoinstall: {
      version: 1,
      'user-data': {
        users: [{ name: 'root' }, { name: 'ada', ssh_authorized_keys: ['ssh-ed25519 AAAA ada@lan'] }, { name: 'bob' }],
      },
      'late-commands': [['curtin', 'in-target', '--', 'sh', '-c', "echo 'it is done' > /etc/motd"]],
    },
  });
});

const noDebconf =
  spawnSync('which', ['debconf-set-selections']).status !== 0 && 'debconf-set-selections is not installed';
t.test('debconf takes the preseed', { skip: noDebconf }, async (t) => {
  const app = await serve(t, { 'd13.iso': miniIso() });
  const { body } = await app.server.inject('/configuration/web/automation/d13/preseed.cfg');
  const { status, stderr } = spawnSync('debconf-set-selections', ['--checkonly'], { input: body, encoding: 'utf8' });
  t.equal(status, 0, stderr);
  t.equal(stderr, '');
});

t.test('the script that runs in the installed system is a script', async (t) => {
  const app = await serve(t, { 'd13.iso': miniIso() });
  const { body } = await app.server.inject('/configuration/web/automation/d13/after-install.sh');
  const { status, stderr } = spawnSync('sh', ['-n'], { input: body, encoding: 'utf8' });
  t.equal(status, 0, stderr);
});
