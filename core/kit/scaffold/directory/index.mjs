// What of a Configuration the answers do not say, so that nobody misses it later. An entry goes when its field is done.
const because = 'the answers of NAME do not say it yet';
const unsupported = [
  { field: 'locale', except: ['en_US.UTF-8'], because },
  { field: 'keyboard.layout', except: ['us'], because },
  { field: 'keyboard.variant', because },
  { field: 'timezone', except: ['Etc/UTC'], because },
  { field: 'network.interface', because },
  { field: 'network.address', because },
  { field: 'network.nameServers', because },
  { field: 'network.domain', because },
  { field: 'ntp.enabled', values: [false], because },
  { field: 'ntp.servers', because },
  { field: 'root.passwordHash', because },
  { field: 'root.sshKeys', because },
  { field: 'users[].fullName', because },
  { field: 'users[].groups', because },
  { field: 'users[].sudo', values: [false], because },
  { field: 'users[].shell', except: ['/bin/bash'], because },
  { field: 'sshPasswords', because },
  { field: 'environment', values: ['minimal'], because },
  { field: 'updates.policy', values: ['none'], because },
  { field: 'updates.unattended', because },
  { field: 'storage.disk.path', because },
  { field: 'storage.disk.serial', because },
  { field: 'storage.disk.kind', because },
  { field: 'storage.disk.atLeastGB', because },
  { field: 'storage.disk.size', values: ['smallest'], because },
  { field: 'storage.layout', values: ['lvm', 'raid1'], because },
  { field: 'storage.filesystem', because },
  { field: 'storage.swapMiB', because },
  { field: 'storage.passphrase', because },
  { field: 'proxy', because },
];

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
  unsupported,
};
