import { spawnSync } from 'node:child_process';
import { addHost, ip, makeSwitch, on, plugIn, removeNetwork } from '../network.js';

/** The hosts of the recordings, each a network namespace. Not those of the lab, which may be up at the same time. */
export const hosts = {
  router: 'srd-router',
  boot: 'srd-boot',
  rival: 'srd-rival',
  client: 'srd-client',
  switch: 'srd-switch',
} as const;

export const addresses = { router: '192.168.88.1', boot: '192.168.88.2', rival: '192.168.88.3' } as const;

/** The interface of the switch on which a host is: what tcpdump sees there is what the cable carries. */
export function portOf(host: string): string {
  return `to-${host}`;
}

/** Router, boot server, a third host and a machine on one switch. What an earlier run left over is removed first. */
export async function makeNetwork(): Promise<void> {
  await removeAll();
  makeSwitch(hosts.switch);
  for (const [index, host] of [hosts.router, hosts.boot, hosts.rival, hosts.client].entries()) {
    addHost(host);
    plugIn(host, 'eth0', hosts.switch);
    ip('-n', host, 'link', 'set', 'eth0', 'address', `52:54:00:88:01:0${index + 1}`);
  }
  for (const name of ['router', 'boot', 'rival'] as const) {
    ip('-n', hosts[name], 'addr', 'add', `${addresses[name]}/24`, 'dev', 'eth0');
  }
}

export async function removeAll(): Promise<void> {
  await removeNetwork(Object.values(hosts));
}

/** The machine is switched off: no address, nothing that it knows of others, and the MAC address of the next one. */
export function resetClient(mac: string): void {
  ip('-n', hosts.client, 'addr', 'flush', 'dev', 'eth0');
  ip('-n', hosts.client, 'link', 'set', 'eth0', 'down');
  ip('-n', hosts.client, 'link', 'set', 'eth0', 'address', mac);
  ip('-n', hosts.client, 'link', 'set', 'eth0', 'up');
  ip('-n', hosts.client, 'route', 'add', '255.255.255.255/32', 'dev', 'eth0');
}

/** One rule of the boot server's firewall, such as `-p udp --dport 69 -j DROP`. */
export function addRule(rule: string): void {
  const [command, args] = on(hosts.boot, 'iptables', '-A', 'INPUT', ...rule.split(' '));
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`iptables ${rule}: ${stderr}`);
}

export function removeRules(): void {
  spawnSync(...on(hosts.boot, 'iptables', '-F'));
}
