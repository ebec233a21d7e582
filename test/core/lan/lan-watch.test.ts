import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { SerabutError } from '../../../core/errors.js';
import type { LanAddress } from '../../../core/lan/lan-address.js';
import { saveSettings } from '../../../core/lan/lan-files.js';
import { LanWatch } from '../../../core/lan/lan-watch.js';
import { buildApp } from '../../helpers/build-app.js';
import { lan } from '../../helpers/lan.js';

const lost = new SerabutError('SERABUT_ERR_LAN', 'interface "net1" has no IPv4 address; there are none');

/** A watch over an address that the test gives and takes. */
async function watched(t: Test, first: LanAddress | undefined) {
  const directory = t.testdir({ ipxe: { 'snponly.efi': '' } });
  const squid = { port: 3128, cacheDirectory: '/c', cacheMegabytes: 100 };
  await saveSettings(directory, { httpPort: 80, ipxeDirectory: join(directory, 'ipxe'), sharePorts: false, squid });
  let now = first;
  const addressOf = () => {
    if (now === undefined) throw lost;
    return now;
  };
  const watch = await LanWatch.start({ interface: 'net1', directory, pollMs: 5, addressOf });
  t.teardown(() => watch.close());
  return {
    watch,
    conf: (program: string) => readFileSync(join(directory, `${program}.conf`), 'utf8'),
    /** What a container does when it is started, a moment ago or now. */
    started: (program: string, secondsAgo = 0) => {
      const path = join(directory, `${program}.started`);
      writeFileSync(path, '');
      const at = Date.now() / 1000 - secondsAgo;
      if (secondsAgo > 0) utimesSync(path, at, at);
    },
    change: (address: LanAddress | undefined) => {
      now = address;
    },
  };
}

async function until(condition: () => boolean): Promise<boolean> {
  for (let tries = 0; !condition() && tries < 500; tries++) await sleep(10);
  return condition();
}

t.test('the LAN is well when both programs were started after their configuration was written', async (t) => {
  const { watch, conf, started } = await watched(t, lan);
  t.match(conf('dnsmasq'), 'dhcp-range=192.168.88.0,proxy,255.255.255.0');
  t.equal(watch.problem?.message, 'dnsmasq and squid must be started with the address 192.168.88.97');
  started('dnsmasq');
  t.ok(await until(() => watch.problem?.message === 'squid must be started with the address 192.168.88.97'));
  started('squid');
  t.ok(await until(() => watch.problem === undefined));
  t.equal(watch.proxy, 'http://192.168.88.97:3128');
});

t.test('another address is written into both files, and the programs must be started again', async (t) => {
  const { watch, conf, started, change } = await watched(t, lan);
  started('dnsmasq');
  started('squid');
  t.ok(await until(() => watch.problem === undefined));
  const seen: unknown[] = [];
  watch.onAddress(({ address }, changed) => seen.push([address, changed]));
  for (const program of ['dnsmasq', 'squid']) started(program, 60);
  change({ ...lan, address: '192.168.88.98' });
  t.ok(await until(() => watch.problem !== undefined));
  t.strictSame(seen, [['192.168.88.98', ['dnsmasq', 'squid']]]);
  t.match(conf('dnsmasq'), 'http://192.168.88.98/boot');
  t.match(conf('squid'), 'http_port 192.168.88.98:3128');
  t.equal(watch.proxy, 'http://192.168.88.98:3128');
  t.match(watch.problem, { code: 'SERABUT_ERR_LAN_LOST', message: /must be started with the address 192.168.88.98/ });
  started('dnsmasq');
  started('squid');
  t.ok(await until(() => watch.problem === undefined));
});

t.test('an address that goes and comes back changes no file', async (t) => {
  const { watch, started, change } = await watched(t, lan);
  started('dnsmasq');
  started('squid');
  t.ok(await until(() => watch.problem === undefined));
  change(undefined);
  t.ok(await until(() => watch.problem !== undefined));
  const message = `${lost.message}; a lease that has run out comes back with another pod alone: kubectl delete pod`;
  t.match(watch.problem, { code: 'SERABUT_ERR_LAN_LOST', message });
  change(lan);
  t.ok(await until(() => watch.problem === undefined));
});

t.test('an address may be missing at the start', async (t) => {
  const { watch, change, conf } = await watched(t, undefined);
  t.equal(watch.proxy, null);
  t.match(watch.problem, { code: 'SERABUT_ERR_LAN_LOST' });
  change(lan);
  t.ok(await until(() => watch.proxy !== null));
  t.match(conf('squid'), 'http_port 192.168.88.97:3128');
});

t.test('readyz says what is wrong with the LAN; all else is served', async (t) => {
  let problem: SerabutError | undefined = new SerabutError('SERABUT_ERR_LAN_LOST', 'net1 has no address');
  const { server } = await buildApp(t, { settings: { lanProblem: () => problem } });
  const ready = await server.inject('/readyz');
  t.equal(ready.statusCode, 503);
  t.match(ready.body, /^SERABUT_ERR_LAN_LOST: net1 has no address\n/);
  t.equal((await server.inject('/healthz')).statusCode, 200);
  t.equal((await server.inject('/boot')).statusCode, 200);
  problem = undefined;
  t.equal((await server.inject('/readyz')).statusCode, 200);
});
