import type { Frame } from '../capture/frame.js';
import { decodeArp } from '../packets/arp.js';
import { decodeDhcp } from '../packets/dhcp-message.js';
import { decodeIpv4, Fragments, type Ipv4Packet } from '../packets/ipv4.js';
import { linkPayload } from '../packets/link.js';
import { decodeTcp, decodeUdp, decodeUnreachable, protocol } from '../packets/transport.js';
import { ArpTrace } from './arp-trace.js';
import type { Seen } from './client.js';
import { Clients } from './clients.js';
import { DhcpTrace } from './dhcp-trace.js';
import { HttpTrace } from './http-trace.js';
import { TftpTrace } from './tftp-trace.js';

/** Ports of DHCP, and of PXE's boot servers; that of the client on port 4011 is one of its own on some firmware. */
const dhcpPorts = new Set([67, 68, 4011]);

const etherType = { ipv4: 0x0800, arp: 0x0806 } as const;

/** Takes the packets of a capture one by one, and keeps what machines that boot from the network did. */
export class Observer {
  readonly clients = new Clients();
  readonly arp = new ArpTrace(this.clients);
  readonly #dhcp = new DhcpTrace(this.clients);
  readonly #tftp = new TftpTrace(this.clients);
  readonly #http = new HttpTrace(this.clients);
  readonly #fragments = new Fragments();
  packets = 0;
  #first: number | undefined;
  /** The time of the latest packet, in seconds since 1970. */
  end = 0;

  /** How long the capture is, in seconds. */
  get seconds(): number {
    return Math.max(0, this.end - (this.#first ?? this.end));
  }

  take(frame: Frame): void {
    const { number: packet, time } = frame;
    this.packets = packet;
    this.#first ??= time;
    this.end = Math.max(this.end, time);
    const link = linkPayload(frame);
    if (link?.etherType === etherType.arp) {
      const arp = decodeArp(link.payload);
      if (arp !== undefined) this.arp.note({ packet, time }, arp);
    }
    if (link?.etherType !== etherType.ipv4) return;
    const ip = decodeIpv4(link.payload);
    const payload = ip === undefined ? undefined : this.#fragments.join(ip);
    if (ip !== undefined && payload !== undefined) this.#takeIpv4({ packet, time }, ip, payload, link.from);
  }

  #takeIpv4(seen: Seen, ip: Ipv4Packet, payload: Buffer, mac: string): void {
    switch (ip.protocol) {
      case protocol.udp:
        this.#takeUdp(seen, ip, payload, mac);
        return;
      case protocol.tcp: {
        const segment = decodeTcp(payload);
        if (segment !== undefined) this.#http.note(seen, { ...segment, ...addresses(ip), mac });
        return;
      }
      case protocol.icmp: {
        const unreachable = decodeUnreachable(payload);
        if (unreachable === undefined) return;
        this.#dhcp.noteUnreachable(seen, unreachable);
        this.#tftp.noteUnreachable(seen, unreachable);
        this.#http.noteUnreachable(seen, unreachable);
      }
    }
  }

  #takeUdp(seen: Seen, ip: Ipv4Packet, bytes: Buffer, mac: string): void {
    const datagram = decodeUdp(bytes);
    if (datagram === undefined) return;
    const whole = { ...datagram, ...addresses(ip), mac };
    if (!dhcpPorts.has(whole.sourcePort) && !dhcpPorts.has(whole.destinationPort)) {
      this.#tftp.note(seen, whole);
      return;
    }
    const message = decodeDhcp(datagram.payload);
    if (message === undefined) return;
    this.#dhcp.note(seen, whole, message);
    if (message.isAnswer) this.#http.noteUrl(message.file);
  }
}

function addresses({ source, destination }: Ipv4Packet): { source: string; destination: string } {
  return { source, destination };
}
