import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { asSerabutError, explain } from '../../../core/errors.js';
import { resources, writeInto } from '../../helpers/build-app.js';
import { miniFiles, miniIso, smallConfiguration } from '../../helpers/isos.js';
import { makeFat } from '../../helpers/make-fat.js';
import { makeIso } from '../../helpers/make-iso.js';
import { patchedHex } from '../../helpers/patch-iso.js';
import { run } from '../../helpers/run-cli.js';

function dataDirectory(t: Test): string {
  const data = t.testdir({});
  writeInto(data, 'isos/mini.iso', miniIso());
  const profile = { distro: 'mini', configuration: 'web' };
  const documents = [
    { kind: 'Configuration', name: 'web', spec: smallConfiguration },
    { kind: 'BootProfile', name: 'web', spec: profile },
  ];
  writeInto(data, 'resources/web.yaml', resources(...documents));
  return data;
}

t.test('iso ls, cat and recognise look into an ISO', async (t) => {
  const iso = `${dataDirectory(t)}/isos/mini.iso`;
  const ls = run('iso', 'ls', iso);
  await ls.done;
  t.equal(
    ls.out.text,
    '           -  .disk/\n          61  .disk/info\n       70001  initrd.gz\n        5000  linux\n',
  );
  const one = run('iso', 'ls', iso, '/linux');
  await one.done;
  t.equal(one.out.text, '        5000  linux\n');
  const cat = run('iso', 'cat', iso, '/initrd.gz');
  await cat.done;
  t.ok(Buffer.concat(cat.out.chunks).equals(miniFiles['initrd.gz']));
  const recognised = run('iso', 'recognise', iso);
  await recognised.done;
  t.match(
    recognised.out.text,
    /^plugin {4}debian\nproduct {3}debian\nrelease {3}13\ncodename {2}trixie\nedition {3}netboot\narch {6}x86_64\n/,
  );
  await t.rejects(run('iso', 'cat', iso, '/.disk').done, { code: 'SERABUT_ERR_FILE_NOT_FOUND' });
  await t.rejects(run('iso', 'ls', '/nonexistent.iso').done, { code: 'SERABUT_ERR_ISO_NOT_FOUND' });
});

t.test('iso ls says where the boot images are, and what is wrong with them', async (t) => {
  const directory = t.testdir({});
  const boot = [{ platform: 0xef, image: makeFat({ 'EFI/BOOT/BOOTX64.EFI': 'shim' }) }];
  const image = makeIso({ 'a.txt': 'text' }, { boot });
  writeInto(directory, 'good.iso', image);
  writeInto(directory, 'bad.iso', patchedHex(image, image.readUInt32LE(17 * 2048 + 0x47) * 2048, '00'));
  const good = run('iso', 'ls', `${directory}/good.iso`);
  await good.done;
  t.equal(good.out.text, '           4  a.txt\n', 'the list is of the volume');
  t.equal(
    good.err.text,
    `The boot images are listed apart (.boot/efi.img, .boot/efi): serabut iso ls ${directory}/good.iso .boot\n`,
  );
  const below = run('iso', 'ls', `${directory}/good.iso`, '.boot/efi');
  await below.done;
  t.equal(below.out.text, '           -  EFI/\n           -  EFI/BOOT/\n           4  EFI/BOOT/BOOTX64.EFI\n');
  t.equal(below.err.text, '');
  const cat = run('iso', 'cat', `${directory}/good.iso`, '.boot/efi/efi/boot/bootx64.efi');
  await cat.done;
  t.equal(cat.out.text, 'shim');
  const bad = run('iso', 'ls', `${directory}/bad.iso`);
  await bad.done;
  t.equal(bad.out.text, '           4  a.txt\n');
  t.equal(
    bad.err.text,
    'Note: The El Torito boot catalog cannot be read: it does not begin with a validation entry.\n',
  );
});

t.test('names in an ISO reach no terminal as they are', async (t) => {
  const iso = `${t.testdir({ 'a.iso': makeIso({ 'forged\n  9  name\u001b[2J': '', link: { symlink: 'a\nb' } }) })}/a.iso`;
  const ls = run('iso', 'ls', iso);
  await ls.done;
  t.equal(ls.out.text, '           0  forged\\n  9  name\\u001b[2J\n           -  link -> a\\nb\n');
});

t.test('render prints what a machine would get, and fails with the code that it would see', async (t) => {
  const data = dataDirectory(t);
  const boot = run('render', 'boot', 'mini', '--profile', 'web', '--data', data, '--url', 'http://10.0.0.2');
  await boot.done;
  t.match(boot.out.text, 'url=http://10.0.0.2/configuration/web/automation/mini/preseed.cfg');
  const answers = run(
    'render',
    'automation',
    'web',
    'mini',
    'preseed.cfg',
    '--data',
    data,
    '--proxy',
    'http://10.0.0.2:3128',
  );
  await answers.done;
  t.match(answers.out.text, 'd-i mirror/http/proxy string http://10.0.0.2:3128\n');
  const missing = run('render', 'boot', 'other', '--data', data).done;
  const error = asSerabutError(await missing.catch((thrown: unknown) => thrown));
  t.match(error, { code: 'SERABUT_ERR_DISTRO_NOT_FOUND', message: /^there is no distro "other"$/ });
  t.equal(explain(error).split(error.remedy).length, 2, 'the remedy is given once');
});

