import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { probeNetwork } from './network.js';

/** Programs that the lab runs, and Debian's packages that have them. */
const programs: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  dnsmasq: 'dnsmasq-base',
  squid: 'squid',
  xorriso: 'xorriso',
  cpio: 'cpio',
  busybox: 'busybox',
  curl: 'curl',
  iptables: 'iptables',
  tcpdump: 'tcpdump',
  'dpkg-scanpackages': 'dpkg-dev',
  file: 'file',
  gpg: 'gnupg',
  depmod: 'kmod',
  ip: 'iproute2',
  mksquashfs: 'squashfs-tools',
  mmdebstrap: 'mmdebstrap',
  xz: 'xz-utils',
};

/** Files that it needs besides. */
const files: Readonly<Record<string, string>> = {
  '/usr/share/OVMF/OVMF_CODE_4M.fd': 'ovmf',
  '/usr/lib/ipxe/snponly.efi': 'ipxe',
  '/usr/lib/ipxe/qemu/efi-virtio.rom': 'ipxe-qemu',
  '/usr/share/seabios/bios-256k.bin': 'seabios',
};

/** Installs what is missing, also of further programs. Throws a sentence that says what cannot be had here. */
export function prepareHost(further: Readonly<Record<string, string>> = {}): void {
  if (process.platform !== 'linux') throw new Error('The lab needs Linux: it is made of network namespaces.');
  if (process.getuid?.() !== 0)
    throw new Error('The lab needs root: for network namespaces and the ports 67, 69 and 4011.');
  // Where sudo or a login shell left them out: ip, squid and dnsmasq are there.
  process.env.PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
  const missing = [
    ...Object.entries({ ...programs, ...further }).flatMap(([name, deb]) =>
      spawnSync('which', [name]).status === 0 ? [] : [deb],
    ),
    ...Object.entries(files).flatMap(([path, deb]) => (existsSync(path) ? [] : [deb])),
  ];
  if (missing.length > 0) install([...new Set(missing)]);
  probeNetwork();
}

function install(packages: readonly string[]): void {
  if (spawnSync('which', ['apt-get']).status !== 0)
    throw new Error(`The lab needs ${packages.join(', ')}, and apt-get to install them.`);
  console.log(`# installing ${packages.join(' ')}`);
  const options: SpawnSyncOptions = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  spawnSync('apt-get', ['-qq', 'update'], options);
  const { status } = spawnSync('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...packages], options);
  if (status !== 0) throw new Error(`apt-get could not install ${packages.join(' ')}.`);
}
