/** What the doctor must make of a capture. */
export interface Expected {
  readonly result: 'booted' | 'stopped' | 'unfinished';
  /** The name of the step that failed. */
  readonly failed?: string;
  /** What is wrong with the whole LAN, and then with the machine, most important first: code and the cause's words. */
  readonly findings?: readonly (readonly [code: string, cause: RegExp])[];
}

/** By the name of the situation; what is broken in each stands in situations.ts. */
export const expected: Readonly<Record<string, Expected>> = {
  'uefi-well': { result: 'booted' },
  'virtual-machine': { result: 'booted' },
  'bios-well': { result: 'booted' },
  'http-boot-well': { result: 'booted' },
  'well-on-the-server': { result: 'booted' },
  'well-on-the-server-sll': { result: 'booted' },
  'recorded-elsewhere': {
    result: 'stopped',
    failed: 'iPXE reads the boot script',
    findings: [['nothing-follows', /told to read http:\/\/192\.168\.88\.2:8080\/boot\?.*no connection to it is in/]],
  },
  'no-dhcp': {
    result: 'stopped',
    failed: 'the firmware gets an address',
    findings: [['no-dhcp', /^3 times the machine asked by DHCP, and nobody answered/]],
  },
  'pool-exhausted': {
    result: 'stopped',
    failed: 'the firmware gets an address',
    findings: [['no-addresses', /^192\.168\.88\.2 offered network boot, but nobody offered an address/]],
  },
  'no-proxy': {
    result: 'stopped',
    failed: 'it is offered network boot',
    findings: [['no-proxy', /^192\.168\.88\.1 gave an address, but nobody offered network boot/]],
  },
  'unknown-architecture': {
    result: 'stopped',
    failed: 'it is offered network boot',
    findings: [['no-loader-for-client', /network boot to UEFI ia32 \(architecture 6\)/]],
  },
  'port-4011-blocked': {
    result: 'stopped',
    failed: 'it is told a boot program',
    findings: [['pxe-port-silent', /192\.168\.88\.2 on UDP port 4011 and got no answer: the port is blocked/]],
  },
  'port-4011-closed': {
    result: 'stopped',
    failed: 'it is told a boot program',
    findings: [['pxe-port-silent', /192\.168\.88\.2 on UDP port 4011 and was told that the port is closed/]],
  },
  'two-proxies': {
    result: 'stopped',
    failed: 'iPXE reads the boot script',
    findings: [
      ['two-proxies', /^192\.168\.88\.[23] and 192\.168\.88\.[23] offer network boot on one LAN/],
      ['address-unreachable', /^192\.168\.88\.3 refused the connection to TCP port 8080/],
    ],
  },
  'router-sends-pxe': {
    result: 'stopped',
    failed: 'it reads the boot program',
    findings: [
      ['router-sends-pxe', /^The DHCP server 192\.168\.88\.1 sends the file "pxelinux\.0", the next server/],
      ['tftp-silent', /asked 192\.168\.88\.1 for pxelinux\.0 by TFTP .* was told that the port is closed/],
    ],
  },
  'router-to-nobody': {
    result: 'stopped',
    failed: 'it reads the boot program',
    findings: [
      ['wrong-next-server', /^192\.168\.88\.1 sends the machine to 192\.168\.88\.77 .* no host has that addr/],
    ],
  },
  'wrong-next-server': {
    result: 'stopped',
    failed: 'it reads the boot program',
    findings: [
      ['wrong-next-server', /^192\.168\.88\.2 sends the machine to 192\.168\.88\.77 .* no host has that addr/],
    ],
  },
  'loader-missing': {
    result: 'stopped',
    failed: 'it reads the boot program',
    findings: [['loader-missing', /^192\.168\.88\.2 has no file snponly\.efi for TFTP \(code 1, "file .* not found/]],
  },
  'tftp-blocked': {
    result: 'stopped',
    failed: 'it reads the boot program',
    findings: [['tftp-silent', /asked 192\.168\.88\.2 for snponly\.efi by TFTP \(UDP port 69\), 4 times, and nothing/]],
  },
  'tftp-stalled': {
    result: 'stopped',
    failed: 'it reads the boot program',
    findings: [['tftp-stalled', /snponly\.efi from 192\.168\.88\.2 by TFTP did not begin, though the server answered/]],
  },
  'ipxe-gets-loader': {
    result: 'stopped',
    failed: 'iPXE is told the boot script',
    findings: [['ipxe-gets-loader', /^192\.168\.88\.2 tells iPXE to load snponly\.efi, as if it were the firmware/]],
  },
  'http-refused': {
    result: 'stopped',
    failed: 'iPXE reads the boot script',
    findings: [['address-unreachable', /^192\.168\.88\.2 refused the connection to TCP port 8081/]],
  },
  'http-silent': {
    result: 'stopped',
    failed: 'iPXE reads the boot script',
    findings: [
      ['address-unreachable', /192\.168\.88\.2:8080, asked \d+ times for a connection, and nothing came back/],
    ],
  },
  'address-conflict': {
    result: 'stopped',
    failed: 'it is told a boot program',
    findings: [
      ['address-conflict', /52:54:00:88:01:0[23] and 52:54:00:88:01:0[23], both say .* the address 192\.168\.88\.2:/],
      ['pxe-port-silent', /192\.168\.88\.2 on UDP port 4011 and was told that the port is closed/],
    ],
  },
};
