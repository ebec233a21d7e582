import { addresses } from './network.js';

/** What is recorded, and what is broken in it. What doctor must say of each stands in test/core/doctor/captures.test.ts. */
export interface Situation {
  /** Name of the capture. */
  readonly name: string;
  /** Code of DHCP option 93: 7 is UEFI x64, 0 is BIOS, 16 is UEFI that boots by HTTP. */
  readonly arch?: number;
  /** Further options of the router's dnsmasq; null when there is no router. */
  readonly router?: readonly string[] | null;
  /** Changes the boot server's dnsmasq.conf; null when there is no boot server. */
  readonly boot?: ((conf: string) => string) | null;
  /** The port of the HTTP server in the URL of the boot script, where it is not the right one. */
  readonly httpPort?: number;
  /** A rule of the boot server's firewall. */
  readonly firewall?: string;
  /** A loader that is taken away. */
  readonly withoutLoader?: string;
  /** What a third host does: offer network boot too, or have the boot server's address. */
  readonly rival?: 'proxy' | 'same-address';
  /** Where it is recorded: at the port of the machine, a played one or a virtual one with real firmware, at that of another host, or on the boot server on all interfaces. */
  readonly at?: 'virtual-machine' | 'client' | 'rival' | 'boot-any' | 'boot-any-1';
}

const elsewhere = '192.168.88.77';

export const situations: readonly Situation[] = [
  { name: 'uefi-well' },
  { name: 'bios-well', arch: 0 },
  { name: 'http-boot-well', arch: 16 },
  { name: 'well-on-the-server', at: 'boot-any' },
  { name: 'well-on-the-server-sll', at: 'boot-any-1' },
  { name: 'recorded-elsewhere', at: 'rival' },
  { name: 'no-dhcp', router: null, boot: null },
  { name: 'no-proxy', boot: null },
  {
    name: 'pool-exhausted',
    router: ['--dhcp-range=192.168.88.50,192.168.88.50,1h', '--dhcp-host=52:54:00:88:09:09,192.168.88.50'],
  },
  { name: 'port-4011-blocked', firewall: '-p udp --dport 4011 -j DROP' },
  { name: 'port-4011-closed', firewall: '-p udp --dport 4011 -j REJECT' },
  { name: 'two-proxies', rival: 'proxy' },
  { name: 'router-sends-pxe', arch: 0, router: [`--dhcp-boot=pxelinux.0,router,${addresses.router}`] },
  { name: 'router-to-nobody', boot: null, router: [`--dhcp-boot=snponly.efi,old,${elsewhere}`] },
  {
    name: 'wrong-next-server',
    boot: (conf) => conf.replace(/^(pxe-service=tag:!ipxe,X86-64_EFI.*)$/m, `$1,${elsewhere}`),
  },
  { name: 'loader-missing', withoutLoader: 'snponly.efi' },
  { name: 'tftp-blocked', firewall: '-p udp --dport 69 -j DROP' },
  { name: 'tftp-stalled', firewall: '-p udp --dport 1024:65535 -m length --length 32 -j DROP' },
  { name: 'unknown-architecture', arch: 6 },
  { name: 'ipxe-gets-loader', boot: (conf) => conf.replace(/^.*set:ipxe.*$/gm, '') },
  { name: 'http-refused', httpPort: 8081 },
  { name: 'http-silent', firewall: '-p tcp --dport 8080 -j DROP' },
  { name: 'address-conflict', rival: 'same-address' },
  { name: 'virtual-machine', at: 'virtual-machine' },
];
