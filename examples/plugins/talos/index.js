const disk = 'the parameter installDisk says which disk';
const users = 'Talos has no accounts and no shell';

const text = (expected) => ({ type: 'string', minLength: 1, maxLength: 65_536, expected });
const needed = ['clusterName', 'endpoint', 'machineType', 'installDisk', 'secrets'];
const parameters = {
  type: 'object',
  additionalProperties: false,
  // None at all are those of the Talos that waits to be told by talosctl.
  anyOf: [{ maxProperties: 0 }, { required: needed }],
  expected: `all of ${needed.join(', ')}`,
  properties: {
    clusterName: text('the name of the cluster'),
    endpoint: { ...text('a URL such as https://192.168.88.10:6443'), pattern: '^https://[^\\s/]+$' },
    machineType: { enum: ['controlplane', 'worker'] },
    installDisk: { ...text('a device such as /dev/sda'), pattern: '^/dev/[A-Za-z0-9._:/-]+$' },
    secrets: text('the secrets of the cluster, as YAML; see the README'),
  },
};

/** What an operator has not touched, of the fields that Talos lacks and that are never empty. */
const usual = { locale: 'en_US.UTF-8', timezone: 'Etc/UTC', environment: 'server' };

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
    { field: 'keyboard.variant', because: 'nobody logs in on its console' },
    { field: 'network.domain', because: 'this plugin sets no search domain' },
    { field: 'root.passwordHash', because: users },
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
  check: (configuration, { product }) => [
    ...Object.entries({ ...usual, 'keyboard.layout': 'us' }).flatMap(([path, value]) => {
      const received = path.split('.').reduce((at, name) => at[name], configuration);
      if (received === value) return [];
      return [
        { path: `spec.${path}`, expected: `${value}, as Talos has no such thing`, received: JSON.stringify(received) },
      ];
    }),
    ...(configuration.mirrors[product]
      ? [{ path: `spec.mirrors.${product}`, expected: 'nothing: Talos has no packages', received: 'a mirror' }]
      : []),
  ],
};
