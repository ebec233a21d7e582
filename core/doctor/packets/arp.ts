import { addressOf } from './ipv4.js';
import { macOf } from './link.js';

/** A question for the MAC address of a host, or an answer (RFC 826). */
export interface ArpPacket {
  readonly isQuestion: boolean;
  /** The sender, who has this address; 0.0.0.0 in a probe, which claims none (RFC 5227 §1.1). */
  readonly mac: string;
  readonly address: string;
  /** Whom a question is about, or whom an answer is for; the MAC address is not known in a question. */
  readonly target: string;
  readonly targetMac: string;
}

/** Undefined for what is no ARP of IPv4 over Ethernet. */
export function decodeArp(bytes: Buffer): ArpPacket | undefined {
  if (bytes.length < 28 || bytes.readUInt32BE(0) !== 0x00010800 || bytes.readUInt16BE(4) !== 0x0604) return undefined;
  return {
    isQuestion: bytes.readUInt16BE(6) === 1,
    mac: macOf(bytes, 8),
    address: addressOf(bytes, 14),
    target: addressOf(bytes, 24),
    targetMac: macOf(bytes, 18),
  };
}
