import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { SerabutError } from '../../../core/errors.js';
import type { LanAddress } from '../../../core/lan/lan-address.js';
import { lanConfs, saveSettings, writeConfs } from '../../../core/lan/lan-files.js';
import { LanWatch } from '../../../core/lan/lan-watch.js';
import { buildApp } from '../../helpers/build-app.js';
import { lan } from '../../helpers/lan.js';

const lost = new SerabutError('SERABUT_ERR_LAN', 'interface "net1" has no IPv4 address; there are none');

/** A watch over an address that the test gives and takes. */
async function watched(t: Test, first: LanAddress | undefined, aheadOfClock = 0) {
  const directory = t.testdir({ ipxe: { 'snponly.efi': '' } });
  const squid = { port: 3128, cacheDirectory: '/c', cacheMegabytes: 100 };
  const settings = { httpPort: 80, ipxeDirectory: join(directory, 'ipxe'), sharePorts: false, squid };
  await saveSettings(directory, settings);
  if (first !== undefined) await writeConfs(directory, await lanConfs(first, settings));
  // Not to now: the clock of a file system may be some milliseconds behind that of the program.
  if (aheadOfClock > 0) for (const program of ['dnsmasq', 'squid']) age(`${directory}/${program}.conf`, aheadOfClock);
  let now = first;
  const addressOf = () => {
    if (now === undefined) throw lost;
    return now;
  };
  const watch = await LanWatch.start({ interface: 'net1', directory, pollMs: 5, addressOf });
  t.teardown(() => watch.close());
  return {
    watch,
    confAge: (program: string) => statSync(join(directory, `${program}.conf`)).mtimeMs,
    isNoted: (program: string) => existsSync(join(directory, `${program}.started`)),
    conf: (program: string) => readFileSync(join(directory, `${program}.conf`), 'utf8'),
    /** What a container does when it is started, a moment ago or now. */
    started: (program: string, secondsAgo = 0) => {
      const path = join(directory, `${program}.started`);
      writeFileSync(path, '');
      if (secondsAgo !== 0) age(path, -secondsAgo);
    },
    change: (address: LanAddress | undefined) => {
      now = address;
    },
  };
}

/** Dates a file so many seconds after now. */
function age(path: string, seconds: number): void {
  const at = Date.now() / 1000 + seconds;
  utimesSync(path, at, at);
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
  const { watch, conf, started, isNoted, change } = await watched(t, lan);
  started('dnsmasq');
  started('squid');
  t.ok(await until(() => watch.problem === undefined));
  const seen: unknown[] = [];
  watch.onAddress(({ address }, changed) => seen.push([address, changed]));
  for (const program of ['dnsmasq', 'squid']) started(program, 60);
  change({ ...lan, address: '192.168.88.98' });
  t.ok(await until(() => watch.problem?.message.includes('192.168.88.98') === true));
  t.strictSame(seen, [['192.168.88.98', ['dnsmasq', 'squid']]]);
  t.match(conf('dnsmasq'), 'http://192.168.88.98/boot');
  t.match(conf('squid'), 'http_port 192.168.88.98:3128');
  t.equal(watch.proxy, 'http://192.168.88.98:3128');
  t.match(watch.problem, { code: 'SERABUT_ERR_LAN_LOST', message: /must be started with the address 192.168.88.98/ });
  started('dnsmasq');
  started('squid');
  t.ok(await until(() => !isNoted('dnsmasq') && !isNoted('squid')), 'both may have read the old file just before');
  t.not(watch.problem, undefined);
  started('dnsmasq');
  started('squid');
  t.ok(await until(() => watch.problem === undefined));
  t.ok(isNoted('dnsmasq'), 'one further start suffices');
});

t.test('a configuration that is dated ahead of the clock is dated now, so that a start can follow it', async (t) => {
  const { watch, confAge, started } = await watched(t, lan, 3600);
  t.ok(await until(() => confAge('squid') < Date.now() + 1000 && confAge('dnsmasq') < Date.now() + 1000));
  started('dnsmasq', 5);
  started('squid', 5);
  t.match(watch.problem, { code: 'SERABUT_ERR_LAN_LOST' });
  // Files that are just written are dated by a clock that ticks slower than the program's.
  started('dnsmasq', -1);
  started('squid', -1);
  t.ok(await until(() => watch.problem === undefined));
});

t.test('a start that is dated ahead of the clock does not hide another address', async (t) => {
  const { watch, started, isNoted, change } = await watched(t, lan);
  started('dnsmasq', -3600);
  started('squid', -3600);
  t.ok(await until(() => watch.problem === undefined), 'it does no harm before');
  change({ ...lan, address: '192.168.88.98' });
  t.ok(await until(() => !isNoted('dnsmasq') && !isNoted('squid')));
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
