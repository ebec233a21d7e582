import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootAddress } from './network.js';

/** The shell scripts lie beside the source, not beside the compiled code. */
const scripts = fileURLToPath(new URL('../../../test/lab/', import.meta.url));
/** How old the prepared installer may be, in milliseconds: the mirror keeps no component for ever. */
const freshFor = 6 * 3600 * 1000;

export interface Mirror {
  readonly url: string;
  readonly host: string;
}

/** The package mirror of this machine's own apt configuration. */
export function ownMirror(): Mirror {
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', '$(SITE)'], { encoding: 'utf8' });
  const url = stdout
    .split('\n')
    .find((site) => /^http:\/\/[^/]+\/debian\/?$/.test(site))
    ?.replace(/\/$/, '');
  if (url === undefined)
    throw new Error('The lab needs a Debian mirror by http in the apt configuration of this machine.');
  return { url, host: new URL(url).host };
}

/** The ISOs besides mini.iso, which every run has; each is made by a script of its name. */
export const furtherIsos = ['netinst', 'live', 'fedora', 'ubuntu'] as const;
export type FurtherIso = (typeof furtherIsos)[number];

/** Makes the installer's files and the ISOs in `DIRECTORY/installer`, unless a recent run left them; returns that directory. */
export function prepareMaterial(directory: string, mirror: Mirror, isos: readonly FurtherIso[]): string {
  const installer = join(directory, 'installer');
  if (!isFresh(installer, 'installer', mirror)) rmSync(installer, { recursive: true, force: true });
  mkdirSync(installer, { recursive: true });
  for (const name of ['installer', ...isos]) {
    if (isFresh(installer, name, mirror)) continue;
    run('bash', scriptOf(name), installer, mirror.url);
    writeFileSync(stampOf(installer, name), recipe(name, mirror));
  }
  return installer;
}

const scriptOf = (name: string): string => join(scripts, `make-${name}.sh`);
const stampOf = (installer: string, name: string): string => join(installer, `${name}.made-by`);
const recipe = (name: string, { url }: Mirror): string => `${url}\n${readFileSync(scriptOf(name), 'utf8')}`;

function isFresh(installer: string, name: string, mirror: Mirror): boolean {
  const stamp = stampOf(installer, name);
  if (!existsSync(stamp) || Date.now() - statSync(stamp).mtimeMs > freshFor) return false;
  return readFileSync(stamp, 'utf8') === recipe(name, mirror);
}

/** Where a lab has what stands beside its boot server. */
export interface Neighbours {
  /** What the mirror lacks is at port 8081 there, and the installer's syslog goes to it. */
  readonly address: string;
  /** Whose port 80 leads to the mirror. */
  readonly wayOut: string;
}

const besideServer: Neighbours = { address: bootAddress, wayOut: '127.0.0.80' };

/**
 * Fills a data directory: the ISO, in the layout of Debian's mini.iso, the archives, and the resources. The other ISOs
 * need none: they are offered under the names of their files.
 */
export function fillDataDirectory(data: string, installer: string, mirror: Mirror, { address } = besideServer): void {
  for (const room of ['isos', 'firmware', 'resources']) mkdirSync(join(data, room), { recursive: true });
  const build = readFileSync(join(installer, 'image/version'), 'utf8').trim();
  const info = join(installer, 'info');
  writeFileSync(info, `Debian GNU/Linux 13 amd64 - netboot mini.iso ${build}`);
  const iso = join(data, 'isos/mini.iso');
  rmSync(iso, { force: true });
  const maps = ['linux', 'initrd.gz'].flatMap((name) => ['-map', join(installer, 'image', name), `/${name}`]);
  run(
    'xorriso',
    '-report_about',
    'WARNING',
    '-outdev',
    iso,
    '-volid',
    'ISOIMAGE',
    '-joliet',
    'on',
    '-map',
    info,
    '/.disk/info',
    ...maps,
    '-commit',
  );
  for (const archive of ['key.cpio.gz', 'firmware.cpio.gz'])
    copyFileSync(join(installer, archive), join(data, 'firmware', archive));
  for (const name of furtherIsos) {
    const made = join(installer, `${name}.iso`);
    if (existsSync(made)) linkSync(made, join(data, 'isos', `${name}.iso`));
  }
  writeFileSync(join(data, 'resources/lab.yaml'), resources(mirror, address));
}

