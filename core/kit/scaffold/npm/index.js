/** @type {import('serabut/plugin').DistroPlugin} */
export default {
  apiVersion: 'serabut/v1',
  id: 'NAME',
  recognise: [
    {
      volumeId: '^NAME_(?<release>\\d+)$',
      present: ['/boot/vmlinuz'],
      facts: { edition: 'installer', arch: 'x86_64' },
    },
  ],
  media: [
    {
      edition: 'installer',
      arch: 'x86_64',
      kernel: '/boot/vmlinuz',
      initrd: '/boot/initrd.img',
      leastMemory: 512,
    },
  ],
  boot: { template: 'boot.ipxe.liquid' },
  // A text is made by a template, or by a pure function: { render: (view) => text }.
  automation: { 'answers.cfg': { template: 'answers.cfg.liquid' } },
  parameters: { type: 'object', additionalProperties: false, properties: {} },
  // What of a Configuration the installer cannot do, so that nobody misses it later.
  unsupported: [
    { field: 'root.passwordHash', because: 'the answers of NAME do not say it yet' },
    { field: 'storage.passphrase', because: 'the answers of NAME do not say it yet' },
  ],
};
