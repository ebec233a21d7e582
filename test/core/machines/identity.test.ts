import t from 'tap';
import { hostnameOf, machineView, queryOf } from '../../../core/machines/identity.js';
import { buildApp, resources } from '../../helpers/build-app.js';
import { isos, serveDistros } from '../../helpers/distros.js';

const unknownMachine = { mac: null, uuid: null, serial: null, platform: null };

const uuid = '4C4C4544-0042-3510-8053-B4C04F4E3332';

t.test('what a machine says has one form, and what makes no sense counts as not said', async (t) => {
  const said = machineView({ mac: '52-54-00-AA-BB-CC', uuid, serial: ' PF 0.1_A.', platform: 'efi' });
  t.strictSame(said, {
    mac: '52:54:00:aa:bb:cc',
    uuid: uuid.toLowerCase(),
    serial: 'pf-0-1-a',
    platform: 'efi',
  });
  t.strictSame(machineView({ mac: '52:54', uuid: 'x', serial: '---', platform: 'arc' }), unknownMachine);
  t.strictSame(machineView({ uuid: '00000000-0000-0000-0000-000000000000' }), unknownMachine);
  t.strictSame(machineView({}), unknownMachine);
});

t.test('what makers left in the firmware of thousands of boards says nothing', async (t) => {
  for (const serial of [
    'To Be Filled By O.E.M.',
    'Default string',
    'System Serial Number',
    '0',
    '00000000',
    'XX-XX',
    'None',
  ]) {
    t.equal(machineView({ serial }).serial, null, serial);
  }
  for (const serial of ['1', 'CZJ0420', '0000001']) t.not(machineView({ serial }).serial, null, serial);
  for (const id of [
    '03000200-0400-0500-0006-000700080009',
    'FEFEFEFE-FEFE-FEFE-FEFE-FEFEFEFEFEFF',
    '11111111-1111-1111-1111-111111111111',
  ]) {
    t.equal(machineView({ uuid: id }).uuid === null, !id.startsWith('FE'), id);
  }
});

t.test('it is said again in the query of the answer files', async (t) => {
  t.equal(queryOf(unknownMachine), '');
  const machine = { mac: '52:54:00:aa:bb:cc', uuid: null, serial: 'a1', platform: 'efi' } as const;
  t.equal(queryOf(machine), '?mac=52-54-00-aa-bb-cc&serial=a1&platform=efi');
  const again = Object.fromEntries(new URLSearchParams(queryOf(machine)));
  t.strictSame(machineView(again), machine);
});

t.test('a host name is made of it', async (t) => {
  const machine = { mac: '52:54:00:aa:bb:cc', uuid: uuid.toLowerCase(), serial: 'a1', platform: null } as const;
  t.equal(hostnameOf('web1', unknownMachine), 'web1');
  t.equal(hostnameOf('node-{mac}-{serial}', machine), 'node-525400aabbcc-a1');
  t.equal(hostnameOf(`{uuid}-${'a'.repeat(25)}-b`, machine).length, 62);
  t.throws(() => hostnameOf('n-{serial}', unknownMachine), {
    code: 'SERABUT_ERR_BAD_REQUEST',
    message: /ask with \?serial=/,
  });
});

t.test('a request that lacks what the host name needs is refused', async (t) => {
  const app = await serveDistros(t, ['d13'], {
    c: { users: [{ name: 'a', sshKeys: ['ssh-rsa A'] }], hostname: 'n-{mac}' },
  });
  const missing = await app.server.inject('/configuration/c/automation/d13/preseed.cfg');
  t.equal(missing.statusCode, 400);
  t.match(missing.body, "SERABUT_ERR_BAD_REQUEST: the host name n-{mac} needs the machine's mac");
  const known = await app.server.inject('/configuration/c/automation/d13/preseed.cfg?mac=525400123456');
  t.match(known.body, 'd-i netcfg/hostname string n-525400123456');
});

t.test('a machine with too little memory is told so before anything is loaded', async (t) => {
  const files = {
    'isos/u24.iso': isos.u24?.() ?? '',
    'resources/a.yaml': resources({ kind: 'Image', name: 'i', spec: { type: 'iso', path: 'u24.iso' } }),
  };
  const app = await buildApp(t, { files, settings: { url: 'http://10.0.0.2' } });
  const least = 2048 + Math.ceil((isos.u24?.().length ?? 0) / 1024 ** 2);
  const boot = async (memory: string) => (await app.server.inject(`/boot/u24?mac=&memory=${memory}&arch=x86_64`)).body;
  const refusal = await boot('2048');
  t.equal(
    refusal,
    `#!ipxe
echo Serabut: this machine has 2048 MiB of memory; ubuntu 24.04 live-server x86_64 needs ${least} MiB.
echo Nothing was loaded.
prompt --timeout 60000 Press a key to try it all the same, or wait for the next boot entry || exit 1
chain --replace --autofree http://10.0.0.2/boot/u24?mac=&memory=&arch=x86_64
`,
  );
  for (const memory of [String(least), '', 'abc']) t.match(await boot(memory), '\nkernel ', memory);
  t.match((await app.server.inject('/boot')).body, `memory=\${memsize}`);
});
