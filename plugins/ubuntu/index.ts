import type { DistroPlugin } from '../../core/plugin/contract.js';

/**
 * Ubuntu Server by its live image (casper) and autoinstall. casper fetches the whole ISO into memory, so the least
 * memory is more than the ISO is long. `.disk/info` as in canonical/subiquity and the published images.
 */
const plugin: DistroPlugin = {
  apiVersion: 'serabut/v1',
  id: 'ubuntu',
  recognise: [
    {
      files: {
        '.disk/info':
          '^Ubuntu-Server (?<release>\\d{2}\\.\\d{2})(?:\\.\\d{1,2})? (?:LTS )?"(?<codename>\\w{1,20})(?: \\w{1,20})?" - \\w{1,20} (?<arch>amd64|arm64)',
      },
      present: ['/casper/vmlinuz', '/casper/initrd'],
      facts: { edition: 'live-server' },
    },
  ],
  media: [
    { edition: 'live-server', arch: 'x86_64', kernel: '/casper/vmlinuz', initrd: '/casper/initrd', leastMemory: 6144 },
    { edition: 'live-server', arch: 'arm64', kernel: '/casper/vmlinuz', initrd: '/casper/initrd', leastMemory: 6144 },
  ],
  boot: { template: 'boot.ipxe.liquid' },
  automation: {
    'user-data': { template: 'user-data.liquid' },
    'meta-data': { template: 'meta-data.liquid' },
    'vendor-data': { template: 'vendor-data.liquid' },
  },
};

export default plugin;
