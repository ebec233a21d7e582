import t from 'tap';
import { SerabutError } from '../../../core/errors.js';
import { buildApp, resources } from '../../helpers/build-app.js';
import { miniIso, smallConfiguration } from '../../helpers/isos.js';

const base = [
  { kind: 'Image', name: 'mini', spec: { type: 'iso', path: 'mini.iso' } },
  { kind: 'Distro', name: 'debian-13', spec: { plugin: 'debian', image: 'mini' } },
  { kind: 'Configuration', name: 'web', spec: smallConfiguration },
  { kind: 'BootProfile', name: 'web', spec: { distro: 'debian-13', configuration: 'web' } },
  { kind: 'BootProfile', name: 'broken', spec: { distro: 'debian-13', configuration: 'nothing' } },
];

const machine = (spec: object) => ({
  kind: 'Machine',
  name: 'a',
  spec: { macs: ['52:54:00:00:00:01'], bootProfile: 'web', install: { generation: 1, attempts: 2 }, ...spec },
});

async function serve(t: Parameters<typeof buildApp>[0], spec: object = {}, settings: object = { identify: 'query' }) {
  const files = { 'isos/mini.iso': miniIso(), 'resources/lab.yaml': resources(...base, machine(spec)) };
  const app = await buildApp(t, { files, settings });
  const get = async (path: string) => (await app.server.inject(path)).body;
  return { ...app, get };
}

const query = 'mac=52-54-00-00-00-01&uuid=&arch=x86_64&platform=efi';

t.test(
  'a machine that is to be installed gets the script of its profile, with the addresses of its token',
  async (t) => {
    const { get, store, server } = await serve(t);
    const script = await get(`/boot?${query}`);
    t.match(script, 'kernel http://127.0.0.1/iso/content/mini.iso/linux');
    const [, token = ''] = /\/installations\/([\w-]{43})\/automation\//.exec(script) ?? [];
    t.not(token, '', 'there is a token');
    t.match(store.get('Installation', 'a-1')?.status, { phase: 'Installing', attempt: 1 });
    t.match(await get(`/installations/${token}/automation/preseed.cfg`), `/installations/${token}`);
    const again = await get(`/boot/debian-13?profile=web&${query}`);
    t.match(again, '/installations/', 'whatever script it asks for');
    t.equal((await server.inject(`/configuration/web/automation/debian-13/preseed.cfg?${query}`)).statusCode, 200);

    const [, last] = /\/installations\/([\w-]{43})\//.exec(again) ?? [];
    t.equal((await server.inject({ method: 'POST', url: `/installations/${last}/done` })).statusCode, 200);
    for (const path of [`/boot?${query}`, `/boot/debian-13?${query}`, `/boot/debian-13?profile=web&${query}`]) {
      t.equal(await get(path), '#!ipxe\necho Serabut: Generation 1 is installed. It boots its disk.\nexit 1\n', path);
    }
    const answers = await server.inject(`/configuration/web/automation/debian-13/preseed.cfg?${query}`);
    t.equal(answers.statusCode, 409);
    t.match(answers.body, 'SERABUT_ERR_NOT_INSTALLING: Machine a is not being installed now.');
    t.equal((await server.inject('/configuration/web/automation/debian-13/preseed.cfg')).statusCode, 200, 'a preview');
  },
);

t.test('a profile of which no script can be made fails its attempts, and the machine boots its disk', async (t) => {
  const { get, store } = await serve(t, { bootProfile: 'broken' });
  for (const attempt of [1, 2]) {
    const script = await get(`/boot?${query}`);
    t.match(script, /echo Serabut: The boot script cannot be made: SERABUT_ERR_CONFIGURATION_NOT_FOUND/);
    t.match(script, `sleep 120\nchain --replace --autofree http://127.0.0.1/boot?${query} || exit 1`);
    t.equal(store.get('Installation', 'a-1')?.status.attempt, attempt);
  }
  t.equal(store.get('Installation', 'a-1')?.status.phase, 'Failed');
  t.match(await get(`/boot?${query}`), /has failed: The boot script cannot be made.*\nexit 1\n/s);
});

t.test('an image that is not read yet is waited for, within the attempt', async (t) => {
  const { get, library, store } = await serve(t);
  library.volume = () => {
    throw new SerabutError('SERABUT_ERR_ISO_PREPARING', 'mini.iso is being copied', { retryAfter: 2 });
  };
  t.match(
    await get(`/boot?${query}`),
    /Not yet: .*\nsleep 2\nchain --replace --autofree http:\/\/127\.0\.0\.1\/boot\?mac=/s,
  );
  t.match(store.get('Installation', 'a-1')?.status, { phase: 'Installing', attempt: 1, failures: [] });
});

