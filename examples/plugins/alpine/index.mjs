const kernels = [
  ['std', 'lts'],
  ['ext', 'lts'],
  ['virt', 'virt'],
];

/** The kernel runs this instead of the initramfs' own init, because of the argument rdinit=. */
const overlay = [
  { to: '/serabut/init', mode: 0o755, template: 'init.sh.liquid' },
  { to: '/serabut/overlay/etc/local.d/serabut.start', mode: 0o755, template: 'serabut.start.liquid' },
];

/**
 * Alpine Linux by its ISOs "standard", "extended" and "virtual", with packages from the ISO while it boots and from a
 * mirror while it is installed. The volume identifier is that of alpinelinux/aports, scripts/mkimg.base.sh.
 *
 * @type {import('serabut/plugin').DistroPlugin}
 */
export default {
  apiVersion: 'serabut/v1',
  id: 'alpine',
  recognise: [
    {
      volumeId: '^alpine-(?<edition>std|ext|virt) (?<release>\\d+\\.\\d+)\\.\\d+ (?<arch>x86_64|aarch64)$',
      present: ['/apks/.boot_repository'],
    },
  ],
  media: kernels.flatMap(([edition, kernel]) =>
    ['x86_64', 'arm64'].map((arch) => ({
      edition,
      arch,
      kernel: `/boot/vmlinuz-${kernel}`,
      initrd: `/boot/initramfs-${kernel}`,
      overlay,
      leastMemory: 1024,
    })),
  ),
  boot: { template: 'boot.ipxe.liquid' },
  automation: { 'install.sh': { template: 'install.sh.liquid' } },
  unsupported: [
    { field: 'environment', values: ['minimal'], because: 'it is as small as it can be either way' },
    { field: 'locale', except: ['en_US.UTF-8'], because: 'musl knows no other' },
    { field: 'keyboard.variant', because: 'this plugin loads the keymap of the layout alone' },
    {
      field: 'network.nameServers',
      when: { 'network.address': [null] },
      because: 'its DHCP client takes the name servers that it is given',
    },
    {
      field: 'network.domain',
      when: { 'network.address': [null] },
      because: 'its DHCP client takes the domain that it is given',
    },
    { field: 'updates.policy', values: ['none'], because: 'packages come from a mirror that holds the updates alone' },
    { field: 'updates.unattended', because: 'it has no service for that' },
    { field: 'storage.disk.serial', because: 'its live system has no udev, which knows the serial numbers' },
    { field: 'storage.layout', values: ['raid1'], because: 'this plugin takes one disk' },
    { field: 'storage.passphrase', because: 'setup-disk asks for it on the console' },
    { field: 'afterInstall', because: 'setup-disk leaves the installed system without a place to run them in' },
  ],
  check: ({ mirrors }, { product }) =>
    mirrors[product]?.securityHost
      ? [
          {
            path: `spec.mirrors.${product}.securityHost`,
            expected: 'nothing: the mirror holds the security updates as well',
            received: JSON.stringify(mirrors[product].securityHost),
          },
        ]
      : [],
};
