import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SerabutError } from '../errors.js';

/** A port that a program wants for itself. */
export interface WantedPort {
  readonly protocol: 'udp' | 'tcp';
  readonly port: number;
  /** Who usually has it, for people. */
  readonly usual: string;
}

/** The ports of network boot on a machine whose network is not the pod's own. */
export function wantedPorts(httpPort: number, squidPort?: number): WantedPort[] {
  const squid = squidPort === undefined ? [] : [{ protocol: 'tcp', port: squidPort, usual: 'another Squid' } as const];
  return [
    { protocol: 'udp', port: 67, usual: 'a DHCP server, or the dnsmasq of libvirt or LXD' },
    { protocol: 'udp', port: 69, usual: 'a TFTP server' },
    { protocol: 'udp', port: 4011, usual: 'another proxyDHCP server' },
    { protocol: 'tcp', port: httpPort, usual: 'another web server' },
    ...squid,
  ];
}

/** The state of a TCP socket that listens (Linux, include/net/tcp_states.h). */
const listening = '0A';

/**
 * Throws SERABUT_ERR_PORT_TAKEN with all ports that somebody has, on whatever address. Reads the kernel's tables, since
 * binding to try it would need the right to.
 */
export async function checkPorts(wanted: readonly WantedPort[], tables = '/proc/net'): Promise<void> {
  const used = { udp: await usedPorts(tables, 'udp'), tcp: await usedPorts(tables, 'tcp') };
  const taken = wanted.filter(({ protocol, port }) => used[protocol].has(port));
  if (taken.length === 0) return;
  const lines = taken.map(({ protocol, port, usual }) => `\n  - ${protocol.toUpperCase()} ${port}: usually ${usual}`);
  throw new SerabutError('SERABUT_ERR_PORT_TAKEN', `another program of this machine has${lines.join('')}`);
}

/** The local ports of `/proc/net/udp` or `tcp`, and of their IPv6 kin, whose sockets serve IPv4 as well. */
async function usedPorts(tables: string, protocol: 'udp' | 'tcp'): Promise<Set<number>> {
  const texts = await Promise.all(
    [protocol, `${protocol}6`].map((name) => readFile(join(tables, name), 'utf8').catch(() => '')),
  );
  // Columns: slot, local address:port, remote address:port, state … (Linux, Documentation/networking/proc_net_tcp.rst).
  const rows = texts.flatMap((text) => text.split('\n').map((line) => line.trim().split(/\s+/)));
  const own = rows.filter(([, , , state]) => protocol === 'udp' || state === listening);
  return new Set(own.map(([, local]) => Number.parseInt(local?.split(':')[1] ?? '', 16)));
}
