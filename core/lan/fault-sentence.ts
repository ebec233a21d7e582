/** What keeps a machine from booting, for people: the simulator and the doctor say the same fault in the same way. */
export interface FaultSentence {
  /** Short and stable, for programs and for docs/doctor.md, such as `no-proxy-offer`. */
  readonly code: string;
  /** One sentence: what was seen, with the addresses and names that were seen. */
  readonly cause: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** The faults of a boot LAN that can be seen from outside of the server, and what helps against each. */
export const lanRemedies = {
  'address-conflict':
    'Give one of the two hosts another address: look for the MAC addresses in the switch, and for static addresses inside the pool of the DHCP server.',
  'no-dhcp':
    'See to the DHCP server of the LAN and to the way to it: the cable, the VLAN of the switch port, and spanning tree, which keeps a port closed for 30 s (portfast).',
  'no-address':
    'See to the DHCP server of the LAN: whether it runs, whether its pool has free addresses, and whether it knows only some MAC addresses.',
  'address-refused':
    'See to the DHCP server that refuses: two that share one LAN must not give out different networks.',
  'no-proxy-offer':
    'See whether dnsmasq of Serabut runs and is on this LAN: broadcasts to UDP port 67 must reach it (not through a router, and no firewall between).',
  'unknown-architecture':
    'Add the iPXE binary for this architecture, or switch the firmware to one that there is a loader for (UEFI x64, UEFI arm64, BIOS).',
  'proxy-port-silent': 'Open UDP port 4011 to the boot server, and see that dnsmasq there listens on it.',
  'no-boot-file':
    'Give the boot server a pxe-service for this architecture; dnsmasq.conf as Serabut writes it has one.',
  'several-proxies': 'Turn all but one of them off: firmware takes the offer of whichever answers first.',
  'router-boot-options':
    'Turn network boot off in the DHCP server of the LAN: its options 60, 66 and 67 and its next-server.',
  'wrong-next-server':
    'Make the offer name the boot server itself: next-server (siaddr) and option 66 must be the address of Serabut, or be left out.',
  'loader-missing': 'Put the file into the directory of the iPXE binaries (--ipxe), or install the package ipxe.',
  'tftp-refused':
    'See to what the TFTP server says; its directory and files must be readable for the user that it runs as.',
  'tftp-silent': 'Open UDP port 69 to the boot server, and see that dnsmasq there has TFTP enabled.',
  'tftp-stalled':
    'Let all UDP ports through between the boot server and the LAN, not port 69 alone: TFTP answers from a port of its own.',
  'loader-loop':
    'Make the DHCP server tell iPXE from firmware, by option 175 or by the user class "iPXE", and give it the URL of the script instead.',
  'no-script-url':
    'Give iPXE the URL of the boot script with the address of the server beside it; dnsmasq.conf as Serabut writes it has both.',
  'http-refused': 'Start the HTTP server of Serabut, or correct the port in the URL of the boot script.',
  'http-silent':
    'Open the TCP port of the boot script to the boot server, and see that the address in its URL is the one that the LAN reaches.',
  'http-error': 'See to what the server says: its log has the code, docs/errors.md the remedy.',
} as const satisfies Record<string, string>;

export type LanFaultCode = keyof typeof lanRemedies;

/** A fault of the table with what was seen of it. */
export function lanFault(code: LanFaultCode, cause: string): FaultSentence {
  return { code, cause, remedy: lanRemedies[code] };
}