t.test('serve says where it listens and what can be booted, and ends when it is asked to', async (t) => {
  const data = dataDirectory(t);
  writeInto(data, 'resources/broken.yaml', 'a: 1');
  writeInto(data, 'plugins/bad/index.mjs', 'export default 1;');
  writeInto(data, 'isos/none.iso', 'x'.repeat(50_000));
  const serve = run('serve', '--data', data, '--host', '127.0.0.1', '--port', '0');
  for (let tries = 0; !serve.out.text.includes('Can be booted') && tries < 500; tries++) await sleep(20);
  const url = /^Serabut listens on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(serve.out.text)?.[1];
  t.match(serve.out.text, 'Plugins: debian, fedora, ubuntu');
  t.match(serve.out.text, /Plugin not loaded: .*bad\/index\.mjs\n {2}a plugin has 1 finding/);
  t.match(serve.out.text, 'Resource not used: broken.yaml');
  t.match(serve.out.text, 'Can be booted: /boot/mini (debian 13 netboot x86_64, from mini.iso)');
  t.match(serve.out.text, 'Cannot be booted: none: ');
  t.equal((await fetch(`${url}/boot/mini`)).status, 200);
  await t.rejects(run('serve', '--data', data, '--host', '127.0.0.1', '--port', url?.split(':')[2] ?? '').done, {
    message: /cannot listen on 127\.0\.0\.1 port \d+: .*EADDRINUSE/,
  });
  writeInto(
    data,
    'resources/distro.yaml',
    resources(
      { kind: 'Image', name: 'i', spec: { type: 'iso', path: 'mini.iso' } },
      { kind: 'Distro', name: 'later', spec: { plugin: 'debian', image: 'i' } },
    ),
  );
  for (let tries = 0; !serve.err.text.includes('"distro":"later","state":"ready"') && tries < 500; tries++)
    await sleep(20);
  t.match(serve.err.text, '"distro":"later","state":"ready"');
  t.match(serve.err.text, '"distro":"mini","state":"gone"');
  serve.stop.abort();
  await serve.done;
  await t.rejects(fetch(`${url}/healthz`));
  t.match(
    serve.err.text,
    /"client":"127\.0\.0\.1","method":"GET","url":"\/boot\/mini","status":200,"bytes":\d+,"ms":\d+/,
  );
});

t.test('serve receives what installers log, by UDP and TCP', async (t) => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as AddressInfo;
  await once(free.close(), 'close');
  const data = dataDirectory(t);
  const mac = '52:54:00:12:34:56';
  const spec = { macs: [mac], bootProfile: 'web', install: { generation: 1 } };
  writeInto(data, 'resources/node1.yaml', resources({ kind: 'Machine', name: 'node1', spec }));
  const syslog = ['--syslog-port', String(port), '--identify', 'query', '--log-level', 'debug'];
  const options = ['--data', data, '--host', '127.0.0.1', ...syslog];
  const serve = run('serve', '--port', '0', ...options);
  for (let tries = 0; !serve.out.text.includes('Can be booted') && tries < 500; tries++) await sleep(20);
  const url = /^Serabut listens on (\S+)$/m.exec(serve.out.text)?.[1];
  t.match(await (await fetch(`${url}/boot?mac=${mac}&arch=x86_64&platform=efi`)).text(), `log_port=${port} `);
  const socket = connect(port, '127.0.0.1');
  socket.end("<14>Nov 28 13:04:05 main-menu[310]: INFO: Menu item 'pkgsel' selected\n");
  for (let tries = 0; !serve.err.text.includes('installing packages') && tries < 500; tries++) await sleep(20);
  t.match(serve.err.text, '"address":"127.0.0.1","stage":"Progress","msg":"installing packages"');
  await t.rejects(run('serve', '--port', '0', ...options).done, {
    message: /^cannot receive syslog at 127\.0\.0\.1 port/,
  });
  serve.stop.abort();
  await serve.done;
});

t.test('with no ISO, serve says where to put one', async (t) => {
  const data = t.testdir({});
  const serve = run('serve', '--data', data, '--host', '127.0.0.1', '--port', '0');
  for (let tries = 0; !serve.out.text.includes('no ISO') && tries < 500; tries++) await sleep(20);
  t.match(serve.out.text, `There is no ISO yet. Put a distribution's ISO file into ${data}/isos/`);
  serve.stop.abort();
  await serve.done;
});

t.test('each command has a help text with an example', async (t) => {
  for (const args of [
    ['serve'],
    ['up'],
    ['iso', 'ls'],
    ['iso', 'cat'],
    ['iso', 'recognise'],
    ['iso', 'verify'],
    ['render', 'boot'],
    ['render', 'automation'],
  ]) {
    const help = run(...args, '--help');
    await t.rejects(help.done, { code: 'commander.helpDisplayed' });
    t.match(help.out.text, /Example:\n {2}[$#] serabut /, args.join(' '));
  }
});

t.test('options that make no sense are refused with a sentence', async (t) => {
  for (const [args, message] of [
    [['serve', '--port', '70000'], /A port is a number from 0 to 65535/],
    [['serve', '--url', 'ftp://x'], /A URL here is like/],
    [['up'], /required option '--interface <name>'/],
  ] as const) {
    const result = run(...args);
    await t.rejects(result.done, { code: /^commander\./ });
    t.match(result.err.text, message);
  }
  await t.rejects(run('up', '--interface', 'no-such0').done, { code: 'SERABUT_ERR_LAN' });
});
