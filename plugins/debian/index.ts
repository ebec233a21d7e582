import type { DistroPlugin, Medium } from '../../core/plugin/contract.js';
import { checkConfiguration } from './check-preseed.js';
import { discOverlay } from './overlay.js';

const releases = { bookworm: '12', trixie: '13' } as const;

/** Where debian-cd puts kernel and initrd (tools/boot/trixie/boot-x86 and boot-arm64). */
const disc = (edition: string, arch: Medium['arch'], debianArch: 'amd64' | 'arm64'): Medium => {
  const directory = debianArch === 'amd64' ? '/install.amd' : '/install.a64';
  const overlay = discOverlay(debianArch);
  return { edition, arch, kernel: `${directory}/vmlinuz`, initrd: `${directory}/initrd.gz`, overlay, leastMemory: 768 };
};

/**
 * Debian by its installer, from the netboot `mini.iso`, or from a netinst or DVD image with an overlay; and Debian live.
 * `.disk/info` and the layout of mini.iso come from the source package debian-installer (build/config/x86.cfg and
 * arm.cfg, target arch_miniiso), which puts kernel and initrd at the root on every architecture; those of the discs from
 * debian-cd (tools/start_new_disc); those of the live images from live-build.
 */
const plugin: DistroPlugin = {
  apiVersion: 'serabut/v1',
  id: 'debian',
  recognise: [
    ...(['bookworm', 'trixie'] as const).map((codename) => ({
      files: {
        '.disk/info': `^Debian GNU/Linux (?<release>${releases[codename]})\\b.* (?<arch>amd64|arm64) - netboot mini\\.iso`,
      },
      present: ['/linux', '/initrd.gz'],
      facts: { codename, edition: 'netboot' },
    })),
    {
      files: {
        '.disk/info':
          '^Debian GNU/Linux (?<release>\\d+)\\S* "(?<codename>\\w+)" - Official (?<arch>amd64|arm64) (?<edition>NETINST|DVD)',
      },
    },
    {
      volumeId: '^d-live (?<release>\\d+)\\S* \\w+ (?<arch>amd64|arm64)',
      present: ['/live/filesystem.squashfs'],
      facts: { edition: 'live' },
    },
  ],
  media: [
    { edition: 'netboot', arch: 'x86_64', kernel: '/linux', initrd: '/initrd.gz', leastMemory: 512 },
    { edition: 'netboot', arch: 'arm64', kernel: '/linux', initrd: '/initrd.gz', leastMemory: 512 },
    ...['netinst', 'dvd'].flatMap((edition) => [disc(edition, 'x86_64', 'amd64'), disc(edition, 'arm64', 'arm64')]),
    { edition: 'live', arch: 'x86_64', kernel: '/live/vmlinuz*', initrd: '/live/initrd.img*' },
    { edition: 'live', arch: 'arm64', kernel: '/live/vmlinuz*', initrd: '/live/initrd.img*' },
  ],
  firmware: [
    {
      file: '{release}/firmware.cpio.gz',
      from: 'https://cdimage.debian.org/cdimage/firmware/{codename}/current/firmware.cpio.gz',
      editions: ['netboot', 'netinst', 'dvd'],
    },
  ],
  boot: { template: 'boot.ipxe.liquid' },
  automation: {
    'preseed.cfg': { template: 'preseed.cfg.liquid' },
    'before-install.sh': { template: 'before-install.sh.liquid' },
    'after-install.sh': { template: 'after-install.sh.liquid' },
  },
  unsupported: [
    {
      field: 'storage.passphrase',
      when: { 'storage.layout': ['direct'] },
      because: "the installer's own partitioning encrypts logical volumes alone",
    },
    {
      field: 'storage.passphrase',
      when: { 'storage.layout': ['raid1'] },
      because: 'the recipe for RAID that Serabut gives to the installer has plain file systems',
    },
  ],
  check: checkConfiguration,
};

export default plugin;
