import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The ConfigMap with a plugin that no package has. */
export const customPlugin = 'lab-plugin';

const definition = {
  apiVersion: 'serabut/v1',
  id: 'lab',
  recognise: [{ volumeId: '^LAB_(?<release>\\d+)$', facts: { edition: 'lab', arch: 'x86_64' } }],
  media: [{ edition: 'lab', arch: 'x86_64', kernel: '/linux', initrd: '/initrd.gz' }],
  boot: { template: 'boot.ipxe.liquid' },
  automation: {},
};

/** The ConfigMap that holds the plugin, with a word by which its versions are told apart. */
export function pluginMap(inNamespace: string, word: string): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: customPlugin, namespace: inNamespace },
    // With code, which runs in a process of its own that the pod's restrictions must let be.
    data: {
      'index.mjs': `export default ${JSON.stringify(definition)};`,
      'boot.ipxe.liquid': `#!ipxe\necho lab plugin ${word}\nboot\n`,
    },
  };
}

/** Makes an ISO that this plugin alone knows. */
export function makeCustomIso(iso: string): void {
  const tree = `${iso}.tree`;
  mkdirSync(tree);
  for (const name of ['linux', 'initrd.gz']) writeFileSync(join(tree, name), `stands for ${name}`);
  execFileSync('xorriso', ['-as', 'mkisofs', '-quiet', '-r', '-V', 'LAB_1', '-o', iso, tree], { stdio: 'pipe' });
  rmSync(tree, { recursive: true });
}
