import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { examinePlugin } from '../../../core/kit/examine.js';
import { pluginLimits } from '../../../core/plugin/run.js';

const listing = `iso: tiny-7.iso
volumeId: TINY_7
expect: { product: tiny, release: '7', edition: live, arch: x86_64 }
files: { /boot/vmlinuz: 5000, /boot/initrd: 70001 }
source: made up
`;
const boot = `#!ipxe
kernel {{ url.kernel }}{% if url.automation %} answers={{ url.automation }}answers.txt{{ url.query }}{% endif %}
initrd {{ url.initrd }}
boot
`;
const answers = `host {{ configuration.hostname }}
report {{ url.report }}/done
image {{ url.content }}/boot/initrd
`;

/** A plugin that is right in everything, but for what is changed in it: a part of its module, or whole files. */
function plugin(changes: {
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
async function examine(t: Test, files: Record<string, string>): Promise<{ passed: number; problems: string[] }> {
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

t.test('a plugin that is right has no problem', async (t) => {
  const { passed, problems } = await examine(t, plugin({}));
  t.strictSame(problems, []);
  t.ok(passed > 10, `${passed}`);
});

const render = (code: string): { module: [string, string] } => ({
  module: ["{ template: 'answers.liquid' }", `{ render: ${code} }`],
});

/** Each mistake, and the one problem that it gives. */
const mistakes: Record<string, [files: Record<string, string>, problem: string | RegExp]> = {
  'a path that the ISO lacks': [
    plugin({ module: ["'/boot/initrd'", "'/boot/initrd.img'"] }),
    'tiny-7.iso has no file /boot/initrd.img',
  ],
  'an unknown variable': [
    plugin({ files: { 'answers.liquid': `${answers}{% if url.report == null %}{{ machine.nmae }}{% endif %}` } }),
    'automation.answers.txt: expected a variable that the template can see, received {{ machine.nmae }}',
  ],
  'an unknown variable in a boot script': [
    plugin({ files: { 'boot.ipxe.liquid': `${boot}{{ kernelArg }}` } }),
    /undefined variable: kernelArg \(?.*boot\.ipxe\.liquid:5:1|boot: expected a variable .* \{\{ kernelArg \}\}|undefined variable: kernelArg/,
  ],
  'an answer file that never reports': [
    plugin({ files: { 'answers.liquid': answers.replace('/done', '') } }),
    'automation: expected a file that reports the end to {{ url.report }}/done, received none',
  ],
  'a parameter without a schema': [
    plugin({ files: { 'answers.liquid': `${answers}{% if parameters.on %}{{ parameters.off }}{% endif %}` } }),
    'automation.answers.txt: expected a parameter with a schema in "parameters", received {{ parameters.off }}',
  ],
  'an apiVersion from the future': [
    plugin({ module: ['serabut/v1', 'serabut/v2'] }),
    /^plugin "tiny" has 1 finding:\n {2}- apiVersion: expected "serabut\/v1", received "serabut\/v2"$/,
  ],
  'a function that throws': [
    plugin(render('() => { throw new Error("no luck") }')),
    /plugin "tiny" failed at automation answers.txt: no luck/,
  ],
  'a function that never settles': [
    plugin(render('() => new Promise(() => {})')),
    /plugin "tiny" failed at automation answers.txt: it did not settle within \d+ ms/,
  ],
  'a function that never yields': [
    plugin(render('() => { for (;;); }')),
    /plugin "tiny" failed at automation answers.txt: it did not settle within \d+ ms/,
  ],
  'a function that returns 100 MB': [
    plugin(render('() => "x".repeat(1e8)')),
    /plugin "tiny" failed at automation answers.txt: it returned more than 4194304 characters/,
  ],
  'an ISO that no look fits': [
    plugin({ files: { 'listings/7.yaml': listing.replace('TINY_7', 'TINY_x') } }),
    'recognise: expected a look that fits tiny-7.iso, received none',
  ],
  'an ISO that is taken for another': [
    plugin({ files: { 'listings/7.yaml': listing.replace('TINY_7', 'TINY_8') } }),
    'tiny-7.iso: expected release "7", received tiny 8 live x86_64',
  ],
  'an ISO that should be left alone': [
    plugin({ files: { 'listings/8.yaml': listing.replace(/expect:.*/, 'expect: null').replace('tiny-7', 'other') } }),
    'other.iso: expected nothing, it was taken for tiny 7 live x86_64',
  ],
  'no listing': [plugin({ files: { 'listings/7.yaml': '', 'listings/.hidden': '' } }), /./],
  'a URL that is not there': [
    plugin({ files: { 'answers.liquid': `${answers}{{ url.content }}/boot/nothing` } }),
    /what|expected http:\/\/192\.0\.2\.1:8080\/iso\/content\/tiny-7\.iso\/boot\/nothing to be there, received 404/,
  ],
  'a boot script that ends without a kernel': [
    plugin({ files: { 'boot.ipxe.liquid': boot.replace('boot\n', 'exit 0\n').replace('boot\n', '') } }),
    /boot: expected a script that starts a kernel, received one that ends by exit/,
  ],
  'a boot script that loops': [
    plugin({ files: { 'boot.ipxe.liquid': '#!ipxe\n:a\ngoto a\n' } }),
    'boot: expected a script that starts a kernel, received one that ends by endless',
  ],
  'an answer that is no JSON': [
    plugin({
      module: ["'answers.txt': { template: 'answers.liquid' }", "'a.json': { render: (v) => v.url.report + '/done' }"],
    }),
    /^a\.json: expected JSON, received SyntaxError/,
  ],
  'a Configuration of its own that it cannot do': [
    plugin({
      module: ['  parameters:', "  unsupported: [{ field: 'packages', because: 'it has none' }],\n  parameters:"],
      files: {
        'configurations/a.yaml': `apiVersion: serabut.io/v1alpha1
kind: Configuration
metadata: { name: own }
spec: { users: [{ name: a, sshKeys: [ssh-ed25519 A a] }], packages: [vim] }
`,
      },
    }),
    /Configuration "own" has 1 finding:\n {2}- spec\.packages: expected nothing here .*because it has none/,
  ],
};

for (const [title, [files, problem]] of Object.entries(mistakes)) {
  t.test(`${title} is one clear problem`, async (t) => {
    const limits = pluginLimits as { milliseconds: number };
    const { milliseconds } = limits;
    if (/never/.test(title) && !/reports/.test(title)) limits.milliseconds = 1_000;
    t.teardown(() => {
      limits.milliseconds = milliseconds;
    });
    if (title === 'no listing') {
      delete files['listings/7.yaml'];
      t.strictSame((await examine(t, files)).problems, [
        'listings/: expected at least one listing of an ISO, received none',
      ]);
      return;
    }
    const { problems } = await examine(t, files);
    t.equal(problems.length, 1, problems.join('\n'));
    t.match(problems[0], problem);
  });
}

t.test('a directory without a plugin, and a broken listing, say what is wrong and leave nothing behind', async (t) => {
  await t.rejects(examine(t, { 'readme.txt': '' }), {
    code: 'SERABUT_ERR_PLUGIN_INVALID',
    message: /^there is no plugin: neither package.json/,
  });
  await t.rejects(examine(t, plugin({ files: { 'listings/7.yaml': 'iso: x' } })), {
    code: 'SERABUT_ERR_RESOURCE_INVALID',
    message: /a listing has \d findings/,
  });
});
