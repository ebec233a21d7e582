import { RecentMap } from '../../recent-map.js';

/** An IPv4 packet, whole or a part of one (RFC 791 §3.1). */
export interface Ipv4Packet {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly identification: number;
  /** Where the payload belongs in the whole one, in bytes. */
  readonly offset: number;
  readonly hasMore: boolean;
  readonly payload: Buffer;
}

/** Undefined where the header is none, or not all of it was kept. */
export function decodeIpv4(bytes: Buffer): Ipv4Packet | undefined {
  const headerLength = ((bytes[0] ?? 0) & 15) * 4;
  if ((bytes[0] ?? 0) >> 4 !== 4 || headerLength < 20 || bytes.length < headerLength) return undefined;
  const flags = bytes.readUInt16BE(6);
  // Short frames are filled up, so that the length of the frame is not that of the packet.
  const total = bytes.readUInt16BE(2);
  return {
    source: addressOf(bytes, 12),
    destination: addressOf(bytes, 16),
    protocol: bytes[9] ?? 0,
    identification: bytes.readUInt16BE(4),
    offset: (flags & 0x1fff) * 8,
    hasMore: (flags & 0x2000) !== 0,
    payload: bytes.subarray(headerLength, Math.max(total, headerLength)),
  };
}

/** Four bytes as 192.168.88.2. */
export function addressOf(bytes: Buffer, at: number): string {
  return bytes.subarray(at, at + 4).join('.');
}

/** Packets that are put together at once, and parts of one. A packet has 65,535 bytes at most. */
const mostPackets = 64;
const mostParts = 64;
const longest = 65_535;

interface Parts {
  readonly byOffset: Map<number, Buffer>;
  /** Bytes that are kept; more than a packet can have where parts overlap. */
  kept: number;
  end: number | undefined;
}

/** Puts fragments together (RFC 791 §3.2). Of too many at once the oldest are forgotten. */
export class Fragments {
  readonly #waiting = new RecentMap<Parts>(mostPackets);

  /** The whole payload once all of it is there, which it is at once if the packet is no fragment. */
  join(packet: Ipv4Packet): Buffer | undefined {
    const { source, destination, protocol, identification, offset, hasMore, payload } = packet;
    if (offset === 0 && !hasMore) return payload;
    if (offset + payload.length > longest) return undefined;
    const key = `${source} ${destination} ${protocol} ${identification}`;
    const parts = this.#waiting.take(key, () => ({ byOffset: new Map(), kept: 0, end: undefined }));
    // A copy: what was read from the file would be kept whole.
    parts.byOffset.set(offset, Buffer.from(payload));
    parts.kept += payload.length;
    if (!hasMore) parts.end = offset + payload.length;
    const whole = joined(parts);
    if (whole !== undefined || parts.byOffset.size > mostParts || parts.kept > longest) this.#waiting.delete(key);
    return whole;
  }
}

function joined({ byOffset, end }: Parts): Buffer | undefined {
  const pieces: Buffer[] = [];
  let at = 0;
  while (end !== undefined && at < end) {
    const piece = byOffset.get(at);
    if (piece === undefined || piece.length === 0) return undefined;
    pieces.push(piece);
    at += piece.length;
  }
  return end === undefined ? undefined : Buffer.concat(pieces);
}
