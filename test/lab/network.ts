import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';

/** The lab's hosts, each a network namespace. */
export const hosts = { router: 'srb-router', boot: 'srb-boot', switch: 'srb-switch' } as const;
export const bootAddress = '192.168.88.2';
export const routerAddress = '192.168.88.1';

/** Runs ip(8); throws what it says when it fails. */
export function ip(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

/** A switch with the router and the boot server on it. Whatever an earlier run left over is removed first. */
export async function makeNetwork(): Promise<void> {
  await removeNetwork();
  makeSwitch(hosts.switch);
  for (const [host, address] of [
    [hosts.router, routerAddress],
    [hosts.boot, bootAddress],
  ] as const) {
    addHost(host);
    plugIn(host, 'eth0', hosts.switch);
    ip('-n', host, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
  }
}

export function addHost(host: string): void {
  ip('netns', 'add', host);
  ip('-n', host, 'link', 'set', 'lo', 'up');
}

export function makeSwitch(host: string): void {
  addHost(host);
  ip('-n', host, 'link', 'add', 'br0', 'type', 'bridge');
  ip('-n', host, 'link', 'set', 'br0', 'up');
}

/** Gives a host an interface, and a cable from there to a port of the switch. */
export function plugIn(host: string, name: string, toSwitch: string): void {
  const port = `to-${host}`;
  ip('-n', host, 'link', 'add', name, 'type', 'veth', 'peer', 'name', port, 'netns', toSwitch);
  ip('-n', host, 'link', 'set', name, 'up');
  ip('-n', toSwitch, 'link', 'set', port, 'master', 'br0', 'up');
}

/** Throws a sentence that names what the lab's network needs and this kernel, or its container, does not give. */
export function probeNetwork(): void {
  const probe = 'srb-probe';
  spawnSync('ip', ['netns', 'del', probe]);
  try {
    for (const [what, ...args] of [
      ['network namespaces', 'netns', 'add', probe],
      ['bridges', '-n', probe, 'link', 'add', 'br0', 'type', 'bridge'],
      [
        'pairs of virtual Ethernet (veth)',
        '-n',
        probe,
        'link',
        'add',
        'veth0',
        'type',
        'veth',
        'peer',
        'name',
        'veth1',
      ],
      ['taps (/dev/net/tun)', '-n', probe, 'tuntap', 'add', 'tap0', 'mode', 'tap'],
    ]) {
      const { status, stderr } = spawnSync('ip', args as string[], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`The lab needs ${what}, which this system does not give: ${stderr.trim()}`);
    }
  } finally {
    spawnSync('ip', ['netns', 'del', probe]);
  }
}

/** A port of the switch for a virtual machine. */
export function addTap(name: string, onSwitch: string = hosts.switch): void {
  if (spawnSync('ip', ['-n', onSwitch, 'link', 'show', name]).status === 0) return;
  ip('-n', onSwitch, 'tuntap', 'add', name, 'mode', 'tap');
  ip('-n', onSwitch, 'link', 'set', name, 'master', 'br0', 'up');
}

/** An address for the switch itself, so that something on it can play a client. */
export function addClientAddress(onSwitch: string = hosts.switch): void {
  ip('-n', onSwitch, 'addr', 'add', '192.168.88.9/24', 'dev', 'br0');
  ip('-n', onSwitch, 'route', 'add', '255.255.255.255/32', 'dev', 'br0');
}

/** Ends what still runs inside the lab's own namespaces, and removes them. */
export async function removeNetwork(names: readonly string[] = Object.values(hosts)): Promise<void> {
  const existing = names.filter((host) => spawnSync('ip', ['netns', 'pids', host]).status === 0);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const pids = existing.flatMap((host) => ip('netns', 'pids', host).split(/\s+/).filter(Boolean).map(Number));
    for (const pid of pids) tryKill(pid, signal);
    for (let wait = 0; wait < 50 && existing.some((host) => ip('netns', 'pids', host).trim() !== ''); wait++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  for (const host of existing) ip('netns', 'del', host);
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** The command line that runs a program on a host. */
export function on(host: string, command: string, ...args: string[]): [command: string, args: string[]] {
  return ['ip', ['netns', 'exec', host, command, ...args]];
}

/** The router: gives out addresses and has never heard of network boot. */
export function routerCommand(leases: string, host: string = hosts.router): [command: string, args: string[]] {
  return on(
    host,
    'dnsmasq',
    ...['--keep-in-foreground', '--conf-file=/dev/null', '--port=0', '--interface=eth0', '--bind-interfaces'],
    ...['--log-dhcp', '--no-ping', '--log-facility=-', '--pid-file=', `--dhcp-leasefile=${leases}`],
    ...['--dhcp-range=192.168.88.50,192.168.88.150,1h', `--dhcp-option=option:router,${routerAddress}`],
    `--dhcp-option=option:dns-server,${routerAddress}`,
  );
}

/** The one way out of the LAN: a Unix socket, on which every connection is one to a port of the package mirror. */
export async function openWayOut(socket: string, mirror: string): Promise<Server> {
  rmSync(socket, { force: true });
  const server = createServer({ allowHalfOpen: true }, (inside) => {
    const outside = connect({ host: mirror, port: 80, allowHalfOpen: true });
    inside.on('error', () => outside.destroy()).pipe(outside);
    outside.on('error', () => inside.destroy()).pipe(inside);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return server;
}
