import type { CheckedConfiguration, DistroPlugin, IsoFacts, Recognition } from '../../core/plugin/contract.js';

/**
 * What all of them have. A netinst image has no more than a .discinfo of lorax; a DVD and a minimal image have a .treeinfo
 * too, and the latter its few packages below /Minimal. The volume identifiers of the three are the same.
 */
const present = ['/images/pxeboot/vmlinuz', '/images/pxeboot/initrd.img', '/images/install.img'];
const looks = (product: string, family: string, volumeId: string): Recognition[] => [
  {
    volumeId,
    present: [...present, '/Minimal/repodata/repomd.xml'],
    absent: ['/BaseOS'],
    facts: { product, edition: 'minimal' },
  },
  { volumeId, files: { '.treeinfo': `^family *= *${family}` }, present, facts: { product, edition: 'dvd' } },
  { volumeId, present: [...present, '/.discinfo'], absent: ['/.treeinfo'], facts: { product, edition: 'netinst' } },
];

const arch = '(?<arch>x86_64|aarch64)';
const kin = ['rocky', 'almalinux', 'centos-stream'];

/**
 * Fedora and its kin, the rebuilds of Red Hat Enterprise Linux, by Anaconda: from a DVD, or from a netinst image and
 * a mirror. So is a minimal image, because most of what a Configuration may ask for is not on it. The volume identifiers
 * are those of the published images; of the kin's release the first number is taken.
 */
const plugin: DistroPlugin = {
  apiVersion: 'serabut/v1',
  id: 'fedora',
  recognise: [
    ...looks('fedora', 'Fedora', `^Fedora-\\w+-dvd-${arch}-(?<release>\\d+)`),
    ...looks('rocky', 'Rocky Linux', `^Rocky-(?<release>\\d+)-\\d+-${arch}-`),
    ...looks('almalinux', 'AlmaLinux', `^AlmaLinux-(?<release>\\d+)-\\d+-${arch}-`),
    ...looks('centos-stream', 'CentOS Stream', `^CentOS-Stream-(?<release>\\d+)-BaseOS-${arch}`),
  ],
  media: (['dvd', 'netinst', 'minimal'] as const).flatMap((edition) =>
    (['x86_64', 'arm64'] as const).map((machine) => ({
      edition,
      arch: machine,
      kernel: '/images/pxeboot/vmlinuz',
      initrd: '/images/pxeboot/initrd.img',
      leastMemory: 3072,
    })),
  ),
  boot: { template: 'boot.ipxe.liquid' },
  automation: { 'ks.cfg': { template: 'ks.cfg.liquid' } },
  unsupported: [
    {
      field: 'storage.filesystem',
      values: ['btrfs'],
      of: { product: kin },
      because: 'its kernel has no btrfs',
    },
    {
      field: 'storage.filesystem',
      values: ['btrfs'],
      when: { 'storage.layout': ['lvm', 'raid1'] },
      because: 'its installer makes btrfs on partitions alone',
    },
    {
      field: 'updates.policy',
      values: ['security'],
      of: { product: ['centos-stream'] },
      because: 'its repositories do not say which updates are for security',
    },
  ],
  check: securityMirror,
};

function securityMirror({ mirrors }: CheckedConfiguration, { product }: IsoFacts) {
  const host = mirrors[product]?.securityHost;
  if (!host) return [];
  const expected = `nothing for ${product}: its mirrors hold the security updates as well`;
  return [{ path: `spec.mirrors.${product}.securityHost`, expected, received: JSON.stringify(host) }];
}

export default plugin;
