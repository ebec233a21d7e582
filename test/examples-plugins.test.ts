import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { checkPlugin } from '../core/plugin/check.js';
import { answerFile } from '../core/plugin/texts.js';
import { withPlaceholders } from '../core/resources/secrets.js';
import { buildApp, type TestApp } from './helpers/build-app.js';
import { makeIso } from './helpers/make-iso.js';

const root = fileURLToPath(new URL('../../examples/plugins/', import.meta.url));
const text = (path: string) => readFileSync(root + path, 'utf8');
const names = ['alpine', 'arch', 'talos'] as const;
type Name = (typeof names)[number];

interface Listing {
  readonly volumeId: string;
  readonly expect: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, number | { readonly text: string }>>;
}

/** The listings of a plugin by the name of their file; their ISOs hold texts, and names in place of large files. */
const listings = (name: Name) =>
  readdirSync(`${root}${name}/listings`).map((file): [file: string, listing: Listing] => [
    file.replace('.yaml', ''),
    parse(text(`${name}/listings/${file}`)),
  ]);
const isoOf = ({ volumeId, files }: Listing) => {
  const contents = Object.entries(files).map(([path, file]) => [
    path.slice(1),
    typeof file === 'number' ? path : file.text,
  ]);
  return makeIso(Object.fromEntries(contents), { volumeId });
};

/** The plugin as a directory with an index module, whatever its own form is. */
function pluginFiles(name: Name): Record<string, string> {
  const modules: Record<Name, () => Record<string, string>> = {
    alpine: () => ({ 'index.mjs': text('alpine/index.mjs') }),
    arch: () => ({ 'index.mjs': `export default ${JSON.stringify(parse(text('arch/plugin.yaml')))};` }),
    talos: () => ({ 'index.js': text('talos/index.js'), 'package.json': text('talos/package.json') }),
  };
  const templates = globSync('*.liquid', { cwd: root + name }).map((file) => [file, text(`${name}/${file}`)]);
  const files: Record<string, string> = { ...Object.fromEntries(templates), ...modules[name]() };
  return Object.fromEntries(Object.entries(files).map(([file, content]) => [`plugins/${name}/${file}`, content]));
}

const first = (name: Name) => isoOf(listings(name)[0]?.[1] as Listing);
const own = (name: Name) => text(`${name}/configurations/${readdirSync(`${root}${name}/configurations`)[0]}`);

/** An application with a plugin, an ISO of its first listing under its name, and its example of a configuration. */
const serve = (t: Test, name: Name, yaml = own(name)) =>
  buildApp(t, {
    files: { ...pluginFiles(name), [`isos/${name}.iso`]: first(name), 'resources/a.yaml': yaml },
    settings: { url: 'http://10.0.0.2:8080' },
  });

const machine = 'mac=52-54-00-00-00-01&platform=efi';
const get = async ({ server }: TestApp, path: string): Promise<string> => {
  const { statusCode, body } = await server.inject(path);
  if (statusCode !== 200) throw new Error(`${path}: ${statusCode}\n${body}`);
  return body;
};

/** An answer file as it is while a machine is installed. */
async function withReport({ store, catalogue }: TestApp, name: Name, profileName: string): Promise<string> {
  const distro = await catalogue.distro(name);
  const profile = store.snapshot.get('BootProfile', profileName);
  const configuration = store.snapshot.get('Configuration', profileName);
  if (configuration === undefined) throw new Error(`there is no Configuration ${profileName}`);
  const about = { mac: '52:54:00:00:00:01', uuid: null, serial: null, platform: null };
  const installation = {
    url: 'http://10.0.0.2:8080/installations/x',
    spec: { hostname: null, parameters: {} },
  };
  const common = { server: 'http://10.0.0.2:8080', proxy: null, machine: about, profile, installation };
  return answerFile(distro, { ...common, configuration: withPlaceholders(configuration) }, 'install.sh');
}

const syntax = (shell: string, script: string) => spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' }).stderr;

for (const name of names) {
  t.test(`${name} loads and recognises what its listings say`, async (t) => {
    const isos = Object.fromEntries(listings(name).map(([file, listing]) => [`isos/${file}.iso`, isoOf(listing)]));
    const { plugins, catalogue } = await buildApp(t, { files: { ...pluginFiles(name), ...isos } });
    t.strictSame(plugins.failed, []);
    for (const [file, { expect }] of listings(name)) t.match((await catalogue.distro(file)).facts, expect, file);
  });

  t.test(`the configuration of ${name} is valid, and every answer file can be made of it`, async (t) => {
    const app = await serve(t, name);
    t.strictSame(app.store.snapshot.errors, []);
    const profile = app.store.snapshot.list('BootProfile')[0];
    const asking = await get(app, `/boot/${name}?${machine}`);
    t.notMatch(asking, '/automation/', 'without a profile nothing is installed');
    t.match(await get(app, `/boot/${name}?profile=${profile?.name}&${machine}`), '/automation/');
    const files = [...(app.plugins.get(name)?.automation.keys() ?? [])];
    t.ok(files.length > 0);
    for (const file of files) await get(app, `/configuration/${profile?.name}/automation/${name}/${file}?${machine}`);
  });
}

