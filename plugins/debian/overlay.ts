import type { OverlayEntry } from '../../core/plugin/contract.js';

/** Components for other ways to install than this one: a graphical installer, speech, Braille. Half of all bytes. */
const unusedComponents = ['*gtk*', 'fonts-*', 'xserver-xorg-*', 'espeak*', 'sound-modules-*', 'speakup-*', 'brltty-*'];

/** Chips of wired network cards and disk controllers (package descriptions of firmware-nonfree); 17 of 270 to 400 MB. */
const firmware = '{bnx2,bnx2x,cavium,intel-misc,linux-free,misc-nonfree,myricom,netronome,netxen,qlogic,realtek}';

/**
 * What the initrd of a netinst or DVD image lacks. It is made to find everything on a disc that it mounts at /cdrom:
 * cdrom-detect takes the disc for mounted when /cdrom/.disk/info is there, and cdrom-retriever takes components from the
 * pool below (udebs cdrom-detect and cdrom-retriever). So the disc's index and components come into the initrd, and with
 * them those that make it a network installation.
 *
 * `base_installable` stays out: it would say that the system itself is in the pool too.
 */
export const discOverlay = (arch: 'amd64' | 'arm64'): OverlayEntry[] => {
  const index = `main/debian-installer/binary-${arch}/Packages.gz`;
  return [
    { to: '/cdrom/.disk/info', from: '/.disk/info' },
    { to: '/cdrom/.disk/cd_type', text: 'not_complete\n' },
    { to: '/cdrom/.disk/udeb_include', template: 'udeb_include.liquid', reads: ['/.disk/udeb_include'] },
    { to: '/cdrom/dists/{codename}/Release', from: '/dists/{codename}/Release' },
    { to: `/cdrom/dists/{codename}/${index}`, from: `/dists/{codename}/${index}` },
    { to: '/cdrom/pool', from: '/pool', only: ['**/*.udeb'], without: unusedComponents.map((name) => `**/${name}`) },
    {
      to: '/firmware',
      from: '/firmware',
      only: ['Contents-firmware', 'dep11/*', `firmware-${firmware}_*.deb`],
      optional: true,
    },
  ];
};