t.test('who is not the machine, as far as the network tells, is refused', async (t) => {
  const { get, store } = await serve(t, {}, {});
  t.match(await get(`/boot?${query}`), /Who asks is not Machine a: 127\.0\.0\.1 is this server itself/);
  t.equal(store.get('Installation', 'a-1'), undefined);
});

t.test('a known machine that was never to be installed may start an installer that asks', async (t) => {
  const { get } = await serve(t, { bootProfile: null, install: { generation: 0 } });
  t.match(await get(`/boot?${query}`), '#!ipxe\necho Serabut: It has no BootProfile. It boots its disk.\nexit 1\n');
  t.match(await get(`/boot/debian-13?${query}`), '\nkernel ');
  t.match(
    await get(`/boot/debian-13?profile=web&${query}`),
    'It boots its disk.',
    'not one that erases without asking',
  );
});

t.test('a BIOS starts its first disk', async (t) => {
  const { get } = await serve(t, { install: { generation: 0 } });
  const script = await get('/boot?mac=52-54-00-00-00-01&platform=pcbios');
  t.match(script, /\nsanboot --no-describe --drive 0x80 \|\| exit 1\n$/);
});

t.test('what machines say of themselves is bounded, and makes no command of a script', async (t) => {
  const { get, server, store } = await serve(t, {}, {});
  const odd = encodeURIComponent('x\n||shell ${net0/mac} # \u{1f600}');
  const long = 'p'.repeat(1000);
  const url = `/boot?mac=52-54-00-00-00-07&serial=${odd}&manufacturer=${odd}&product=${long}&arch=${odd}&memory=x`;
  t.match(await get(url), /^#!ipxe\necho Serabut: This machine is not known/);
  await server.close();
  const { facts } = store.get('Machine', 'mac-52-54-00-00-00-07')?.status ?? {};
  t.match(facts, { manufacturer: 'x ||shell ${net0/mac} # \u{1f600}', arch: null, memoryMiB: null, platform: null });
  t.equal(facts?.product?.length, 128);
});

t.test('a profile whose Configuration cannot be used is shown in the menu, and cannot be chosen', async (t) => {
  const invalid = [
    { kind: 'Configuration', name: 'invalid', spec: { nothing: 1 } },
    { kind: 'BootProfile', name: 'invalid', spec: { distro: 'debian-13', configuration: 'invalid' } },
  ];
  const files = { 'isos/mini.iso': miniIso(), 'resources/lab.yaml': resources(...base, ...invalid) };
  const { server } = await buildApp(t, { files, settings: { defaultEntry: 'invalid' } });
  const menu = (await server.inject('/boot')).body;
  for (const name of ['broken', 'invalid']) {
    t.match(menu, new RegExp(`^item --gap -- ${name}: .* has no Configuration that can be used: see the log$`, 'm'));
  }
  t.match(menu, /^item entry_\d+ web: /m);
  t.notMatch(menu, 'profile=invalid');
  t.match(menu, 'choose --default disk');
});

t.test('the menu is made once, however many machines ask', async (t) => {
  const { server, catalogue } = await serve(t);
  let made = 0;
  const { entries } = catalogue;
  catalogue.entries = () => {
    made += 1;
    return entries.call(catalogue);
  };
  await Promise.all(Array.from({ length: 20 }, () => server.inject('/boot?arch=x86_64')));
  t.equal(made, 1);
});

t.test('HEAD changes nothing, whatever it asks', async (t) => {
  const { get, store, server } = await serve(t);
  const head = async (path: string) => (await server.inject({ method: 'HEAD', url: path })).headers['content-length'];
  const unknown = await head('/boot?mac=52-54-00-00-00-09&product=PC');
  const waiting = await head(`/boot?${query}`);
  t.equal(store.get('Installation', 'a-1'), undefined, 'nothing has begun');
  const script = await get(`/boot?${query}`);
  t.equal(Number(waiting), Buffer.byteLength(script), 'it has the length that GET has');
  t.ok(Number(unknown) > 0);
  const [, token = ''] = /\/installations\/([\w-]{43})\//.exec(script) ?? [];
  t.match(await get(`/installations/${token}/automation/preseed.cfg`), token);
  const before = [...store.all('Machine'), ...store.all('Installation')];
  for (const path of [`/boot?${query}`, `/boot/debian-13?profile=web&${query}`]) t.ok(Number(await head(path)) > 0);
  const answers = await server.inject({
    method: 'HEAD',
    url: `/configuration/web/automation/debian-13/preseed.cfg?${query}`,
  });
  t.equal(answers.statusCode, 200);
  t.strictSame([...store.all('Machine'), ...store.all('Installation')], before, 'the attempt goes on, with its token');
  t.equal((await server.inject({ method: 'POST', url: `/installations/${token}/done` })).statusCode, 200);
  t.match(await head(`/boot?${query}`), /^\d+$/);
});
