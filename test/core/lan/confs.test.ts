import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { dnsmasqConf } from '../../../core/lan/dnsmasq-conf.js';
import { lanAddress } from '../../../core/lan/lan-address.js';
import { findLoaders, loaders } from '../../../core/lan/loaders.js';
import { squidConf } from '../../../core/lan/squid-conf.js';
import { lan } from '../../helpers/lan.js';

const dnsmasq = { lan, httpPort: 8080, ipxeDirectory: '/usr/lib/ipxe', loaders, sharePorts: false };
const denied = ['10.96.0.0/12', 'fd00::/8'];
const squid = { lan, port: 3128, cacheDirectory: '/data/squid', cacheMegabytes: 8000, denied };
const absent = (program: string) => spawnSync('which', [program]).status !== 0 && `${program} is not installed`;

t.test('the configuration of dnsmasq', async (t) => t.matchSnapshot(dnsmasqConf(dnsmasq)));
t.test('the configuration of Squid', async (t) => t.matchSnapshot(squidConf(squid)));

t.test('a loader that is not there leaves no line', async (t) => {
  const text = dnsmasqConf({ ...dnsmasq, loaders: loaders.filter(({ file }) => file === 'snponly.efi') });
  t.notMatch(text, 'arm64');
  t.notMatch(text, 'undionly');
  t.match(text, 'pxe-service=tag:!ipxe,X86-64_EFI,"iPXE",snponly.efi');
});

t.test('a URL that DHCP cannot carry and a path that would break out of its line are refused', async (t) => {
  const long = { ...lan, address: `${'1'.repeat(60)}` };
  t.throws(() => dnsmasqConf({ ...dnsmasq, lan: long }), {
    code: 'SERABUT_ERR_LAN',
    message: /more than the 127 bytes/,
  });
  t.throws(() => dnsmasqConf({ ...dnsmasq, ipxeDirectory: '/a\nuser=root' }), { code: 'SERABUT_ERR_LAN' });
  t.throws(() => squidConf({ ...squid, cacheDirectory: '/a b' }), { code: 'SERABUT_ERR_LAN' });
});

t.test('dnsmasq takes its configuration', { skip: absent('dnsmasq') }, async (t) => {
  const directory = t.testdir({ extra: 'dhcp-host=52:54:00:00:00:01,ignore\n' });
  const file = join(directory, 'dnsmasq.conf');
  writeFileSync(file, dnsmasqConf({ ...dnsmasq, sharePorts: true, extra: join(directory, 'extra') }));
  const { status, stderr } = spawnSync('dnsmasq', ['--test', `--conf-file=${file}`], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
});

t.test('Squid takes its configuration', { skip: absent('squid') }, async (t) => {
  const directory = t.testdir({ extra: 'acl own src 10.0.0.0/8\n' });
  const file = join(directory, 'squid.conf');
  const cacheDirectory = join(directory, 'cache');
  mkdirSync(cacheDirectory);
  writeFileSync(
    file,
    squidConf({ ...squid, cacheDirectory, logDirectory: directory, extra: join(directory, 'extra') }),
  );
  const { status, stderr } = spawnSync('squid', ['-k', 'parse', '-f', file], { encoding: 'utf8' });
  t.equal(status, 0, stderr);
  const complaints = stderr.split('\n').filter((line) => /WARNING|ERROR/.test(line));
  t.match(complaints, [/'ignore-reload' in 'refresh_pattern' violates HTTP/], 'what by-hash names make safe');
  t.equal(complaints.length, 1);
});

t.test('the address of an interface, its network and prefix', async (t) => {
  const info = {
    address: '172.16.5.9',
    netmask: '255.255.240.0',
    family: 'IPv4',
    mac: '',
    internal: false,
    cidr: null,
  } as const;
  const six = {
    address: 'fe80::1',
    netmask: '',
    family: 'IPv6',
    mac: '',
    internal: false,
    cidr: null,
    scopeid: 1,
  } as const;
  t.strictSame(lanAddress('net1', { net1: [six, info] }), {
    interface: 'net1',
    address: '172.16.5.9',
    netmask: '255.255.240.0',
    network: '172.16.0.0',
    prefix: 20,
  });
  const message = 'interface "eth9" has no IPv4 address; there are net1 (172.16.5.9)';
  t.throws(() => lanAddress('eth9', { net1: [info], eth9: [six] }), { code: 'SERABUT_ERR_LAN', message });
  t.throws(() => lanAddress('eth9', {}), { message: /there are none/ });
});

t.test('loaders are looked for, and none at all is an error that names the package', async (t) => {
  const { found, absent } = await findLoaders(t.testdir({ 'undionly.kpxe': '', 'other.efi': '' }));
  t.strictSame(
    found.map(({ file }) => file),
    ['undionly.kpxe'],
  );
  t.strictSame(
    absent.map(({ firmware }) => firmware),
    ['UEFI x64', 'UEFI arm64'],
  );
  await t.rejects(findLoaders('/nonexistent'), { code: 'SERABUT_ERR_LAN', message: /install the package ipxe/ });
});
