import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { lanConfs, readSettings, saveSettings, writeConfs } from '../../../core/lan/lan-files.js';
import { lan } from '../../helpers/lan.js';

t.test('only a configuration that differs is written, so that its age says since when it holds', async (t) => {
  const directory = join(t.testdir({ ipxe: { 'snponly.efi': '' } }), 'run');
  const settings = {
    httpPort: 8080,
    ipxeDirectory: join(t.testdirName, 'ipxe'),
    sharePorts: false,
    squid: { port: 3128, cacheDirectory: '/var/spool/squid', cacheMegabytes: 100 },
  };
  t.strictSame(await writeConfs(directory, await lanConfs(lan, settings)), ['dnsmasq', 'squid']);
  const before = statSync(join(directory, 'dnsmasq.conf')).mtimeMs;
  await sleep(20);
  t.strictSame(await writeConfs(directory, await lanConfs(lan, settings)), []);
  const smaller = { ...settings, squid: { ...settings.squid, cacheMegabytes: 99 } };
  t.strictSame(await writeConfs(directory, await lanConfs(lan, smaller)), ['squid']);
  t.equal(statSync(join(directory, 'dnsmasq.conf')).mtimeMs, before);
  t.strictSame(readdirSync(directory).sort(), ['dnsmasq.conf', 'squid.conf'], 'nothing unfinished is left');
  const mode = statSync(join(directory, 'squid.conf')).mode & 0o777;
  t.equal(mode.toString(8), '644', 'other users can read it');
});

t.test('without a Squid there is no squid.conf', async (t) => {
  const ipxeDirectory = t.testdir({ 'snponly.efi': '' });
  const confs = await lanConfs(lan, { httpPort: 8080, ipxeDirectory, sharePorts: false });
  t.strictSame([...confs.keys()], ['dnsmasq']);
});

t.test('settings are read back as they were saved', async (t) => {
  const directory = t.testdir({});
  const squid = { port: 3128, cacheDirectory: '/c', cacheMegabytes: 100, extra: undefined };
  await saveSettings(directory, { httpPort: 80, ipxeDirectory: '/i', sharePorts: false, squid });
  t.same(await readSettings(directory), {
    httpPort: 80,
    ipxeDirectory: '/i',
    sharePorts: false,
    squid: { port: 3128, cacheDirectory: '/c', cacheMegabytes: 100 },
  });
});

t.test('settings that are missing or damaged say what to do, and what is wrong', async (t) => {
  const directory = t.testdir({ bad: { 'settings.json': '{"httpPort":"80"}' }, text: { 'settings.json': '{' } });
  await t.rejects(readSettings(directory), {
    code: 'SERABUT_ERR_BAD_REQUEST',
    message: `there is no settings.json: run serabut lan prepare --out ${directory} first`,
  });
  await t.rejects(readSettings(join(directory, 'bad')), {
    code: 'SERABUT_ERR_BAD_REQUEST',
    message: /httpPort: expected a number, received "80"/,
    where: join(directory, 'bad/settings.json'),
  });
  await t.rejects(readSettings(join(directory, 'text')), { message: /expected an object/ });
  t.equal(readFileSync(join(directory, 'text/settings.json'), 'utf8'), '{');
});
