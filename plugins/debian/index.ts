import type { DistroPlugin } from '../../core/plugin/contract.js';

const releases = { bookworm: '12', trixie: '13' } as const;

/**
 * Debian by its installer, from the netboot `mini.iso`. Its `.disk/info` and layout come from the source package
 * debian-installer (build/config/x86.cfg and arm.cfg, target arch_miniiso), which puts kernel and initrd at the root on
 * every architecture. The initrd of a netinst or DVD image has no network; such an image is recognised, not yet booted.
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
  ],
  media: [
    { edition: 'netboot', arch: 'x86_64', kernel: '/linux', initrd: '/initrd.gz', leastMemory: 512 },
    { edition: 'netboot', arch: 'arm64', kernel: '/linux', initrd: '/initrd.gz', leastMemory: 512 },
  ],
  firmware: [
    {
      file: '{release}/firmware.cpio.gz',
      from: 'https://cdimage.debian.org/cdimage/firmware/{codename}/current/firmware.cpio.gz',
    },
  ],
  boot: { template: 'boot.ipxe.liquid' },
  automation: {
    'preseed.cfg': { template: 'preseed.cfg.liquid' },
    'after-install.sh': { template: 'after-install.sh.liquid' },
  },
};

export default plugin;
