import t from 'tap';
import { buildApp, resources } from '../../helpers/build-app.js';
import { smallConfiguration } from '../../helpers/isos.js';
import { makeIso } from '../../helpers/make-iso.js';

/** What somebody would write who has never seen this project's code: plain JavaScript, nothing imported. */
const good = {
  'plugins/tiny/index.mjs': `export default {
  apiVersion: 'serabut/v1',
  id: 'tiny',
  recognise: [{ volumeId: '^TINY_(?<release>\\\\d+)$', facts: { edition: 'live', arch: 'amd64' } }],
  media: [{ edition: 'live', arch: 'x86_64', kernel: '/boot/vmlinuz', initrd: '/boot/initrd' }],
  boot: { template: 'boot.ipxe.liquid' },
  automation: { 'answers.json': { render: (view) => JSON.stringify({ host: view.configuration.hostname, on: view.parameters.on ?? null }) } },
  parameters: { type: 'object', additionalProperties: false, properties: { on: { type: 'boolean' } } },
};`,
  'plugins/tiny/boot.ipxe.liquid': `#!ipxe
{% retry "the kernel" %}kernel {{ url.kernel }} answers={{ url.automation }}answers.json{% endretry %}
initrd {{ url.initrd }}
boot
`,
};
const tinyIso = makeIso({ 'boot/vmlinuz': 'kernel', 'boot/initrd': 'initrd' }, { volumeId: 'TINY_7' });
const configuration = (parameters: object) =>
  resources(
    { kind: 'Configuration', name: 'c', spec: { ...smallConfiguration, hostname: 'h1' } },
    { kind: 'BootProfile', name: 'p', spec: { distro: 'tiny', configuration: 'c', parameters } },
  );

t.test('a plugin in a directory outside of the project, in plain JavaScript, boots', async (t) => {
  const files = { ...good, 'isos/tiny.iso': tinyIso, 'resources/c.yaml': configuration({ on: true }) };
  const { server, plugins } = await buildApp(t, { files });
  t.strictSame(plugins.failed, []);
  t.match((await server.inject('/boot')).body, 'item entry_1 tiny: tiny 7 live x86_64');
  const script = (await server.inject('/boot/tiny?profile=p')).body;
  t.match(
    script,
    'kernel http://127.0.0.1/iso/content/tiny.iso/boot/vmlinuz answers=http://127.0.0.1/configuration/c/',
  );
  t.equal((await server.inject('/iso/content/tiny.iso/boot/vmlinuz')).body, 'kernel');
  t.equal((await server.inject('/with-firmware/tiny/initrd.gz')).body, 'initrd');
  t.strictSame((await server.inject('/configuration/c/automation/tiny/answers.json')).json(), { host: 'h1', on: true });
});

t.test('a template that asks for a variable that does not exist says where', async (t) => {
  const files = {
    ...good,
    'plugins/tiny/boot.ipxe.liquid': '#!ipxe\necho {{ distro.nmae }}\n',
    'isos/tiny.iso': tinyIso,
  };
  const { server } = await buildApp(t, { files });
  const { statusCode, body } = await server.inject('/boot/tiny');
  t.equal(statusCode, 500);
  t.match(body, /^SERABUT_ERR_TEMPLATE: undefined variable: distro\.nmae$/m);
  t.match(body, /at .*plugins\/tiny\/boot\.ipxe\.liquid:2:9\n/);
});

t.test('a parameter that the plugin does not know is a finding with its path', async (t) => {
  const files = { ...good, 'isos/tiny.iso': tinyIso, 'resources/c.yaml': configuration({ onn: true }) };
  const { server } = await buildApp(t, { files });
  const { statusCode, body } = await server.inject('/boot/tiny?profile=p');
  t.equal(statusCode, 500);
  t.match(body, 'onn: expected a known field (did you mean "on"?), received an unknown one');
});

t.test('a plugin with five mistakes gives five findings in one message, and the others load', async (t) => {
  const bad = `export default {
  apiVersion: 'serabut/v1',
  id: 'bad',
  recognise: [{ volumeId: '(' }],
  media: [{ edition: 'live', arch: 'amd64', kernel: 'boot/vmlinuz', initrd: '/initrd' }],
  boot: { template: 5 },
  automation: {},
  frimware: [],
};`;
  const { plugins } = await buildApp(t, { files: { ...good, 'plugins/bad/index.mjs': bad } });
  t.strictSame(
    plugins.loaded.map(({ plugin }) => plugin.id),
    ['debian', 'fedora', 'ubuntu', 'tiny'],
  );
  t.equal(plugins.failed.length, 1);
  t.equal(
    plugins.failed[0]?.error.message,
    `plugin "bad" has 5 findings:
  - frimware: expected a known field (did you mean "firmware"?), received an unknown one
  - recognise[0].volumeId: expected a regular expression, received "("
  - media[0].arch: expected one of "x86_64", "arm64", received "amd64"
  - media[0].kernel: expected an absolute path inside the ISO, received "boot/vmlinuz"
  - boot.template: expected a relative path inside the plugin's directory, received 5`,
  );
});

