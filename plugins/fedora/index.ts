import type { DistroPlugin } from '../../core/plugin/contract.js';

/**
 * Fedora by Anaconda, from a Server DVD or a netinst image. Only DVDs have a .treeinfo; lorax gives a netinst image
 * no more than a .discinfo (timestamp, release, architecture), so that one needs the volume id too.
 */
const plugin: DistroPlugin = {
  apiVersion: 'serabut/v1',
  id: 'fedora',
  recognise: [
    {
      volumeId: '^Fedora-\\w+-(?<edition>dvd)-(?<arch>x86_64|aarch64)-(?<release>\\d+)',
      files: { '.treeinfo': '^family *= *Fedora' },
      present: ['/images/pxeboot/vmlinuz', '/images/install.img'],
    },
    {
      volumeId: '^Fedora-\\w+-dvd-(?<arch>x86_64|aarch64)-(?<release>\\d+)',
      present: ['/images/pxeboot/vmlinuz', '/images/install.img'],
      absent: ['/.treeinfo'],
      facts: { edition: 'netinst' },
    },
  ],
  media: (['dvd', 'netinst'] as const).flatMap((edition) =>
    (['x86_64', 'arm64'] as const).map((arch) => ({
      edition,
      arch,
      kernel: '/images/pxeboot/vmlinuz',
      initrd: '/images/pxeboot/initrd.img',
      leastMemory: 3072,
    })),
  ),
  boot: { template: 'boot.ipxe.liquid' },
  automation: { 'ks.cfg': { template: 'ks.cfg.liquid' } },
};

export default plugin;
