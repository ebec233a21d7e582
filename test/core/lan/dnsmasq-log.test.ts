import t from 'tap';
import { DnsmasqLog } from '../../../core/lan/dnsmasq-log.js';
import type { Saw } from '../../../core/machines/sightings.js';

/** What is told of some lines, each in a row: who, stage, message. */
function told(...lines: string[]): string[] {
  const all: string[] = [];
  const saw: Saw = ({ mac, address }, stage, message) => all.push(`${mac ?? address} ${stage}: ${message}`);
  const log = new DnsmasqLog(saw);
  for (const line of lines) log.read(line);
  return all;
}

const mac = '52:54:00:12:34:56';
const address = '192.168.88.83';

t.test('a UEFI machine that gets iPXE by TFTP, and iPXE that gets its script, are told', async (t) => {
  const whole = [
    'dnsmasq-dhcp[1]: 2863311531 available DHCP subnet: 192.168.88.97/255.255.255.0',
    'dnsmasq-dhcp[1]: 2863311531 vendor class: PXEClient:Arch:00007:UNDI:003001',
    `dnsmasq-dhcp[1]: 2863311531 PXE(net1) ${mac} proxy`,
    'dnsmasq-dhcp[1]: 2863311531 tags: loader, net1',
    'dnsmasq-dhcp[1]: 2863311531 broadcast response',
    'dnsmasq-dhcp[1]: 2863311531 sent size:  1 option: 53 message-type  2',
    'dnsmasq-dhcp[1]: 2863311531 sent size:  9 option: 60 vendor-class  50:58:45:43:6c:69:65:6e:74',
    `dnsmasq-dhcp[1]: 2863311531 PXE(net1) 192.168.88.83 ${mac} snponly.efi`,
    `dnsmasq-tftp[1]: error 8 User aborted the transfer received from ${address}`,
    `dnsmasq-tftp[1]: failed sending /usr/lib/ipxe/snponly.efi to ${address}`,
    `dnsmasq-tftp[1]: sent /usr/lib/ipxe/snponly.efi to ${address}`,
    'dnsmasq-dhcp[1]: 99 vendor class: PXEClient:Arch:00007:UNDI:003010',
    'dnsmasq-dhcp[1]: 99 user class: iPXE',
    `dnsmasq-dhcp[1]: 99 PXE(net1) ${mac} proxy`,
    'dnsmasq-dhcp[1]: 99 tags: ipxe, loader, net1',
  ];
  t.strictSame(told(...whole), [
    `${mac} Offered: offered to boot from the network (UEFI, x86_64)`,
    `${mac} Offered: named snponly.efi to it (UEFI, x86_64)`,
    `${address} LoaderSent: sent snponly.efi by TFTP`,
    `${mac} Offered: offered to boot from the network (iPXE, UEFI, x86_64)`,
  ]);
});

t.test('the line is known with the time in front, and without the number of the process', async (t) => {
  const sent = `${address} LoaderSent: sent undionly.kpxe by TFTP`;
  t.strictSame(told(`Nov  8 04:01:09 dnsmasq-tftp[77]: sent /t/undionly.kpxe to ${address}`), [sent]);
  t.strictSame(told(`dnsmasq-tftp: sent /t/undionly.kpxe to ${address}`), [sent]);
});

t.test('a machine for which there is no loader is told of with its kind', async (t) => {
  const ignored = `dnsmasq-dhcp[1]: 7 PXE(net1) ${mac} proxy-ignored`;
  const of = (kind: string) => [`${mac} NotOffered: there is no loader for it (${kind}): it boots something else`];
  t.strictSame(
    told('dnsmasq-dhcp[1]: 7 vendor class: PXEClient:Arch:00010:UNDI:003000', ignored),
    of('architecture 10'),
  );
  t.strictSame(told(ignored), of('of an unknown kind'));
  const other = 'dnsmasq-dhcp[1]: 8 vendor class: PXEClient:Arch:00000:UNDI:002001';
  t.strictSame(told(other, ignored), of('of an unknown kind'), 'another transaction says nothing of this one');
});

