import { decodeIpv4 } from './ipv4.js';

/** Protocol numbers of IPv4. */
export const protocol = { icmp: 1, tcp: 6, udp: 17 } as const;

export interface Ports {
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export interface UdpDatagram extends Ports {
  readonly payload: Buffer;
  /** How long the payload was on the wire, which may be more than was kept. */
  readonly length: number;
}

/** RFC 768. Undefined where not all of the header was kept. */
export function decodeUdp(bytes: Buffer): UdpDatagram | undefined {
  if (bytes.length < 8) return undefined;
  const length = Math.max(8, bytes.readUInt16BE(4));
  return { ...portsOf(bytes), payload: bytes.subarray(8, length), length: length - 8 };
}

export interface TcpSegment extends Ports {
  readonly isSyn: boolean;
  readonly isAck: boolean;
  readonly isReset: boolean;
  readonly payload: Buffer;
}

/** RFC 9293 §3.1. */
export function decodeTcp(bytes: Buffer): TcpSegment | undefined {
  const headerLength = ((bytes[12] ?? 0) >> 4) * 4;
  if (bytes.length < 20 || headerLength < 20) return undefined;
  const flags = bytes[13] ?? 0;
  return {
    ...portsOf(bytes),
    isSyn: (flags & 2) !== 0,
    isAck: (flags & 16) !== 0,
    isReset: (flags & 4) !== 0,
    payload: bytes.subarray(headerLength),
  };
}

/** That a packet did not arrive. */
export interface Unreachable extends Ports {
  /** Where the packet was to go, and whose it was. */
  readonly destination: string;
  readonly source: string;
  readonly protocol: number;
  /** 1: no such host; 3: nobody at the port; 9, 10, 13: forbidden (RFC 792, RFC 1812 §5.2.7.1). */
  readonly code: number;
}

/** Destination Unreachable of ICMP, which has the header of the packet in it (RFC 792). */
export function decodeUnreachable(bytes: Buffer): Unreachable | undefined {
  if (bytes.length < 8 || bytes[0] !== 3) return undefined;
  const original = decodeIpv4(bytes.subarray(8));
  if (original === undefined || original.payload.length < 4) return undefined;
  const { source, destination, protocol, payload } = original;
  return { source, destination, protocol, code: bytes[1] ?? 0, ...portsOf(payload) };
}

function portsOf(bytes: Buffer): Ports {
  return { sourcePort: bytes.readUInt16BE(0), destinationPort: bytes.readUInt16BE(2) };
}
