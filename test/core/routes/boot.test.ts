import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { buildApp, resources, writeInto } from '../../helpers/build-app.js';
import { miniFiles, miniIso, pattern, smallConfiguration } from '../../helpers/isos.js';

const firmware = pattern(1234, 9);
const lab = resources(
  { kind: 'Image', name: 'mini', spec: { type: 'iso', path: 'mini.iso' } },
  { kind: 'Image', name: 'fw', spec: { type: 'firmware', path: 'fw.cpio.gz' } },
  {
    kind: 'Distro',
    name: 'debian-13',
    spec: { plugin: 'debian', image: 'mini', firmware: ['fw'], kernelArgs: ['quiet'] },
  },
  { kind: 'Configuration', name: 'web', spec: { ...smallConfiguration, hostname: 'web1', network: { domain: 'lan' } } },
  {
    kind: 'BootProfile',
    name: 'web',
    spec: { distro: 'debian-13', configuration: 'web', kernelArgs: ['console=ttyS0'] },
  },
);
const files = { 'isos/mini.iso': miniIso(), 'firmware/fw.cpio.gz': firmware, 'resources/lab.yaml': lab };

t.test('an ISO that a plugin recognises is offered without any YAML', async (t) => {
  const { server } = await buildApp(t, { files: { 'isos/Mini 13.iso': miniIso() } });
  const { body, statusCode } = await server.inject('/boot/mini-13');
  t.equal(statusCode, 200);
  t.match(body, 'kernel http://127.0.0.1/iso/content/Mini%2013.iso/linux initrd=initrd.gz BOOTIF=');
  t.notMatch(body, 'preseed', 'nothing is erased unless somebody says how to install');
  t.match((await server.inject('/boot?arch=x86_64')).body, 'item entry_0 mini-13: debian 13 netboot x86_64');
});

