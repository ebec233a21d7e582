/** A boot LAN with the pod at .97. */
export const lan = {
  interface: 'net1',
  address: '192.168.88.97',
  netmask: '255.255.255.0',
  network: '192.168.88.0',
  prefix: 24,
};