t.test('a loader that does not arrive is told with the reason', async (t) => {
  t.strictSame(
    told(
      `dnsmasq-tftp[1]: timeout sending /usr/lib/ipxe/snponly.efi to ${address}`,
      `dnsmasq-tftp[1]: file /usr/lib/ipxe/grub to it.efi not found for ${address}`,
      `dnsmasq-tftp[1]: error 3 disk full received from ${address}`,
      `dnsmasq-tftp[1]: failed sending /usr/lib/ipxe/snponly.efi to ${address}`,
      `dnsmasq-tftp[1]: failed sending /usr/lib/ipxe/snponly.efi to ${address}`,
    ),
    [
      `${address} LoaderFailed: it did not take all of snponly.efi by TFTP`,
      `${address} LoaderFailed: it asked for /usr/lib/ipxe/grub to it.efi by TFTP, which is not there`,
      `${address} LoaderFailed: it refused the loader by TFTP error 3: disk full`,
      `${address} LoaderFailed: failed sending snponly.efi by TFTP`,
    ],
    'the failure after an error of the client is the same one',
  );
});

t.test('a transfer that was broken off and then went well hides no later failure', async (t) => {
  const lines = [
    `dnsmasq-tftp[1]: error 0 TFTP Aborted received from ${address}`,
    `dnsmasq-tftp[1]: sent /t/undionly.kpxe to ${address}`,
    `dnsmasq-tftp[1]: failed sending /t/undionly.kpxe to ${address}`,
  ];
  t.equal(told(...lines).length, 2);
});

t.test('what is none of these lines tells nothing', async (t) => {
  const lines = [
    '',
    'dnsmasq[1]: started, version 2.91 DNS disabled',
    `sent /t/undionly.kpxe to ${address}`,
    `kernel: dnsmasq-tftp[1]: sent /t/undionly.kpxe to ${address}`,
    'dnsmasq-tftp[1]: sent /t/undionly.kpxe to 192.168.88.999',
    'dnsmasq-tftp[1]: sent  to ',
    `dnsmasq-dhcp[1]: 7 PXE(net1) ${mac.toUpperCase()}:00 proxy`,
    `dnsmasq-dhcp[1]: 7 DHCPDISCOVER(net1) ${mac}`,
    `dnsmasq-dhcp[1]: PXE(net1) ${mac}`,
    `dnsmasq-tftp[1]: sent /t/${'x'.repeat(1024)} to ${address}`,
    `dnsmasq-tftp[1]: cannot access /t/a: Permission denied`,
    'x'.repeat(10_000_000),
  ];
  t.strictSame(told(...lines), []);
});

t.test('the words of a client stay one harmless line of bounded length', async (t) => {
  const [refused = ''] = told(
    `dnsmasq-tftp[1]: error 4 \u001b[2J\rok\u2028${'y'.repeat(900)} received from ${address}`,
  );
  t.match(refused, /error 4: \\u001b\[2J\\rok\\u2028y/);
  t.ok(refused.length < 300);
});

t.test('any number of transactions and clients is borne', async (t) => {
  const lines = Array.from({ length: 5000 }, (_, i) => [
    `dnsmasq-dhcp[1]: ${i} vendor class: PXEClient:Arch:00007:UNDI:003001`,
    `dnsmasq-tftp[1]: error 8 x received from 10.0.${i >> 8}.${i & 255}`,
  ]).flat();
  const last = `dnsmasq-dhcp[1]: 4999 PXE(net1) ${mac} proxy`;
  const first = `dnsmasq-dhcp[1]: 0 PXE(net1) ${mac} proxy`;
  t.match(told(...lines, last, first), [/UEFI/, /unknown kind/]);
});