t.test('Arch is data alone, and fits the contract', async (t) => {
  t.strictSame(checkPlugin(parse(text('arch/plugin.yaml'))), []);
});

t.test('Arch boots from inside the ISO and hands archinstall two files of JSON', async (t) => {
  const app = await serve(t, 'arch');
  const script = await get(app, `/boot/arch?profile=arch-server&${machine}`);
  t.match(script, ' archiso_http_srv=http://10.0.0.2:8080/iso/content/arch.iso/ ip=dhcp BOOTIF=01-');
  const answers = '/configuration/arch-server/automation/arch/';
  t.match(script, ` script=http://10.0.0.2:8080${answers}install.sh?mac=52-54-00-00-00-01&platform=efi`);
  t.match(JSON.parse(await get(app, `${answers}config.json?${machine}`)), {
    disk_config: { config_type: 'pre_mounted_config', mountpoint: '/mnt' },
    hostname: 'node-525400000001',
    packages: ['openssh', 'sudo', 'grub', 'efibootmgr', 'vim'],
  });
  t.strictSame(JSON.parse(await get(app, `${answers}creds.json?${machine}`)), {
    root_enc_password: '*',
    users: [{ username: 'ada', enc_password: '*', sudo: true }],
  });
  const install = await get(app, `${answers}install.sh?${machine}`);
  t.match(install, 'archinstall --config /tmp/config.json --creds /tmp/creds.json --silent --skip-boot\n');
  t.match(install, "keys ada /home/ada 'ssh-ed25519 AAAA... yours'");
  t.match(install, 'mkfs.btrfs -f "$root"');
});

t.test("an addition to Arch's JSON is refused, one to its script stands before the end", async (t) => {
  const additions = 'additions: { arch: { config.json: "kernels: [linux-lts]", install.sh: "touch /mnt/mark" } }';
  const app = await serve(t, 'arch', own('arch').replace('spec:\n', `spec:\n  ${additions}\n`));
  const answers = '/configuration/arch-server/automation/arch/';
  const { statusCode, body } = await app.server.inject(`${answers}config.json?${machine}`);
  t.equal(statusCode, 500);
  t.match(body, 'no addition here, which would not be JSON');
  t.match(await get(app, `${answers}install.sh?${machine}`), 'touch /mnt/mark\nreport done\n');
});

t.test('Alpine has no ampersand on its kernel command line, and an initramfs that starts the installer', async (t) => {
  const app = await serve(t, 'alpine');
  const script = await get(app, `/boot/alpine?profile=alpine-server&${machine}`);
  const line = script.split('\n').find((line) => line.startsWith('kernel ')) ?? '';
  t.match(line, ' alpine_repo=http://10.0.0.2:8080/iso/content/alpine.iso/apks ');
  t.match(line, ' modloop=http://10.0.0.2:8080/iso/content/alpine.iso/boot/modloop-lts ');
  t.match(line, '/alpine-server/automation/alpine/install.sh?mac=52-54-00-00-00-01,platform=efi');
  t.notMatch(line.replace(/ && .*/, ''), '&');
  const initrd = await get(app, '/with-firmware/alpine/initrd.gz');
  for (const path of ['serabut/init', 'serabut/overlay/etc/local.d/serabut.start']) t.match(initrd, path);
  const install = await get(app, `/configuration/alpine-server/automation/alpine/install.sh?${machine}`);
  t.match(install, '  address 192.168.88.30/24\n  gateway 192.168.88.1\n');
  t.match(install, 'setup-disk -q -m sys -s 512 "$disk"');
  t.match(install, "echo root:'*' | chpasswd -e");
});

t.test("Alpine's first script packs the other one and goes on with the real init", async (t) => {
  const initramfs = t.testdir({ init: '#!/bin/sh\necho "real init $1"\n', serabut: {} });
  mkdirSync(`${initramfs}/serabut/overlay/etc/local.d`, { recursive: true });
  writeFileSync(`${initramfs}/serabut/overlay/etc/local.d/serabut.start`, text('alpine/serabut.start.liquid'));
  spawnSync('chmod', ['755', `${initramfs}/init`]);
  // env stands for busybox: it too runs the program that it is given the name of.
  const env = { ...globalThis.process.env, ROOT: initramfs, BUSYBOX: 'env' };
  const ran = spawnSync('sh', ['-s', 'quiet'], { input: text('alpine/init.sh.liquid'), env, encoding: 'utf8' });
  t.equal(ran.stdout, 'real init quiet\n', ran.stderr);
  const archive = `${initramfs}/serabut/serabut.apkovl.tar.gz`;
  t.ok(existsSync(archive));
  const packed = spawnSync('tar', ['-tzvf', archive], { encoding: 'utf8' }).stdout;
  t.match(packed, / etc\/local\.d\/serabut\.start$/m);
  t.match(packed, / etc\/runlevels\/default\/local -> \/etc\/init\.d\/local$/m);
  t.match(packed, / etc\/\.default_boot_services$/m);
});