/** The profile that machines start by themselves, with what makes it show on the serial line what a screen would. */
export function profile(distro: string, { address } = besideServer): string {
  const console = ['console=ttyS0,115200'];
  const debianInstaller = [
    'DEBIAN_FRONTEND=text',
    'TERM=dumb',
    'mitigations=off',
    `log_host=${address}`,
    ...console,
    '---',
    ...console,
  ];
  const isSystem = ['live', 'fedora', 'ubuntu'].includes(distro);
  const spec = { distro, configuration: 'lab', kernelArgs: isSystem ? console : debianInstaller };
  return JSON.stringify({ apiVersion: 'serabut.io/v1alpha1', kind: 'BootProfile', metadata: { name: 'lab' }, spec });
}

/** Further configuration of Squid: how to reach the mirror, and that the stand-ins go before it. */
export function squidExtra({ host }: Mirror, { address, wayOut } = besideServer): string {
  const name = host.replaceAll('.', '\\.');
  return `hosts_file none
acl mirror dstdomain ${host}
acl stand_ins url_regex ^http://${name}/debian/(dists/trixie/(Release|Release\\.gpg|main/debian-installer/.*)|pool/lab/.*)$
cache_peer ${address} parent 8081 0 no-query no-digest no-netdb-exchange originserver name=stand_ins
cache_peer_access stand_ins allow stand_ins
cache_peer_access stand_ins deny all
cache_peer ${wayOut} parent 80 0 no-query no-digest no-netdb-exchange originserver name=way_out
cache_peer_access way_out deny stand_ins
cache_peer_access way_out allow mirror
never_direct allow all
cache deny stand_ins
http_access allow lan mirror
`;
}

/** The installer of 13 installs 12 here: of that suite the mirrors at hand have every package. Password of the user: lab. */
function resources({ host }: Mirror, syslog: string): string {
  const hash = '$6$serabutlab$M/Oms/kQBiPGTbSgSbtVHLo22xNXR0H8JQMXlapgWA5iJCTEsc0ERfCo6EF7fgJXexmP/9ICqjr8qGzkJrRge.';
  return `apiVersion: serabut.io/v1alpha1
kind: Image
metadata: { name: mini }
spec: { type: iso, path: mini.iso }
---
apiVersion: serabut.io/v1alpha1
kind: Image
metadata: { name: key }
spec: { type: firmware, path: key.cpio.gz }
---
apiVersion: serabut.io/v1alpha1
kind: Image
metadata: { name: firmware }
spec: { type: firmware, path: firmware.cpio.gz }
---
apiVersion: serabut.io/v1alpha1
kind: Distro
metadata: { name: debian-13 }
spec: { plugin: debian, image: mini, firmware: [key, firmware] }
---
apiVersion: serabut.io/v1alpha1
kind: Configuration
metadata: { name: lab }
spec:
  hostname: labnode
  network: { domain: lab }
  ntp: { enabled: false }
  users: [{ name: lab, fullName: Lab, passwordHash: '${hash}' }]
  storage: { disk: { path: /dev/vda } }
  mirrors: { debian: { host: ${host}, directory: /debian, securityHost: ${host} } }
  afterInstall:
    - >-
      bash -c 'echo "lab: after-install ran in the new system" > /dev/udp/${syslog}/514;
      echo "lab: firmware installed: $(dpkg-query -S /usr/lib/firmware/e100/d102e_ucode.bin)" > /dev/udp/${syslog}/514'
  additions:
    debian:
      preseed.cfg: |
        # What the lab wants to see
        d-i preseed/early_command string logger -t lab "firmware: $(ls /firmware | tr '\\n' ' ')"; logger -t lab "firmware taken: $(cat /var/log/firmware-summary)"; logger -t lab "$(grep -o 'Detected CD .*' /var/log/syslog)"
        # What makes an emulated machine fast enough
        d-i mirror/suite string bookworm
        d-i hw-detect/load_firmware boolean false
        d-i base-installer/install-recommends boolean false
        d-i base-installer/initramfs-tools/driver-policy select dep
        d-i apt-setup/non-free-firmware boolean false
        d-i pkgsel/run_tasksel boolean false
        d-i pkgsel/upgrade select none
`;
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } });
  if (status !== 0) throw new Error(`${command} failed:\n${stderr.slice(-2000)}`);
}
