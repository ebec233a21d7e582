import t from 'tap';
import { pluginSources } from '../../../core/plugin/sources.js';
import { buildApp, resources } from '../../helpers/build-app.js';
import { smallConfiguration } from '../../helpers/isos.js';
import { makeIso } from '../../helpers/make-iso.js';

const yaml = `# The form without code
apiVersion: serabut/v1
id: tiny
recognise:
  - { volumeId: '^TINY_(?<release>\\d+)$', facts: { edition: live, arch: amd64 } }
media:
  - { edition: live, arch: x86_64, kernel: /boot/vmlinuz, initrd: /boot/initrd }
boot: { template: boot.ipxe.liquid }
automation:
  answers.txt: { template: answers.liquid }
`;
const templates = {
  'boot.ipxe.liquid': '#!ipxe\nkernel {{ url.kernel }}\n',
  'answers.liquid': 'host {{ configuration.hostname }}\n',
};
const module = `export default ${JSON.stringify({
  apiVersion: 'serabut/v1',
  id: 'tiny',
  recognise: [{ volumeId: '^TINY_(?<release>\\d+)$', facts: { edition: 'live', arch: 'amd64' } }],
  media: [{ edition: 'live', arch: 'x86_64', kernel: '/boot/vmlinuz', initrd: '/boot/initrd' }],
  boot: { template: 'boot.ipxe.liquid' },
  automation: { 'answers.txt': { template: 'answers.liquid' } },
})};`;
const base = {
  'isos/tiny.iso': makeIso({ 'boot/vmlinuz': 'kernel', 'boot/initrd': 'initrd' }, { volumeId: 'TINY_7' }),
  'resources/c.yaml': resources({ kind: 'Configuration', name: 'c', spec: { ...smallConfiguration, hostname: 'h1' } }),
};
const below = (directory: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${directory}/${name}`, text]));

for (const [form, files] of Object.entries({
  'plugin.yaml': below('plugins/tiny', { 'plugin.yaml': yaml, ...templates }),
  'index.js': below('plugins/tiny', { 'index.js': module, 'package.json': '{"type":"module"}', ...templates }),
  'a package of npm': below('plugins/node_modules/serabut-plugin-tiny', {
    'package.json': '{"name":"serabut-plugin-tiny","type":"module","exports":"./lib/plugin.js"}',
    'lib/plugin.js': module,
    ...templates,
  }),
  'a package with a scope and conditions': below('plugins/node_modules/@lan/serabut-plugin-tiny', {
    'package.json': '{"type":"module","exports":{".":{"types":"./x.d.ts","import":"./plugin.js"}}}',
    'plugin.js': module,
    ...templates,
  }),
  'a package with main': below('plugins/node_modules/serabut-plugin-tiny', {
    'package.json': '{"main":"plugin.mjs"}',
    'plugin.mjs': module,
    ...templates,
  }),
})) {
  t.test(`${form}: a plugin that boots`, async (t) => {
    const { server, plugins } = await buildApp(t, { files: { ...base, ...files } });
    t.strictSame(plugins.failed, []);
    t.match((await server.inject('/boot/tiny')).body, 'kernel http://127.0.0.1/iso/content/tiny.iso/boot/vmlinuz');
    t.equal((await server.inject('/configuration/c/automation/tiny/answers.txt')).body, 'host h1\n');
  });
}

t.test('packages that are no plugins are left alone, whatever they export', async (t) => {
  const { plugins } = await buildApp(t, {
    files: {
      'plugins/node_modules/left-pad/index.js': 'throw new Error("must not be looked at");',
      'plugins/node_modules/@types/node/index.js': 'throw new Error("must not be looked at");',
      'plugins/readme.txt': 'no directory',
    },
  });
  t.strictSame(plugins.failed, []);
});

for (const [title, text, expected] of [
  ['no YAML', 'id: [', /a plugin has 1 finding:\n {2}- Flow sequence in block collection.*at line 1/s],
  ['two documents', 'id: a\n---\nid: b\n', /it holds one document/],
  [
    'a bomb of aliases',
    `a: &a [x,x,x]\n${'bcdefgh'.replace(/./g, (c, i) => `${c}: &${c} [${`*${'abcdefgh'[i]},`.repeat(9)}]\n`)}`,
    /Excessive alias count/,
  ],
  ['too long', `# ${'x'.repeat(300_000)}`, /it is no file of at most 262144 bytes/],
  [
    'code',
    yaml.replace('{ template: boot.ipxe.liquid }', '{ render: "() => 1" }'),
    /boot.render: expected a function, received "\(\) => 1"/,
  ],
  [
    'an apiVersion from the future',
    yaml.replace('serabut/v1', 'serabut/v9'),
    /apiVersion: expected "serabut\/v1", received "serabut\/v9"/,
  ],
] as const) {
  t.test(`a plugin.yaml with ${title} is one clear error`, async (t) => {
    const { plugins, data } = await buildApp(t, {
      files: below('plugins/tiny', { 'plugin.yaml': text, ...templates }),
    });
    t.equal(plugins.failed.length, 1);
    const [{ error, origin }] = plugins.failed as [(typeof plugins.failed)[number]];
    t.match(error.message, expected);
    t.equal(error.code, 'SERABUT_ERR_PLUGIN_INVALID');
    t.equal(origin, `${data}/plugins/tiny/plugin.yaml`);
  });
}

t.test('built-in plugins are chosen by name, and a name that is none says which there are', async (t) => {
  const { plugins } = await buildApp(t, { plugins: { builtIn: ['debian', 'fedora'] } });
  t.strictSame(
    plugins.loaded.map(({ plugin }) => plugin.id),
    ['debian', 'fedora'],
  );
  t.strictSame((await buildApp(t, { plugins: { builtIn: [] } })).plugins.loaded, []);
  t.throws(() => pluginSources('/data', { builtIn: ['debain'] }), {
    code: 'SERABUT_ERR_BAD_REQUEST',
    message: 'there is no built-in plugin "debain": choose of debian, fedora, ubuntu',
  });
});
