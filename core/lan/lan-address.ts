import { networkInterfaces } from 'node:os';
import { SerabutError } from '../errors.js';

/** The IPv4 address of an interface on the boot LAN. */
export interface LanAddress {
  readonly interface: string;
  readonly address: string;
  readonly netmask: string;
  /** Address of the network itself, such as 192.168.88.0. */
  readonly network: string;
  /** Length of the prefix, such as 24. */
  readonly prefix: number;
}

/** The first IPv4 address of an interface. Throws SERABUT_ERR_LAN, with the names of those that have one. */
export function lanAddress(name: string, interfaces = networkInterfaces()): LanAddress {
  const found = interfaces[name]?.find(({ family }) => family === 'IPv4');
  if (found === undefined) {
    const others = Object.entries(interfaces).filter(([, list]) => list?.some(({ family }) => family === 'IPv4'));
    const known = others.map(([other, list]) => `${other} (${list?.[0]?.address})`).join(', ');
    throw new SerabutError('SERABUT_ERR_LAN', `interface "${name}" has no IPv4 address; there are ${known || 'none'}`);
  }
  const { address, netmask } = found;
  const network = toText(toNumber(address) & toNumber(netmask));
  const prefix = toNumber(netmask).toString(2).replaceAll('0', '').length;
  return { interface: name, address, netmask, network, prefix };
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(bits: number): string {
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}
