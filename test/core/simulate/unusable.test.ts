import { join } from 'node:path';
import t, { type Test } from 'tap';
import { simulate } from '../../../core/simulate/simulate.js';
import { type AppOptions, buildApp, resources } from '../../helpers/build-app.js';
import { dataFiles } from '../../helpers/simulated-data.js';

const { 'isos/mini.iso': mini = '' } = dataFiles('http://127.0.0.1:1');
const web = '52:54:00:00:00:01';
const image = (name: string) => ({ kind: 'Image', name, spec: { type: 'iso', path: `${name}.iso` } });
const distro = (name: string) => ({ kind: 'Distro', name, spec: { plugin: 'debian', image: name } });
const profile = (name: string, on: string) => ({
  kind: 'BootProfile',
  name,
  spec: { distro: on, configuration: 'plain' },
});
const yaml = resources(
  ...[image('mini'), image('renamed'), distro('mini'), distro('renamed')],
  ...[profile('web', 'renamed'), profile('typo', 'mimi')],
);

async function play(t: Test, options: AppOptions, simulation: Partial<Parameters<typeof simulate>[0]> = {}) {
  const { url } = await buildApp(t, options);
  return simulate({ client: 'uefi-x64', mac: '02:00:00:00:99:01', from: url, ...simulation });
}

t.test('what cannot be used is said of each, where another entry of the menu works', async (t) => {
  const files = { 'isos/mini.iso': mini, 'resources/a.yaml': yaml, 'resources/b.yaml': 'kind: BootProfile' };
  const { fault, warnings, steps } = await play(t, { files });
  t.equal(fault, undefined);
  t.match(warnings, [
    'BootProfile typo cannot be used: there is no distro "mimi"',
    'BootProfile web cannot be used: isos/renamed.iso is not there (a.yaml, document 4)',
    'distro renamed cannot be used: isos/renamed.iso is not there (a.yaml, document 4)',
    /^resource b\.yaml\S* cannot be used: /,
  ]);
  t.equal(warnings.length, 4);
  t.strictSame(
    steps.filter(({ state }) => state === 'warn').map(({ what }) => what),
    warnings,
  );
});

t.test('where somebody says what is booted, nothing else is spoken of', async (t) => {
  const { fault, warnings } = await play(
    t,
    { files: { 'isos/mini.iso': mini, 'resources/a.yaml': yaml } },
    { distro: 'mini' },
  );
  t.equal(fault, undefined);
  t.strictSame(warnings, []);
});

t.test('an ISO that is cut short, and nothing else: its own cause', async (t) => {
  const files = { 'isos/mini.iso': mini.slice(0, mini.length - 300_000) };
  const { fault } = await play(t, { files });
  t.match(fault, {
    code: 'nothing-usable',
    cause: /^nothing to boot: distro mini .*truncated \(\S*isos\/mini\.iso\)$/,
  });
  const fine = await play(t, { files }, { isEmptyFine: true });
  t.equal(fine.fault, undefined);
  t.equal(fine.warnings.length, 1, 'it is said where an empty server is in order, too');
});

t.test('of very many only some are said', async (t) => {
  const names = Array.from({ length: 25 }, (_, index) => `n${index + 10}`);
  const files = { 'resources/a.yaml': resources(...names.map((name) => profile(name, 'none'))) };
  const { fault, warnings } = await play(t, { files });
  t.equal(warnings.length, 21);
  t.equal(warnings.at(-1), '5 more cannot be used');
  t.match(fault, { code: 'nothing-usable', cause: /n12 cannot be used: .*; 22 more cannot be used$/ });
});

t.test('a server whose API is closed says nothing of what it cannot use', async (t) => {
  const files = { 'resources/a.yaml': yaml, tokens: 'anna:0123456789abcdef0123\n' };
  const settings = { closed: true, operatorTokenFile: join(t.testdirName, 'tokens') };
  const { fault, warnings } = await play(t, { files, settings });
  t.match(fault, { code: 'nothing-to-boot' });
  t.strictSame(warnings, []);
});

t.test('who is not the Machine sees the end of what can be simulated; --identify query is for routers', async (t) => {
  const files = {
    'isos/mini.iso': mini,
    'resources/a.yaml': resources(
      distro('mini'),
      image('mini'),
      { kind: 'Configuration', name: 'plain', spec: {} },
      profile('web', 'mini'),
      { kind: 'Machine', name: 'web1', spec: { macs: [web], bootProfile: 'web', install: { generation: 1 } } },
    ),
  };
  const as = (neighbour: string | null) =>
    play(t, { files, neighbours: { find: async () => neighbour } as never }, { mac: web });
  t.match((await as('local')).fault, {
    code: 'not-this-machine',
    cause: /Machine web1: 127\.0\.0\.1 is this server itself$/,
  });
  t.match((await as('02:00:00:00:00:09')).fault, {
    cause: /Machine web1: 127\.0\.0\.1 has the MAC address 02:00:00:00:00:09$/,
  });
  t.match((await as(null)).fault, {
    cause: /no MAC address is known for 127\.0\.0\.1; behind a router, --identify query is needed$/,
  });
});
