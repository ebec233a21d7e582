import type { Test } from 'tap';
import { type AppOptions, buildApp, resources, type TestApp } from './build-app.js';
import { miniIso } from './isos.js';
import { makeIso } from './make-iso.js';

const ubuntu = (release: string, name: string): Buffer =>
  makeIso({
    '.disk/info': `Ubuntu-Server ${release} LTS "${name}" - Release amd64 (20260210)`,
    'casper/vmlinuz': 'kernel',
    'casper/initrd': 'initrd',
  });

const anaconda = { 'images/pxeboot/vmlinuz': 'k', 'images/pxeboot/initrd.img': 'i', 'images/install.img': 's' };
const dvd = (family: string, volumeId: string): Buffer =>
  makeIso({ ...anaconda, '.treeinfo': `[general]\nfamily = ${family}\nversion = 9\n` }, { volumeId });
const netinst = (volumeId: string): Buffer => makeIso({ ...anaconda, '.discinfo': '1\n43\nx86_64\n' }, { volumeId });

/** An ISO of each distribution and release, by the name of its distro. */
export const isos: Readonly<Record<string, () => Buffer>> = {
  d12: () =>
    makeIso({
      '.disk/info': 'Debian GNU/Linux 12 arm64 - netboot mini.iso 20230607+deb12u15',
      linux: 'k',
      'initrd.gz': 'i',
    }),
  d13: miniIso,
  u22: () => ubuntu('22.04.5', 'Jammy Jellyfish'),
  u24: () => ubuntu('24.04.4', 'Noble Numbat'),
  u26: () => ubuntu('26.04.1', 'Resolute Raccoon'),
  f42: () => dvd('Fedora', 'Fedora-S-dvd-x86_64-42'),
  f43net: () => netinst('Fedora-E-dvd-x86_64-43'),
  f44: () => dvd('Fedora', 'Fedora-S-dvd-x86_64-44'),
  rocky9: () => dvd('Rocky Linux', 'Rocky-9-6-x86_64-dvd'),
  rocky10net: () => netinst('Rocky-10-0-x86_64-dvd'),
  alma9: () => dvd('AlmaLinux', 'AlmaLinux-9-6-x86_64-dvd'),
  alma10: () => dvd('AlmaLinux', 'AlmaLinux-10-0-x86_64-dvd'),
  stream9: () => dvd('CentOS Stream', 'CentOS-Stream-9-BaseOS-x86_64'),
  stream10: () => dvd('CentOS Stream', 'CentOS-Stream-10-BaseOS-aarch64'),
};

const key = 'from="10.0.0.0/8",command="echo \'hi\'" ssh-ed25519 AAAA ada@lan';
const hash = (of: string) => `$6$salt$${of}./hash`;

/** Every field there is, but those that exclude these. */
const full = {
  locale: 'de_DE.UTF-8',
  keyboard: { layout: 'de', variant: 'nodeadkeys' },
  timezone: 'Europe/Berlin',
  hostname: 'node-{mac}',
  network: {
    interface: '52:54:00:aa:bb:cc',
    address: '192.168.88.10/24',
    gateway: '192.168.88.1',
    nameServers: ['192.168.88.2', '192.168.88.3'],
    domain: 'example.lan',
  },
  ntp: { enabled: true, servers: ['ntp1.example.lan', 'ntp2.example.lan'] },
  root: { passwordHash: hash('root'), sshKeys: ['ssh-ed25519 RRRR root@lan'] },
  users: [
    {
      name: 'ada',
      fullName: "Ada O'Lovelace",
      passwordHash: hash('ada'),
      sshKeys: [key],
      groups: ['www-data', 'lab'],
      sudo: true,
      shell: '/bin/sh',
    },
    { name: 'bob', sshKeys: ['ssh-ed25519 BBBB bob'] },
    { name: 'eve', passwordHash: hash('eve'), sudo: false },
  ],
  sshPasswords: true,
  environment: 'minimal',
  packages: ['vim', 'libstdc++6'],
  updates: { policy: 'all', unattended: true },
  storage: {
    disk: { path: '/dev/nvme0n1', serial: 'S4EV', kind: 'nvme', size: 'smallest' },
    layout: 'lvm',
    filesystem: 'xfs',
    swapMiB: 4096,
    passphrase: 'correct horse "$HOME"',
  },
  mirrors: {
    debian: { host: 'mirror.lan', directory: '/mirror/debian', securityHost: 'security.lan' },
    ubuntu: { host: 'mirror.lan', directory: '/ubuntu', securityHost: 'security.lan' },
    fedora: { host: 'mirror.lan', directory: '/fedora/linux' },
    rocky: { host: 'mirror.lan', directory: '/rocky' },
  },
  proxy: 'http://192.168.88.2:3128',
  afterInstall: ["echo 'it is done' > /etc/motd", 'for i in 1 2; do\n  echo "%end $i"\ndone\n'],
  additions: {
    debian: { 'preseed.cfg': 'd-i partman-auto/choose_recipe select multi\n' },
    ubuntu: { 'user-data': 'autoinstall:\n  kernel: { flavor: hwe }\n  ssh: { allow-pw: false }\n' },
    fedora: { 'ks.cfg': 'selinux --permissive\n' },
  },
};