t.test('whatever is wrong with a plugin, the others work and its error names it', async (t) => {
  const files: Record<string, string> = {
    'plugins/throws/index.mjs': 'throw new Error("no luck");',
    'plugins/syntax/index.mjs': 'export default {',
    'plugins/nothing/index.mjs': 'export const x = 1;',
    'plugins/twice/index.mjs': good['plugins/tiny/index.mjs'].replace("'tiny'", "'debian'"),
    'plugins/twice/boot.ipxe.liquid': '#!ipxe',
    'plugins/missing-template/index.mjs': good['plugins/tiny/index.mjs'].replace("'tiny'", "'missing-template'"),
    'plugins/bad-template/index.mjs': good['plugins/tiny/index.mjs'].replace("'tiny'", "'bad-template'"),
    'plugins/bad-template/boot.ipxe.liquid': '#!ipxe\n{{ a | nope }}',
    'plugins/..data/index.mjs': 'throw new Error("must not be looked at");',
    'plugins/no-module/readme.txt': '',
    ...good,
  };
  const { plugins, data } = await buildApp(t, { files });
  t.ok(plugins.get('tiny'));
  const failures = Object.fromEntries(
    plugins.failed.map(({ origin, error }) => [origin.slice(`${data}/plugins/`.length), error.message]),
  );
  t.match(failures, {
    throws: /failed at load: no luck \(index\.mjs:1:7\)/,
    syntax: /failed at load: Unexpected end of input/,
    'no-module': /there is no plugin: expected one of index\.mjs, index\.js, plugin\.yaml, received none/,
    'nothing/index.mjs': /\(whole\): expected an object as default export, received nothing/,
    'twice/index.mjs':
      /id: expected an id of its own \("debian" is the plugin at .*debian\/index\.js\), received "debian"/,
    'missing-template/index.mjs':
      /boot: expected a template in the plugin's directory that can be read and parsed, received "boot.ipxe.liquid"/,
    'bad-template/index.mjs': /boot: expected a template .* \(undefined filter: nope at .*boot\.ipxe\.liquid:2:\d+\)/,
  });
  t.equal(Object.keys(failures).length, 7);
});

t.test('a plugin that throws, never settles or returns nonsense harms only its own requests', async (t) => {
  const variant = (id: string, body: string) =>
    good['plugins/tiny/index.mjs']
      .replace("id: 'tiny'", `id: '${id}'`)
      .replace('^TINY_', `^${id.toUpperCase()}_`)
      .replace("{ template: 'boot.ipxe.liquid' }", `{ render: ${body} }`);
  const iso = (id: string) =>
    makeIso({ 'boot/vmlinuz': 'k', 'boot/initrd': 'i' }, { volumeId: `${id.toUpperCase()}_1` });
  const cases = {
    thrower: ['() => { throw new Error("at boot") }', 'plugin "thrower" failed at boot: at boot'],
    rejecter: ['async () => { throw "a text" }', 'plugin "rejecter" failed at boot: a text'],
    number: ['() => 5', 'plugin "number" at boot: expected a text of at most 1048576 characters, received a number'],
    huge: ['() => "x".repeat(2e6)', 'received a text of 2000000 characters'],
    undef: ['(view) => view.nothing.there', 'plugin "undef" failed at boot: Cannot read properties of undefined'],
  } as const;
  const { server } = await buildApp(t, {
    files: {
      ...Object.fromEntries(
        Object.entries(cases).map(([id, [body]]) => [`plugins/${id}/index.mjs`, variant(id, body)]),
      ),
      ...Object.fromEntries(Object.keys(cases).map((id) => [`isos/${id}.iso`, iso(id)])),
      ...good,
      'isos/tiny.iso': tinyIso,
    },
  });
  for (const [id, [, message]] of Object.entries(cases)) {
    const { statusCode, body } = await server.inject(`/boot/${id}`);
    t.equal(statusCode, 500, id);
    t.match(body, message);
    t.match(body, 'SERABUT_ERR_PLUGIN_FAILED');
  }
  t.equal((await server.inject('/boot/tiny')).statusCode, 200);
});