t.test('the scripts of Arch and Alpine are shell, and report where a report is wanted', async (t) => {
  for (const [name, profile, shell] of [
    ['arch', 'arch-server', 'bash'],
    ['alpine', 'alpine-server', 'sh'],
  ] as const) {
    const app = await serve(t, name);
    const path = `/configuration/${profile}/automation/${name}/install.sh?${machine}`;
    const silent = await get(app, path);
    t.notMatch(silent, '/installations/');
    const script = await withReport(app, name, profile);
    t.match(script, `'http://10.0.0.2:8080/installations/x'"/$1"`);
    for (const stage of ['progress', 'failed', 'done']) t.match(script, `report ${stage}`);
    for (const each of [silent, script]) t.equal(syntax(shell, each), '', name);
  }
});

t.test('Talos gets its machine configuration, with the secrets of the profile in it', async (t) => {
  const app = await serve(t, 'talos');
  const script = await get(app, `/boot/talos?profile=talos-control-plane&${machine}`);
  const path = '/configuration/talos-control-plane/automation/talos/machine-config.yaml';
  t.match(script, ` talos.platform=metal talos.config=http://10.0.0.2:8080${path}?mac=52-54-00-00-00-01&platform=efi `);
  const { machine: node, cluster } = parse(await get(app, `${path}?${machine}`));
  t.match(node, {
    type: 'controlplane',
    token: 'abcdef.0123456789abcdef',
    install: { disk: '/dev/sda', wipe: true },
    network: {
      hostname: 'control-1',
      interfaces: [{ deviceSelector: { hardwareAddr: '52:54:00:00:00:01' }, addresses: ['192.168.88.10/24'] }],
    },
  });
  t.match(cluster, {
    clusterName: 'lab',
    controlPlane: { endpoint: 'https://192.168.88.10:6443' },
    secret: 'c2VjcmV0',
  });
});

t.test('parameters of Talos are given as a whole, or an installation is refused', async (t) => {
  const some = own('talos').replace(/ {4}clusterName.*/s, '    clusterName: lab\n');
  const none = own('talos').replace(/ {2}parameters.*/s, '');
  const path = `/configuration/talos-control-plane/automation/talos/machine-config.yaml?${machine}`;
  for (const [yaml, message] of [
    [some, 'have 4 findings:\n  - endpoint: expected a URL such as https://192.168.88.10:6443, received nothing'],
    [none, 'for plugin "talos" have 5 findings'],
  ] as const) {
    const { server } = await serve(t, 'talos', yaml);
    const { statusCode, body } = await server.inject(path);
    t.equal(statusCode, 500);
    t.match(body, message);
  }
});

t.test('what a distribution cannot do is a finding', async (t) => {
  const login = "users: [{ name: ada, sshKeys: ['ssh-ed25519 AAAA ada'] }]";
  for (const [name, spec, finding] of [
    ['arch', `{ ${login}, storage: { layout: raid1 } }`, 'spec.storage.layout: expected another value here'],
    [
      'alpine',
      `{ ${login}, locale: de_DE.UTF-8 }`,
      'spec.locale: expected "en_US.UTF-8" here for alpine 3.22 std x86_64, because musl knows no other',
    ],
    [
      'alpine',
      `{ ${login}, network: { domain: lan } }`,
      'spec.network.domain: expected nothing here with network.addr',
    ],
    ['talos', `{ ${login} }`, 'spec.users: expected nothing here for talos 1_13_7 metal x86_64, because Talos has no'],
    [
      'talos',
      `{ root: { sshKeys: [none] }, timezone: Asia/Tokyo }`,
      'spec.timezone: expected "Etc/UTC" here for talos',
    ],
  ] as const) {
    const yaml = own(name).replace(/spec:\n.*?---/s, `spec: ${spec}\n---`);
    const app = await serve(t, name, yaml);
    t.strictSame(app.store.snapshot.errors, []);
    const profile = app.store.snapshot.list('BootProfile')[0]?.name;
    const { statusCode, body } = await app.server.inject(`/boot/${name}?profile=${profile}&${machine}`);
    t.equal(statusCode, 500, name);
    t.match(body, finding);
  }
});