t.test('an unknown machine gets a menu whose first and default entry is its own disk', async (t) => {
  const { server } = await buildApp(t, { files });
  const short = '/boot?mac=52:54:00:00:00:01&uuid=&arch=x86_64&platform=efi';
  const asked = '\n#!ipxe\nchain --replace --autofree http://127.0.0.1/boot?mac=${mac:hexhyp}&uuid=${uuid}';
  t.match(`\n${(await server.inject(short)).body}`, asked, 'first it is to say everything of itself');
  const { body } = await server.inject(`${short}&serial=&manufacturer=QEMU&product=`);
  t.match(body, /^#!ipxe\necho Serabut: This machine is not known: it boots from its own disk\.\n/);
  t.match(body, /\nitem (\w+) .*\n/.exec(body)?.[1], 'disk');
  t.match(body, 'choose --default disk --timeout 10000 chosen');
  t.match(body, 'item entry_0 web: debian 13 netboot x86_64');
  t.match(body, /\n:entry_0\nchain --replace --autofree http:\/\/127\.0\.0\.1\/boot\/debian-13\?profile=web&mac=/);
});

t.test('the menu shows what fits the machine', async (t) => {
  const { server } = await buildApp(t, { files });
  t.notMatch((await server.inject('/boot?arch=arm64')).body, 'debian-13');
  t.match((await server.inject('/boot')).body, 'debian-13');
  t.match((await server.inject('/boot?arch=i386')).body, 'debian-13', 'a BIOS build of iPXE on an x86_64 machine');
});

t.test('another default only by an explicit setting, and only if it can be booted', async (t) => {
  const good = await buildApp(t, { files, settings: { defaultEntry: 'web' } });
  t.match((await good.server.inject('/boot?arch=x86_64')).body, 'choose --default entry_0');
  t.match((await good.server.inject('/boot?arch=arm64')).body, 'choose --default disk');
  t.match((await good.server.inject('/boot?arch=arm64')).body, 'The default entry web cannot be booted here');
});

t.test('the boot script of a profile is whole', async (t) => {
  const { server } = await buildApp(t, { files, settings: { url: 'http://10.0.0.2:8080' } });
  const { body } = await server.inject('/boot/debian-13?profile=web&mac=52-54-00-00-00-01');
  t.matchSnapshot(body);
});

t.test('the initrd is followed by the firmware, and the joint can be asked for', async (t) => {
  const { url } = await buildApp(t, { files });
  const initrd = miniFiles['initrd.gz'];
  const padding = Buffer.alloc((4 - (initrd.length % 4)) % 4);
  t.equal(padding.length, 3, 'the fixture needs padding');
  const expected = Buffer.concat([initrd, padding, firmware]);
  const path = `${url}/with-firmware/debian-13/initrd.gz`;
  const whole = await fetch(path);
  t.equal(whole.headers.get('content-length'), String(expected.length));
  t.ok(Buffer.from(await whole.arrayBuffer()).equals(expected));
  const head = await fetch(path, { method: 'HEAD' });
  t.equal(head.headers.get('content-length'), String(expected.length));
  t.equal(head.headers.get('etag'), whole.headers.get('etag'));
  const joint = initrd.length;
  for (const [start, end] of [
    [joint - 5, joint + 10],
    [joint, joint + 1],
    [joint + 2, joint + 4],
    [0, 1],
    [expected.length - 1, expected.length],
  ] as const) {
    const part = await fetch(path, { headers: { range: `bytes=${start}-${end - 1}` } });
    t.equal(part.status, 206);
    t.ok(Buffer.from(await part.arrayBuffer()).equals(expected.subarray(start, end)), `bytes ${start} to ${end}`);
  }
  t.equal((await fetch(path, { headers: { 'if-none-match': whole.headers.get('etag') ?? '' } })).status, 304);
});

t.test("without a Distro the plugin's own firmware bundle is joined when it is there", async (t) => {
  const { url, data } = await buildApp(t, { files: { 'isos/mini.iso': miniIso() } });
  const length = async () =>
    Number((await fetch(`${url}/with-firmware/mini/initrd.gz`, { method: 'HEAD' })).headers.get('content-length'));
  t.equal(await length(), miniFiles['initrd.gz'].length);
  writeInto(data, 'firmware/debian/13/firmware.cpio.gz', firmware);
  t.equal(await length(), miniFiles['initrd.gz'].length + 3 + firmware.length);
});

t.test('what does not exist is 404 with its code', async (t) => {
  const { server } = await buildApp(t, { files });
  for (const [path, code] of [
    ['/boot/other', 'SERABUT_ERR_DISTRO_NOT_FOUND'],
    ['/with-firmware/other/initrd.gz', 'SERABUT_ERR_DISTRO_NOT_FOUND'],
    ['/boot/debian-13?profile=other', 'SERABUT_ERR_PROFILE_NOT_FOUND'],
    ['/boot/debian-13?configuration=other', 'SERABUT_ERR_CONFIGURATION_NOT_FOUND'],
    ['/configuration/other/automation/debian-13/preseed.cfg', 'SERABUT_ERR_CONFIGURATION_NOT_FOUND'],
    ['/configuration/web/automation/other/preseed.cfg', 'SERABUT_ERR_DISTRO_NOT_FOUND'],
    ['/configuration/web/automation/debian-13/ks.cfg', 'SERABUT_ERR_FILE_NOT_FOUND'],
  ] as const) {
    const { statusCode, body } = await server.inject(path);
    t.equal(statusCode, 404, path);
    t.match(body, new RegExp(`^${code}: `));
  }
});

t.test('what is there but cannot be booted is 500 and says why', async (t) => {
  const broken = resources(
    { kind: 'Image', name: 'mini', spec: { type: 'iso', path: 'mini.iso' } },
    { kind: 'Image', name: 'gone', spec: { type: 'iso', path: 'gone.iso' } },
    { kind: 'Distro', name: 'no-image', spec: { plugin: 'debian', image: 'nothing' } },
    { kind: 'Distro', name: 'no-file', spec: { plugin: 'debian', image: 'gone' } },
    { kind: 'Distro', name: 'no-kernel', spec: { plugin: 'debian', image: 'mini', kernel: '/vmlinuz' } },
    { kind: 'Distro', name: 'climbing', spec: { plugin: 'debian', image: 'mini', kernel: '/../vmlinuz' } },
    { kind: 'Distro', name: 'other-plugin', spec: { plugin: 'fedora', image: 'mini' } },
    { kind: 'Distro', name: 'no-firmware', spec: { plugin: 'debian', image: 'mini', firmware: ['mini'] } },
  );
  const { server } = await buildApp(t, { files: { 'isos/mini.iso': miniIso(), 'resources/a.yaml': broken } });
  for (const [name, why] of [
    ['no-image', 'there is no Image "nothing" of type iso'],
    ['no-file', 'isos/gone.iso is not there'],
    ['no-kernel', 'mini.iso has no file /vmlinuz'],
    ['climbing', 'mini.iso has no file /../vmlinuz'],
    ['other-plugin', 'mini.iso is of plugin "debian", not of "fedora"'],
  ] as const) {
    const { statusCode, body } = await server.inject(`/boot/${name}`);
    t.equal(statusCode, 500, name);
    t.match(body, `SERABUT_ERR_DISTRO_NOT_READY: ${why}`);
  }
  const { statusCode, body } = await server.inject('/with-firmware/no-firmware/initrd.gz');
  t.equal(statusCode, 500);
  t.match(body, 'there is no Image "mini" of type firmware');
  t.notMatch((await server.inject('/boot')).body, 'item entry', 'none of them is in the menu');
});

t.test('resources that change while the server runs are seen', async (t) => {
  const before = { 'isos/mini.iso': miniIso(), 'firmware/fw.cpio.gz': firmware };
  const { server, data } = await buildApp(t, { files: before });
  t.equal((await server.inject('/boot/debian-13')).statusCode, 404);
  writeInto(data, 'resources/lab.yaml', lab);
  for (let tries = 0; tries < 200 && (await server.inject('/boot/debian-13')).statusCode !== 200; tries++)
    await sleep(20);
  t.equal((await server.inject('/boot/debian-13?profile=web')).statusCode, 200);
});
