import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import { examinePlugin } from '../../core/kit/examine.js';
import { pluginLimits } from '../../core/plugin/run.js';

export const listing = `iso: tiny-7.iso
volumeId: TINY_7
expect: { product: tiny, release: '7', edition: live, arch: x86_64 }
files: { /boot/vmlinuz: 5000, /boot/initrd: 70001 }
source: made up
`;
export const boot = `#!ipxe
kernel {{ url.kernel }} {{ kernelArgs }}{% if url.automation %} answers={{ url.automation }}answers.txt{{ url.query }}{% endif %}
initrd {{ url.initrd }}
boot
`;
export const answers = `all {{ configuration | yaml }}
{% if url.report %}report {{ url.report }}/done
{% endif %}image {{ url.content }}/boot/initrd
`;

/** A plugin that is right in everything, but for what is changed in it: a part of its module, or whole files. */
export function plugin(changes: {
  module?: [from: string, to: string];
  files?: Record<string, string>;
}): Record<string, string> {
  const module = `export default {
  apiVersion: 'serabut/v1',
  id: 'tiny',
  recognise: [{ volumeId: '^TINY_(?<release>\\\\d+)$', facts: { edition: 'live', arch: 'amd64' } }],
  media: [{ edition: 'live', arch: 'x86_64', kernel: '/boot/vmlinuz', initrd: '/boot/initrd' }],
  boot: { template: 'boot.ipxe.liquid' },
  automation: { 'answers.txt': { template: 'answers.liquid' } },
  parameters: { type: 'object', additionalProperties: false, properties: { on: { type: 'boolean' } } },
};`;
  const [from, to] = changes.module ?? ['', ''];
  if (!module.includes(from)) throw new Error(`${from} is not in the module`);
  const files = { 'boot.ipxe.liquid': boot, 'answers.liquid': answers, 'listings/7.yaml': listing };
  return { 'index.mjs': module.replace(from, to), ...files, ...changes.files };
}

/** What the kit says of a plugin: how many things are right, and each problem. */
export async function examine(t: Test, files: Record<string, string>): Promise<{ passed: number; problems: string[] }> {
  const directory = join(t.testdir({}), 'tiny');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  let passed = 0;
  const problems: string[] = [];
  const report = (_: string, problem?: string) => {
    if (problem === undefined) passed += 1;
    else problems.push(problem);
  };
  await examinePlugin(directory, { isos: [], listings: join(directory, 'listings'), report });
  return { passed, problems };
}

/** A plugin whose answers are made by this function. */
export const render = (code: string): { module: [string, string] } => ({
  module: ["{ template: 'answers.liquid' }", `{ render: ${code} }`],
});

/** Each mistake is to give one problem; of fields that are not heeded each is a problem of its own. */
export function testMistakes(
  t: Test,
  mistakes: Readonly<Record<string, [Record<string, string>, string | RegExp]>>,
): void {
  for (const [title, [files, problem]] of Object.entries(mistakes)) {
    t.test(`${title} is one clear problem`, async (t) => {
      const limits = pluginLimits as { milliseconds: number };
      const { milliseconds } = limits;
      if (/never (settles|yields)/.test(title)) limits.milliseconds = 1_500;
      t.teardown(() => Object.assign(limits, { milliseconds }));
      const { problems } = await examine(t, files);
      const others = problems.filter((text) => !text.startsWith('Configuration.') || text.includes('.locale'));
      t.equal(others.length, 1, problems.join('\n'));
      t.match(problems[0], problem);
    });
  }
}
