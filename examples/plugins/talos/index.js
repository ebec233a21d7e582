const disk = 'the parameter installDisk says which disk';
const users = 'Talos has no accounts and no shell';

const text = (expected) => ({ type: 'string', minLength: 1, maxLength: 65_536, expected });
const parameters = {
  type: 'object',
  additionalProperties: false,
  required: ['clusterName', 'endpoint', 'machineType', 'installDisk', 'secrets'],
  properties: {
    clusterName: text('the name of the cluster'),
    endpoint: { ...text('a URL such as https://192.168.88.10:6443'), pattern: '^https://[^\\s/]+$' },
    machineType: { expected: 'controlplane or worker', enum: ['controlplane', 'worker'] },
    installDisk: { ...text('a device such as /dev/sda'), pattern: '^/dev/[A-Za-z0-9._:/-]+$' },
    secrets: text('the secrets of the cluster, as YAML; see the README'),
  },
};

/**
 * Talos Linux by its ISO for bare metal. Its volume identifier and files are made by siderolabs/talos, pkg/imager/iso;
 * GRUB is there for BIOS machines on x86_64 alone, which tells the two architectures apart.
 *
 * @type {import('serabut/plugin').DistroPlugin}
 */
export default {
  apiVersion: 'serabut/v1',
  id: 'talos',
  recognise: [
    ['x86_64', 'i386-pc'],
    ['arm64', 'arm64-efi'],
  ].map(([arch, grub]) => ({
    volumeId: '^TALOS_V(?<release>\\d+_\\d+_\\d+)',
    present: ['/boot/vmlinuz', '/boot/initramfs.xz', `/boot/grub/${grub}`],
    facts: { edition: 'metal', arch },
  })),
  media: ['x86_64', 'arm64'].map((arch) => ({
    edition: 'metal',
    arch,
    kernel: '/boot/vmlinuz',
    initrd: '/boot/initramfs.xz',
    leastMemory: 2048,
  })),
  boot: { template: 'boot.ipxe.liquid' },
  automation: { 'machine-config.yaml': { template: 'machine-config.yaml.liquid' } },
  parameters,
  unsupported: [
    { field: 'locale', except: ['en_US.UTF-8'], because: 'it has no locales' },
    { field: 'timezone', except: ['Etc/UTC'], because: 'its clock is in UTC' },
    { field: 'environment', except: ['server'], because: 'there is one environment' },
    { field: 'keyboard.layout', except: ['us'], because: 'nobody logs in on its console' },
    { field: 'keyboard.variant', because: 'nobody logs in on its console' },
    { field: 'network.domain', because: 'this plugin sets no search domain' },
    { field: 'root.passwordHash', because: users },
    { field: 'root.sshKeys', because: users },
    { field: 'users', because: users },
    { field: 'sshPasswords', because: users },
    { field: 'packages', because: 'it has no packages; system extensions come from its Image Factory' },
    { field: 'updates.policy', values: ['all', 'none'], because: 'it is updated as a whole, by talosctl upgrade' },
    { field: 'updates.unattended', because: 'it is updated by talosctl upgrade' },
    { field: 'storage.disk.path', because: disk },
    { field: 'storage.disk.serial', because: disk },
    { field: 'storage.disk.kind', because: disk },
    { field: 'storage.disk.atLeastGB', because: disk },
    { field: 'storage.disk.size', values: ['smallest'], because: disk },
    { field: 'storage.layout', values: ['lvm', 'raid1'], because: 'it makes its own partitions' },
    { field: 'storage.filesystem', because: 'it makes its own file systems' },
    { field: 'storage.swapMiB', because: 'it has no swap unless its own documents ask for it' },
    { field: 'storage.passphrase', because: 'it encrypts by keys of its own, never by a passphrase' },
    { field: 'proxy', because: 'its images come from registries by HTTPS, not as packages' },
    { field: 'afterInstall', because: 'it runs no scripts' },
  ],
  check: ({ mirrors }, { product }) =>
    mirrors[product]
      ? [{ path: `spec.mirrors.${product}`, expected: 'nothing: Talos has no packages', received: 'a mirror' }]
      : [],
};
