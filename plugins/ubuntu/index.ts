import type { CheckedConfiguration, DistroPlugin } from '../../core/plugin/contract.js';

/**
 * Ubuntu Server by its live image (casper) and autoinstall. casper fetches the whole ISO into memory, and the installer
 * wants 2 GiB besides. `.disk/info` as in canonical/subiquity and the published images.
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
  media: (['x86_64', 'arm64'] as const).map((arch) => ({
    edition: 'live-server',
    arch,
    kernel: '/casper/vmlinuz',
    initrd: '/casper/initrd',
    leastMemory: { mib: 2048, isoTimes: 1 },
  })),
  boot: { template: 'boot.ipxe.liquid' },
  automation: {
    'user-data': { template: 'user-data.liquid' },
    'after-install.sh': { template: 'after-install.sh.liquid' },
    'meta-data': { template: 'meta-data.liquid' },
    'vendor-data': { template: 'vendor-data.liquid' },
    'network-config': { template: 'network-config.liquid' },
  },
  unsupported: [
    {
      field: 'storage.passphrase',
      when: { 'storage.layout': ['direct', 'raid1'] },
      because: 'autoinstall encrypts logical volumes alone',
    },
    {
      field: 'updates.policy',
      values: ['none'],
      because: 'its installer always installs the security updates',
    },
    ...['storage.disk.atLeastGB', 'storage.otherDisk.atLeastGB'].map((field) => ({
      field,
      because: 'autoinstall compares no sizes, it only takes the largest or smallest disk',
    })),
  ],
  check: diskPaths,
};

/** autoinstall compares the kernel's own names of the disks, `/dev/sda`, to which no link leads it. */
function diskPaths({ storage: { disk, otherDisk } }: CheckedConfiguration) {
  return Object.entries({ disk, otherDisk }).flatMap(([name, rule]) => {
    if (!rule?.path) return [];
    const expected = rule.kind === 'nvme' ? /^\/dev\/nvme\w+$/ : /^\/dev\/\w+$/;
    if (expected.test(rule.path)) return [];
    const words = `a device such as ${rule.kind === 'nvme' ? '/dev/nvme0n1' : '/dev/sda'} for Ubuntu, because autoinstall follows no link`;
    return [{ path: `spec.storage.${name}.path`, expected: words, received: JSON.stringify(rule.path) }];
  });
}

export default plugin;
