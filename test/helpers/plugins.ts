import type { DistroPlugin } from '../../core/plugin/contract.js';

/** A small plugin that is right in all its fields. */
export const validPlugin = {
  apiVersion: 'serabut/v1',
  id: 'tiny',
  recognise: [{ volumeId: '^TINY_(?<release>\\d+)$', facts: { edition: 'live', arch: 'amd64' } }],
  media: [{ edition: 'live', arch: 'x86_64', kernel: '/boot/vmlinuz', initrd: '/boot/initrd' }],
  boot: { render: (view) => `#!ipxe\nkernel ${view.url.kernel}\ninitrd ${view.url.initrd}\nboot\n` },
  automation: { 'answers.txt': { render: (view) => `hostname=${view.configuration.hostname}\n` } },
} satisfies DistroPlugin;
