import { SerabutError } from '../errors.js';

/** The operations of a packet (RFC 1350 §5, RFC 2347). */
export const operation = { read: 1, data: 3, acknowledge: 4, error: 5, options: 6 } as const;

/** What is read at most, in bytes: iPXE has one megabyte. */
const limit = 64 * 1024 * 1024;

/** The sizes of blocks that may be agreed on, and the one without that, in bytes (RFC 2348). */
const sizes = { least: 8, most: 65_464, usual: 512 } as const;

/** Why a file did not come: nobody answered, the server said no, or it is too long. */
export class TftpError extends SerabutError {
  constructor(
    readonly reason: 'silent' | 'refused' | 'long',
    message: string,
    where: string,
  ) {
    super('SERABUT_ERR_SIMULATION', message, { where });
  }
}

/** A file that arrives by TFTP, packet by packet, whoever sends them. */
export class TftpFile {
  readonly #blocks: Buffer[] = [];
  #size: number = sizes.usual;
  #length = 0;
  #hasOptions = false;
  #isWhole = false;

  /** `where` is for errors. */
  constructor(private readonly where: string) {}

  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** What has arrived. */
  get bytes(): Buffer {
    return Buffer.concat(this.#blocks);
  }

  /** The packet that says what has arrived, and asks for the next block. */
  get acknowledgement(): Buffer {
    const block = this.#blocks.length;
    return Buffer.from([0, operation.acknowledge, (block >> 8) & 255, block & 255]);
  }

  /** Whether a packet is the next one; it is kept then. Throws TftpError where the server says no, or goes on and on. */
  take(packet: Buffer): boolean {
    if (packet.length < 4 || this.#isWhole) return false;
    const [kind, number] = [packet.readUInt16BE(0), packet.readUInt16BE(2)];
    if (kind === operation.error) throw new TftpError('refused', `the server says "${messageOf(packet)}"`, this.where);
    if (kind === operation.options) return this.#takeOptions(packet);
    return (
      kind === operation.data && number === ((this.#blocks.length + 1) & 0xffff) && this.#takeBlock(packet.subarray(4))
    );
  }

  /** Once, and before the first block (RFC 2347). */
  #takeOptions(packet: Buffer): boolean {
    if (this.#hasOptions || this.#blocks.length > 0) return false;
    this.#hasOptions = true;
    this.#size = agreedSize(packet);
    return true;
  }

  #takeBlock(block: Buffer): boolean {
    if (block.length > this.#size) return false;
    this.#length += block.length;
    if (this.#length > limit) throw new TftpError('long', `it has more than ${limit} bytes`, this.where);
    this.#blocks.push(block);
    this.#isWhole = block.length < this.#size;
    return true;
  }
}

function messageOf(packet: Buffer): string {
  return packet.toString('latin1', 4, 4 + sizes.usual).replace(/\0.*$/s, '');
}

/** The block size that the server takes, where it says one that may be. */
function agreedSize(packet: Buffer): number {
  const words = packet.toString('latin1', 2).split('\0');
  const at = words.findIndex((word, index) => index % 2 === 0 && word.toLowerCase() === 'blksize');
  const size = at < 0 ? sizes.usual : Number(words[at + 1]);
  return size >= sizes.least && size <= sizes.most ? size : sizes.usual;
}