/** What two disks want, and the other side of what `full` has. */
const mirrored = {
  users: [{ name: 'ada', sshKeys: [key] }],
  network: { nameServers: ['192.168.88.2'] },
  ntp: { enabled: false },
  updates: { policy: 'security', unattended: false },
  storage: {
    layout: 'raid1',
    disk: { kind: 'ssd' },
    otherDisk: { kind: 'hdd', size: 'smallest' },
    swapMiB: 512,
    filesystem: 'btrfs',
  },
};

/** Configurations by name. `plain` says next to nothing. */
export const configurations = {
  full,
  mirrored: { ...mirrored, storage: { ...mirrored.storage, filesystem: 'xfs' } },
  other: { ...mirrored, storage: { layout: 'raid1', otherDisk: { path: '/dev/sdb', serial: 'S5XY' } } },
  'sized-pair': { ...mirrored, storage: { layout: 'raid1', otherDisk: { atLeastGB: 100 } } },
  btrfs: { ...mirrored, storage: { filesystem: 'btrfs', swapMiB: 0 } },
  sized: { ...mirrored, storage: { disk: { atLeastGB: 100 }, swapMiB: 2048 } },
  lvm: { ...mirrored, storage: { layout: 'lvm' } },
  plain: { users: mirrored.users },
  secret: {
    users: mirrored.users,
    afterInstall: ['license --key "$LICENSE"'],
    secrets: { LICENSE: { secretRef: { name: 'vendor', key: 'license' } } },
  },
  stream: { users: mirrored.users, updates: { policy: 'all' } },
} satisfies Record<string, object>;

export type ConfigurationName = keyof typeof configurations;

/** What a machine says of itself. */
export const machineQuery = 'mac=52-54-00-12-34-56&uuid=&serial=&platform=efi';

/** An application that knows these distros and all configurations, and others that are added; placeholders stand for secrets. */
export async function serveDistros(
  t: Test,
  names: readonly string[],
  more: Record<string, object> = {},
  settings: AppOptions['settings'] = {},
): Promise<TestApp> {
  const files = Object.fromEntries(names.map((name) => [`isos/${name}.iso`, isos[name]?.() ?? '']));
  const all = Object.entries({ ...configurations, ...more });
  const yaml = resources(...all.map(([name, spec]) => ({ kind: 'Configuration', name, spec })));
  return buildApp(t, {
    files: { ...files, 'resources/all.yaml': yaml },
    settings: { url: 'http://10.0.0.2:8080', preview: { report: null }, ...settings },
  });
}

/** An answer file, or the boot script as the file `boot`, for one machine. Throws what the server answers instead. */
export async function answerFile(
  { server }: TestApp,
  {
    configuration,
    distro,
    file,
    query = machineQuery,
  }: Record<'configuration' | 'distro' | 'file', string> & { query?: string },
): Promise<string> {
  const boot = `/boot/${distro}?configuration=${configuration}&${query}`;
  const path = file === 'boot' ? boot : `/configuration/${configuration}/automation/${distro}/${file}?${query}`;
  const { statusCode, body } = await server.inject(path);
  if (statusCode !== 200) throw new Error(`${path}: ${statusCode}\n${body}`);
  return body;
}
