import { addHost, ip, makeSwitch, plugIn, removeNetwork } from '../network.js';

/** The hosts of this lab: the node has `lan0` on the boot LAN, where the router gives out addresses. */
export const hosts = { router: 'srbc-router', node: 'srbc-node', switch: 'srbc-switch' } as const;
export const routerAddress = '192.168.88.1';
/** The address of the node in its cluster. There is nobody else: it is not on the LAN, and no way leads out. */
export const nodeAddress = '10.200.0.2';

export async function makeClusterNetwork(): Promise<void> {
  await removeClusterNetwork();
  makeSwitch(hosts.switch);
  for (const [host, name] of [
    [hosts.router, 'eth0'],
    [hosts.node, 'lan0'],
  ] as const) {
    addHost(host);
    plugIn(host, name, hosts.switch);
  }
  ip('-n', hosts.router, 'addr', 'add', `${routerAddress}/24`, 'dev', 'eth0');
  // The kubelet wants an address that is not of lo, and Kubernetes a default route.
  ip('-n', hosts.node, 'link', 'add', 'cluster0', 'type', 'bridge');
  ip('-n', hosts.node, 'addr', 'add', `${nodeAddress}/24`, 'dev', 'cluster0');
  ip('-n', hosts.node, 'link', 'set', 'cluster0', 'up');
  ip('-n', hosts.node, 'route', 'add', 'default', 'via', '10.200.0.1');
}

export function removeClusterNetwork(): Promise<void> {
  return removeNetwork(Object.values(hosts));
}
