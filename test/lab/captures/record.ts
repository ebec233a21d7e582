import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dnsmasqConf } from '../../../core/lan/dnsmasq-conf.js';
import { loaders } from '../../../core/lan/loaders.js';
import { ip, on, routerCommand } from '../network.js';
import { LoggedProcess } from '../process-log.js';
import { addRule, addresses, hosts, portOf, removeRules, resetClient } from './network.js';
import type { Situation } from './situations.js';
import { addPort, bootVirtualMachine, fewBlocks, tap } from './virtual-machine.js';
import { standIn } from './world.js';

const rom = fileURLToPath(new URL('./boot-rom.js', import.meta.url));
const run = promisify(execFile);

/** Sets a situation up. Gives what takes all of it away again. */
export async function setUp(situation: Situation, directory: string): Promise<() => Promise<void>> {
  for (const host of Object.values(hosts)) spawnSync(...on(host, 'ip', 'neigh', 'flush', 'all'));
  if (situation.firewall !== undefined) addRule(situation.firewall);
  const servers = await startServers(situation, directory);
  return async () => {
    for (const server of servers) await server.stop();
    removeRules();
    spawnSync(...on(hosts.rival, 'ip', 'addr', 'del', `${addresses.boot}/24`, 'dev', 'eth0'));
  };
}

/** Lets a machine boot in a situation, and records what the wire carries. Gives what the machine said. */
export async function record(situation: Situation, mac: string, directory: string, file: string): Promise<string> {
  const { at = 'client', arch = 7 } = situation;
  resetClient(mac);
  const tearDown = await setUp(situation, directory);
  if (at === 'virtual-machine') addPort();
  const recorder = await startRecorder(at, file, directory);
  try {
    if (at === 'virtual-machine') return await bootVirtualMachine(mac, directory, file);
    const { stdout } = await run(...on(hosts.client, process.execPath, rom, mac, String(arch)));
    // What is still on its way, and what tcpdump has not written yet.
    await sleep(1200);
    // Where only broadcasts are seen the capture must not end with the machine's last one.
    if (at === 'rival') await run(...on(hosts.router, 'busybox', 'arping', '-c', '2', '-I', 'eth0', addresses.rival));
    return stdout.trim();
  } finally {
    await recorder.stop();
    await tearDown();
  }
}

async function startServers(situation: Situation, directory: string): Promise<LoggedProcess[]> {
  const { router = [], boot = (conf: string) => conf, rival } = situation;
  const servers: LoggedProcess[] = [];
  if (router !== null) {
    const leases = join(directory, `${situation.name}.leases`);
    const [command, args] = routerCommand(leases, hosts.router);
    const usual = router.some((option) => option.startsWith('--dhcp-range'))
      ? args.filter((option) => !option.startsWith('--dhcp-range'))
      : args;
    servers.push(new LoggedProcess(command, [...usual, ...router], join(directory, `${situation.name}.router`)));
  }
  if (boot !== null) servers.push(startProxy(hosts.boot, addresses.boot, situation, directory, boot));
  if (rival === 'proxy') servers.push(startProxy(hosts.rival, addresses.rival, situation, directory, (conf) => conf));
  if (rival === 'same-address') ip('-n', hosts.rival, 'addr', 'add', `${addresses.boot}/24`, 'dev', 'eth0');
  for (const server of servers) await until(server, /DHCP/);
  return servers;
}

/** The dnsmasq of this project, as `serabut lan prepare` writes its configuration. */
function startProxy(
  host: string,
  address: string,
  { name, httpPort = 8080, withoutLoader, at }: Situation,
  directory: string,
  change: (conf: string) => string,
): LoggedProcess {
  const ipxeDirectory = join(directory, `${name}-${host}-ipxe`);
  mkdirSync(ipxeDirectory);
  for (const { file } of loaders) writeFileSync(join(ipxeDirectory, file), standIn);
  if (at === 'virtual-machine') copyFileSync('/usr/lib/ipxe/snponly.efi', join(ipxeDirectory, 'snponly.efi'));
  if (withoutLoader !== undefined) rmSync(join(ipxeDirectory, withoutLoader));
  const lan = { interface: 'eth0', address, network: '192.168.88.0', netmask: '255.255.255.0', prefix: 24 };
  const conf = join(directory, `${name}-${host}.conf`);
  writeFileSync(conf, change(dnsmasqConf({ lan, httpPort, ipxeDirectory, loaders, sharePorts: false })));
  const command = on(host, 'dnsmasq', '--keep-in-foreground', `--conf-file=${conf}`);
  return new LoggedProcess(...command, join(directory, `${name}-${host}.log`));
}

async function startRecorder(
  at: NonNullable<Situation['at']>,
  file: string,
  directory: string,
): Promise<LoggedProcess> {
  const isVirtual = at === 'virtual-machine';
  const any = ['-i', 'any', ...(at === 'boot-any-1' ? ['-y', 'LINUX_SLL'] : [])];
  const ports: Partial<Record<typeof at, string>> = {
    client: portOf(hosts.client),
    rival: portOf(hosts.rival),
    'virtual-machine': tap,
  };
  const port = ports[at];
  const [host, options] = port === undefined ? [hosts.boot, any] : [hosts.switch, ['-i', port]];
  // IPv6, and what the hosts say to each other beside network boot, only makes a capture larger.
  const filter =
    'arp or icmp or udp port 67 or udp port 68 or udp port 4011 or udp port 69 or udp portrange 1024-65535 or tcp';
  const command = on(
    host,
    'tcpdump',
    ...options,
    '-n',
    '--immediate-mode',
    '-U',
    '-w',
    file,
    `(${filter}) and not ip6${isVirtual ? ` and ${fewBlocks}` : ''}`,
  );
  const recorder = new LoggedProcess(...command, join(directory, 'tcpdump.log'));
  await until(recorder, /listening on/);
  return recorder;
}

async function until(started: LoggedProcess, pattern: RegExp): Promise<void> {
  for (let tries = 0; tries < 100 && started.isRunning && !started.matches(pattern); tries++) await sleep(50);
  if (!started.matches(pattern)) throw new Error(`it did not start: ${started.textFrom(0).join('\n')}`);
}
