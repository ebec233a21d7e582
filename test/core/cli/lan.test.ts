import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { run } from '../../helpers/run-cli.js';

t.test('lan prepare writes what dnsmasq and Squid shall do at the address of an interface', async (t) => {
  const directory = t.testdir({ ipxe: { 'undionly.kpxe': '' }, cache: {} });
  const [out, ipxe, cache] = ['run', 'ipxe', 'cache'].map((name) => join(directory, name)) as [string, string, string];
  const prepare = run('lan', 'prepare', '--interface', 'lo', '--out', out, '--ipxe', ipxe, '--http-port', '8081', '--squid-dir', cache, '--squid-cache', '100', '--squid-deny', '10.96.0.0/12,fd00::/8'); // biome-ignore format: one command
  await prepare.done;
  t.equal(prepare.out.text, `dnsmasq.conf and squid.conf in ${out} for 127.0.0.1/8 on lo\n`);
  const dnsmasq = readFileSync(join(out, 'dnsmasq.conf'), 'utf8');
  t.match(dnsmasq, 'dhcp-range=127.0.0.0,proxy,255.0.0.0');
  t.match(dnsmasq, 'http://127.0.0.1:8081/boot');
  t.match(dnsmasq, `log-facility=${out}/dnsmasq.log`);
  t.equal(statSync(join(out, 'dnsmasq.log')).mode & 0o777, 0o666, 'dnsmasq may be another user');
  t.notMatch(dnsmasq, 'bind-dynamic', 'which wants a capability');
  const squid = readFileSync(join(out, 'squid.conf'), 'utf8');
  t.match(squid, `cache_dir aufs ${cache} 100 16 256`);
  t.match(squid, /^acl denied3 dst 10\.96\.0\.0\/12$/m);
  t.match(squid, /^http_access deny denied3 !to_lan$/m);
});

t.test('lan prepare refuses networks that Squid could not read', async (t) => {
  for (const networks of ['10.96.0.0', '10.96.0.0/33', 'fd00::/129', 'all/0', '10.0.0.0/8/8', '10.0.0.0/8 all'])
    await t.rejects(run('lan', 'prepare', '--interface', 'lo', '--out', 'x', '--squid-deny', networks).done, {
      message: / is no network\.$/,
    });
});

t.test('lan prepare tells an interface that does not exist from one without an address', async (t) => {
  const out = join(t.testdir({}), 'run');
  const missing = run('lan', 'prepare', '--interface', 'nowhere9', '--out', out, '--wait', '0.1');
  await t.rejects(missing.done, {
    code: 'SERABUT_ERR_LAN',
    message: /^there is no interface "nowhere9", after 0.1 s; there are .*\blo\b/,
  });
});

t.test('lan prepare stops waiting when it is asked to end', async (t) => {
  const out = join(t.testdir({}), 'run');
  const prepare = run('lan', 'prepare', '--interface', 'nowhere9', '--out', out);
  prepare.stop.abort(new Error('enough'));
  await t.rejects(prepare.done);
});

t.test('lan prepare refuses a volume that is too small for the cache', async (t) => {
  const cache = t.testdir({});
  const prepare = run('lan', 'prepare', '--interface', 'lo', '--out', cache, '--squid-dir', cache, '--squid-cache', '900000000'); // biome-ignore format: one command
  await t.rejects(prepare.done, {
    code: 'SERABUT_ERR_CACHE_SPACE',
    message: /^the volume has \d+ MB, and a cache of 900000000 MB wants 990000000 MB$/,
    where: cache,
  });
  const nowhere = run('lan', 'prepare', '--interface', 'lo', '--out', cache, '--squid-dir', join(cache, 'none'));
  await t.rejects(nowhere.done, { code: 'SERABUT_ERR_CACHE_SPACE', message: /ENOENT/ });
});

t.test('serve follows the address of its LAN', async (t) => {
  const data = t.testdir({});
  const serve = run('serve', '--data', data, '--host', '127.0.0.1', '--port', '0', '--lan-interface', 'nowhere9');
  for (let tries = 0; !serve.out.text.includes('no ISO') && tries < 500; tries++) await sleep(20);
  const url = /^Serabut listens on (\S+)$/m.exec(serve.out.text)?.[1];
  const ready = await fetch(`${url}/readyz`);
  t.equal(ready.status, 503);
  t.match(await ready.text(), /^SERABUT_ERR_LAN_LOST: interface "nowhere9" has no IPv4 address/);
  serve.stop.abort();
  await serve.done;
  const unprepared = run('serve', '--data', data, '--lan-interface', 'lo', '--lan-dir', data);
  await t.rejects(unprepared.done, { code: 'SERABUT_ERR_BAD_REQUEST', message: /run serabut lan prepare/ });
});

t.test('serve reads the log of a dnsmasq in another container', async (t) => {
  const directory = t.testdir({ ipxe: { 'undionly.kpxe': '' }, data: {} });
  const [lan, ipxe, data] = ['run', 'ipxe', 'data'].map((name) => join(directory, name)) as [string, string, string];
  await run('lan', 'prepare', '--interface', 'lo', '--out', lan, '--ipxe', ipxe).done;
  const serve = run('serve', '--data', data, '--host', '127.0.0.1', '--port', '0', '--lan-interface', 'lo', '--lan-dir', lan, '--log-level', 'debug'); // biome-ignore format: one command
  for (let tries = 0; !serve.out.text.includes('no ISO') && tries < 500; tries++) await sleep(20);
  const line = 'Nov 28 13:00:00 dnsmasq-tftp[1]: sent /usr/lib/ipxe/undionly.kpxe to 192.168.88.83\n';
  for (let tries = 0; !serve.err.text.includes('LoaderSent') && tries < 500; tries++) {
    appendFileSync(join(lan, 'dnsmasq.log'), line);
    await sleep(20);
  }
  t.match(serve.err.text, /"address":"192\.168\.88\.83","stage":"LoaderSent","msg":"sent undionly\.kpxe by TFTP"/);
  serve.stop.abort();
  await serve.done;
});
