import { type FaultSentence, lanRemedies } from '../lan/fault-sentence.js';

/**
 * Every link of the way from power-on to the installer that can be broken, with what to do about it. The cause, which
 * names addresses and files, is said where the link is found broken. docs/simulate.md has a line for each; a test
 * compares the two.
 */
export const faultTable = {
  'cannot-ask': 'Run it as root, on a host of the boot LAN that has no DHCP client of its own on port 68.',
  'no-addresses': lanRemedies['no-addresses'],
  'no-proxy': lanRemedies['no-proxy'],
  'no-loader-for-client': lanRemedies['no-loader-for-client'],
  'two-proxies': lanRemedies['two-proxies'],
  'router-sends-pxe': lanRemedies['router-sends-pxe'],
  'wrong-next-server': lanRemedies['wrong-next-server'],
  'pxe-port-silent': lanRemedies['pxe-port-silent'],
  'pxe-port-no-file': lanRemedies['pxe-port-no-file'],
  'tftp-silent': lanRemedies['tftp-silent'],
  'loader-missing': lanRemedies['loader-missing'],
  'loader-cut-short': 'Install the iPXE binary again: the file on the server is damaged.',
  'loader-no-program': 'Install the iPXE binary again: what the server has under this name is no boot program.',
  'loader-wrong-architecture': 'Put the binary that is made for this kind of machine under this name.',
  'offer-without-url': 'HTTP boot wants a whole http:// URL as the file name of the offer: see dhcp-boot of dnsmasq.',
  'ipxe-gets-loader': lanRemedies['ipxe-gets-loader'],
  'ipxe-no-script-url': lanRemedies['ipxe-no-script-url'],
  'address-unreachable': lanRemedies['address-unreachable'],
  'clock-off': lanRemedies['clock-off'],
  'script-missing': lanRemedies['script-missing'],
  'server-error': lanRemedies['server-error'],
  'server-not-ready': lanRemedies['server-not-ready'],
  'script-no-ipxe': 'Something else answers at this address: look at the URL by a browser.',
  'script-circle': 'Let the script end, or chain to another one: iPXE would go round for ever.',
  'script-fails': 'Mend the script at the line that is named.',
  'nothing-to-boot':
    'Put an ISO for this kind of machine into isos/ of the data directory; serabut serve prints what it takes it for.',
  'nothing-usable':
    'Put a whole ISO of that name into isos/, or correct the resource; serabut get images says what is there.',
  'not-offered':
    'Take one of the names that the menu offers, or mend what keeps another one from it; serabut get distros says more.',
  'not-this-machine':
    'Run this on that machine itself, or without --mac; serabut describe machine shows what is due for the Machine.',
  'kernel-missing': 'Is the ISO still there, and is its kernel at this path? See spec.kernel of the Distro.',
  'kernel-no-kernel': 'Name the kernel of the ISO in the Distro (spec.kernel), or get the ISO again.',
  'kernel-wrong-architecture': 'Give machines of this kind a distro of their own architecture.',
  'initrd-missing': 'Is the ISO still there, and is its initrd at this path? See spec.initrd of the Distro.',
  'initrd-cut-short': 'Get the ISO again and verify it (serabut iso verify), or the firmware bundle that follows.',
  'initrd-no-archive': 'Name the initrd of the ISO in the Distro (spec.initrd); firmware must be a cpio archive.',
  'firmware-without-end': 'Make the firmware bundle again: its cpio archive must end with TRAILER!!!.',
  'length-wrong': 'Something between changes or breaks off what the server sends: a proxy, a filter, a full disk.',
  'ranges-broken': 'Something between does not pass ranges on: let machines reach the server without it.',
  'installer-file-missing': 'Is the ISO whole, and the one that the Distro wants? The installer would stop here.',
  'answers-missing': 'Does the plugin make a file of this name, and does the profile join this Configuration?',
  'answers-refused': 'Nothing is broken: install the Machine, only its own installation gets these files.',
  'answers-invalid': 'Mend the template or the addition in the Configuration that the message names.',
  'proxy-dead': 'Is Squid up at this address and port? A Configuration may name another proxy (spec.proxy).',
  'proxy-refuses': 'Let the proxy pass requests of this LAN to the mirror on.',
  'mirror-unreachable': 'Is the name of the mirror right, and does the way there (or that of the proxy) lead out?',
  'mirror-without-suite': 'Name a mirror that has this release (spec.mirrors of the Configuration).',
} as const satisfies Record<string, string>;

export type FaultCode = keyof typeof faultTable;

/** The first broken link. */
export interface Fault extends FaultSentence {
  readonly code: FaultCode;
}

/** Thrown at the first broken link. */
export class Broken extends Error {
  constructor(
    readonly code: FaultCode,
    cause: string,
  ) {
    super(cause);
  }

  get fault(): Fault {
    return { code: this.code, cause: this.message, remedy: faultTable[this.code] };
  }
}
