/** What keeps a machine from booting, for people: the simulator and the doctor say the same fault in the same way. */
export interface FaultSentence {
  /** Short and stable, for programs and for the documents, such as `no-proxy`. */
  readonly code: string;
  /** One sentence: what was seen, with the addresses and names that were seen. */
  readonly cause: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** The faults of a boot LAN that show on the wire, and what helps against each. docs/doctor.md explains them. */
export const lanRemedies = {
  'address-conflict':
    'Give one of the two hosts another address: find them by their MAC addresses in the switch, and look for static addresses inside the pool of the DHCP server.',
  'address-refused':
    'See to the DHCP server that refuses: two that share one LAN must not give out different networks.',
  'address-unreachable':
    'Is the server up, and does this address still belong to it? See --url, and the firewall in front of its TCP port.',
  'clock-off':
    'Set the clock that is wrong; certificates and package lists are refused by a machine whose time is off.',
  'ipxe-gets-loader':
    'The offer to iPXE must name the script: iPXE is known by option 175 and its user class, see dhcp-match in dnsmasq.conf.',
  'ipxe-no-script-url':
    "iPXE wants the script's URL as the file name of the offer, and the server's address with it: see dhcp-boot=tag:ipxe of dnsmasq.",
  'loader-missing': 'Put the iPXE binary into the directory of the loaders (--ipxe), readable for dnsmasq.',
  'loader-not-started':
    'Turn Secure Boot off in the firmware, unless the loader is signed for it, and see that the file is one for this architecture.',
  'no-addresses':
    'See to the DHCP server of the LAN (the router): is it on, on this network, and not out of addresses?',
  'nothing-follows':
    'Record again where unicast packets are seen too: on the boot server, or on a mirrored port. If the machine does stop there, choose network boot over IPv4 in its firmware.',
  'no-dhcp':
    'See to the way from the machine to the DHCP server: cable, VLAN of the switch port, spanning tree (portfast), and whether that server is on.',
  'no-loader-for-client':
    'Put the iPXE binary for this kind of machine into the directory of the loaders (--ipxe) and start the server again.',
  'no-proxy':
    'Is the server up (serabut up, or the dnsmasq of the pod), and do broadcasts to UDP port 67 reach it from here?',
  'pxe-port-no-file': 'Name one boot program for this architecture (one pxe-service of dnsmasq), and no menu.',
  'pxe-port-silent': 'Let UDP port 4011 of the server through every firewall, and run nothing else on that port there.',
  'router-sends-pxe':
    "Turn network boot off in the DHCP server of the LAN (options 43, 60, 66 and 67, 'next-server', 'filename').",
  'script-missing': 'Does the URL in the offer belong to this version of the server, and is the name in it right?',
  'server-error': 'Mend what the server says; serabut render boot shows the same without a machine.',
  'server-not-ready': 'Wait, and see in the log of the server what it waits for; an ISO may still be coming.',
  'server-silent': 'See to the log of the server, and to a proxy or a filter between it and the machine.',
  'space-low': 'Free space or enlarge the volume: downloads stop, and the state of machines cannot be written.',
  'tftp-refused':
    'See to what the TFTP server says; its directory and files must be readable for the user that it runs as.',
  'tftp-silent':
    'Let UDP port 69 of the server, and the high UDP ports that TFTP answers from, through every firewall.',
  'tftp-stalled':
    'Let the high UDP ports that TFTP answers from through every firewall, and see to the cable and the MTU on the way.',
  'two-proxies': 'Turn one of them off; a machine takes whichever answers first.',
  'wrong-next-server': 'Correct the server address in the offer (dhcp-boot or pxe-service in the extra configuration).',
} as const satisfies Record<string, string>;

export type LanFaultCode = keyof typeof lanRemedies;

/** A fault of the table with what was seen of it. */
export function lanFault(code: LanFaultCode, cause: string): FaultSentence {
  return { code, cause, remedy: lanRemedies[code] };
}
