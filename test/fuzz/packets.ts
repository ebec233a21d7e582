/** A packet in the inputs of a fuzzer: what it is, its length in two bytes, and itself. */
export interface Packet {
  readonly kind: number;
  readonly bytes: Buffer;
}

const header = 3;

export function packetBytes(packets: readonly Packet[]): Buffer {
  return Buffer.concat(
    packets.flatMap(({ kind, bytes }) => [Buffer.from([kind, bytes.length >> 8, bytes.length & 255]), bytes]),
  );
}

/** The last one may be cut off. */
export function packetsIn(input: Uint8Array): Packet[] {
  const buffer = Buffer.from(input);
  const packets: Packet[] = [];
  for (let at = 0; at + header <= buffer.length; ) {
    const end = at + header + buffer.readUInt16BE(at + 1);
    packets.push({ kind: buffer[at] ?? 0, bytes: buffer.subarray(at + header, end) });
    at = end;
  }
  return packets;
}
