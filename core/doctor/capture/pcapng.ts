import type { ByteStream } from './byte-stream.js';
import { type Frame, type FrameSource, longestFrame, notACapture } from './frame.js';

/** Block types (draft-ietf-opsawg-pcapng §4; the obsolete Packet Block: its appendix A). */
const block = { section: 0x0a0d0d0a, interface: 1, packet: 2, simplePacket: 3, enhancedPacket: 6 } as const;

const byteOrderMagic = 0x1a2b3c4d;

/** What a block may have beside a packet, in bytes: its options. Longer ones are left out. */
const longestBlock = longestFrame + 65_536;

/** Interfaces of one section that are kept. */
const mostInterfaces = 4096;

/** The option with the resolution of time stamps (§4.2). */
const timeResolution = 9;

interface Interface {
  readonly linkType: number;
  /** Bytes that are kept of a packet; 0 for all (§4.2). */
  readonly snapLength: number;
  /** Time stamps to the second. */
  readonly unit: number;
}

export function isPcapng(magic: Buffer): boolean {
  return magic.readUInt32LE(0) === block.section;
}

/** The packets of a pcapng file, whose first four bytes have been read. Throws SERABUT_ERR_CAPTURE. */
export async function* pcapngFrames(magic: Buffer, stream: ByteStream, cut: () => void): FrameSource {
  const section = new Section();
  let number = 1;
  for (let type: Buffer | undefined = magic; ; type = await stream.read(4)) {
    if (type === undefined) return cut();
    const body = await readBlock(type, stream, section);
    if (body === 'cut') return cut();
    if (body !== 'skipped') {
      const frame = section.take(section.number32(type, 0), body, number);
      if (frame !== undefined) {
        yield frame;
        number++;
      }
    }
    if (await stream.isAtEnd()) return;
  }
}

/** The body of a block, without its length at both ends (§3.1). */
async function readBlock(type: Buffer, stream: ByteStream, section: Section): Promise<Buffer | 'cut' | 'skipped'> {
  const isSection = isPcapng(type);
  const head = await stream.read(isSection ? 8 : 4);
  if (head === undefined) return 'cut';
  // The length of a section's own header is in the byte order that the bytes after it tell (§4.1).
  if (isSection) section.begin(head.readUInt32LE(4) === byteOrderMagic, head.readUInt32BE(4) === byteOrderMagic);
  const length = section.number32(head, 0);
  const left = length - 4 - head.length;
  if (left < 4) throw notACapture(`a block claims to have ${length} bytes: the file is damaged`);
  if (isSection || length > longestBlock) return (await stream.skip(left)) ? 'skipped' : 'cut';
  return (await stream.read(left))?.subarray(0, -4) ?? 'cut';
}

/** What the blocks of a section share: byte order and interfaces. */
class Section {
  #isLittle = true;
  readonly #interfaces: Interface[] = [];

  begin(isLittle: boolean, isBig: boolean): void {
    if (!isLittle && !isBig) throw notACapture('a section of the file has no byte order: the file is damaged');
    this.#isLittle = isLittle;
    this.#interfaces.length = 0;
  }

  number32(bytes: Buffer, at: number): number {
    return this.#isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }

  #number16(bytes: Buffer, at: number): number {
    return this.#isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }

  /** Keeps an interface, or gives a packet; undefined for blocks of other kinds, and for packets of no interface. */
  take(type: number, body: Buffer, number: number): Frame | undefined {
    if (type === block.interface) this.#addInterface(body);
    if (type === block.simplePacket) return this.#simplePacket(body, number);
    if (type !== block.enhancedPacket && type !== block.packet) return undefined;
    if (body.length < 20) return undefined;
    // The obsolete block has 16 bits for the interface, and 16 for a count of drops.
    const index = type === block.packet ? this.#number16(body, 0) : this.number32(body, 0);
    const from = this.#interfaces[index];
    if (from === undefined) return undefined;
    const time = (this.number32(body, 4) * 2 ** 32 + this.number32(body, 8)) / from.unit;
    const bytes = body.subarray(20, 20 + this.number32(body, 12));
    return { number, time, linkType: from.linkType, bytes };
  }

  /** A packet without a time, of the first interface (§4.4). */
  #simplePacket(body: Buffer, number: number): Frame | undefined {
    const [from] = this.#interfaces;
    if (from === undefined || body.length < 4) return undefined;
    const kept = from.snapLength === 0 ? body.length : from.snapLength;
    const bytes = body.subarray(4, 4 + Math.min(this.number32(body, 0), kept));
    return { number, time: 0, linkType: from.linkType, bytes };
  }

  #addInterface(body: Buffer): void {
    if (body.length < 8) throw notACapture('an interface of the file has no kind: the file is damaged');
    if (this.#interfaces.length >= mostInterfaces) return;
    const unit = this.#unit(body.subarray(8));
    this.#interfaces.push({ linkType: this.#number16(body, 0), snapLength: this.number32(body, 4), unit });
  }

  /** Microseconds, unless the interface says otherwise: a power of ten or, with the highest bit, of two (§4.2). */
  #unit(options: Buffer): number {
    for (let at = 0; at + 4 <= options.length; ) {
      const [code, length] = [this.#number16(options, at), this.#number16(options, at + 2)];
      const value = options[at + 4] ?? 0;
      if (code === timeResolution && length === 1) return value & 0x80 ? 2 ** (value & 0x7f) : 10 ** value;
      at += 4 + length + (-length & 3);
    }
    return 1e6;
  }
}
