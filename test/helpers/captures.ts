/** Writes captures, and packets for them, byte by byte. */

/** A frame of Ethernet with IPv4 or something else in it. */
export function ethernet(payload: Buffer, { etherType = 0x0800, from = '52:54:00:00:00:01', tags = 0 } = {}): Buffer {
  const head = Buffer.from(`ffffffffffff${from.replaceAll(':', '')}`, 'hex');
  const vlan = Array.from({ length: tags }, () => Buffer.from('81000007', 'hex'));
  return Buffer.concat([head, ...vlan, word(etherType), payload]);
}

/** The same as "any" of tcpdump records it: SLL (113), or SLL2 (276). */
export function cooked(payload: Buffer, etherType = 0x0800): Buffer {
  return Buffer.concat([Buffer.from('0001000100065254000000010000', 'hex'), word(etherType), payload]);
}

export function cooked2(payload: Buffer, etherType = 0x0800): Buffer {
  return Buffer.concat([
    word(etherType),
    Buffer.from('0000000000020001', 'hex'),
    Buffer.from('01065254000000010000', 'hex'),
    payload,
  ]);
}

export interface Ip {
  readonly from?: string;
  readonly to?: string;
  readonly protocol?: number;
  readonly identification?: number;
  readonly offset?: number;
  readonly hasMore?: boolean;
}

export function ipv4(payload: Buffer, ip: Ip = {}): Buffer {
  const {
    from = '0.0.0.0',
    to = '255.255.255.255',
    protocol = 17,
    identification = 1,
    offset = 0,
    hasMore = false,
  } = ip;
  const head = Buffer.alloc(20);
  head[0] = 0x45;
  head.writeUInt16BE(20 + payload.length, 2);
  head.writeUInt16BE(identification, 4);
  head.writeUInt16BE((hasMore ? 0x2000 : 0) | (offset / 8), 6);
  head[9] = protocol;
  head.set(from.split('.').map(Number), 12);
  head.set(to.split('.').map(Number), 16);
  return Buffer.concat([head, payload]);
}

export function udp(payload: Buffer, sourcePort: number, destinationPort: number): Buffer {
  return Buffer.concat([word(sourcePort), word(destinationPort), word(8 + payload.length), word(0), payload]);
}

export function tcp(payload: Buffer, sourcePort: number, destinationPort: number, flags: number): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt16BE(sourcePort, 0);
  head.writeUInt16BE(destinationPort, 2);
  head[12] = 0x50;
  head[13] = flags;
  return Buffer.concat([head, payload]);
}

export interface PcapOptions {
  readonly linkType?: number;
  readonly isBig?: boolean;
  readonly nanoseconds?: boolean;
}

/** A pcap file of frames, one each second. */
export function pcap(
  frames: readonly Buffer[],
  { linkType = 1, isBig = false, nanoseconds = false }: PcapOptions = {},
): Buffer {
  const number = (value: number) => long(value, isBig);
  const header = [nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 0x0004_0002, 0, 0, 262_144, linkType].map(number);
  const records = frames.flatMap((frame, index) => [
    ...[1_700_000_000 + index, 5, frame.length, frame.length].map(number),
    frame,
  ]);
  return Buffer.concat([...header, ...records]);
}

/** A block of a pcapng file. */
export function block(type: number, body: Buffer, isBig = false): Buffer {
  const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
  const length = long(12 + padded.length, isBig);
  return Buffer.concat([long(type, isBig), length, padded, length]);
}

export function section(isBig = false): Buffer {
  return block(
    0x0a0d0d0a,
    Buffer.concat([long(0x1a2b3c4d, isBig), long(isBig ? 0x10000 : 1, isBig), Buffer.alloc(8, 255)]),
    isBig,
  );
}

/** An interface; `resolution` is the option if_tsresol. */
export function interfaceBlock(linkType = 1, { isBig = false, resolution = -1, snapLength = 0 } = {}): Buffer {
  const kind = Buffer.alloc(4);
  if (isBig) kind.writeUInt16BE(linkType);
  else kind.writeUInt16LE(linkType);
  const option = isBig ? [0, 9, 0, 1] : [9, 0, 1, 0];
  const options = resolution < 0 ? [] : [Buffer.from([...option, resolution, 0, 0, 0, 0, 0, 0, 0])];
  return block(1, Buffer.concat([kind, long(snapLength, isBig), ...options]), isBig);
}

/** An Enhanced Packet Block; `ticks` in what the interface counts. */
export function packetBlock(frame: Buffer, ticks = 0, { isBig = false, on = 0 } = {}): Buffer {
  const numbers = [on, Math.floor(ticks / 2 ** 32), ticks % 2 ** 32, frame.length, frame.length];
  return block(6, Buffer.concat([...numbers.map((value) => long(value, isBig)), frame]), isBig);
}

function word(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}

function long(value: number, isBig: boolean): Buffer {
  const bytes = Buffer.alloc(4);
  if (isBig) bytes.writeUInt32BE(value >>> 0);
  else bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
