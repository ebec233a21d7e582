import type { Seed } from './target.js';

const dnsmasq = `dnsmasq-dhcp[1]: 2863311531 available DHCP subnet: 192.168.88.97/255.255.255.0
dnsmasq-dhcp[1]: 2863311531 vendor class: PXEClient:Arch:00007:UNDI:003001
dnsmasq-dhcp[1]: 2863311531 PXE(net1) 52:54:00:12:34:56 proxy
dnsmasq-dhcp[1]: 2863311531 PXE(net1) 192.168.88.83 52:54:00:12:34:56 snponly.efi
dnsmasq-dhcp[1]: 7 user class: iPXE
dnsmasq-dhcp[1]: 7 PXE(net1) 52:54:00:12:34:57 proxy-ignored
Nov  8 04:01:09 dnsmasq-tftp[77]: sent /t/undionly.kpxe to 192.168.88.83
dnsmasq-tftp[1]: timeout sending /usr/lib/ipxe/snponly.efi to 192.168.88.83
dnsmasq-tftp[1]: file /usr/lib/ipxe/grub to it.efi not found for 192.168.88.83
dnsmasq-tftp[1]: error 3 disk full received from 192.168.88.83
dnsmasq-tftp[1]: failed sending /usr/lib/ipxe/snponly.efi to 192.168.88.83
`;

const debian = `syslog <30>Nov 28 10:00:00 main-menu[1234]: INFO: Menu item 'bootstrap-base' selected
syslog <27>Nov 28 10:00:01 main-menu[1234]: WARNING **: Configuring 'pkgsel' failed with error code 1
syslog <30>in-target: E: Unable to locate package nosuch
syslog <11>pick_disks: no disk fits
syslog <6>kernel: [    1.0] I/O error, dev sda, sector 0
`;

const anaconda = `syslog <13>1 2026-11-28T10:00:00.123456+00:00 host anaconda 999 - [a@1 b="c \\"] d"][e@2] \ufeffAn unknown error has occurred
syslog <13>2026-11-28T10:00:00.1Z host dnf: dnf.exceptions.RepoError: Failed to download
syslog <3>curtin: Installation failed with exception: command GET /installations/${'A'.repeat(43)}/done failed
`;

/** Lines as programs write them; those of syslog have its name in front. */
export function dnsmasqLogSeeds(): Seed[] {
  return Object.entries({ dnsmasq, debian, anaconda }).map(([name, text]) => ({ name, bytes: Buffer.from(text) }));
}
