import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { SerabutError } from '../errors.js';

/** The operations of a packet (RFC 1350 §5, RFC 2347). */
const operation = { read: 1, data: 3, acknowledge: 4, error: 5, options: 6 } as const;

/** What fits into an Ethernet frame with the headers of IP, UDP and TFTP (RFC 2348). */
const blockSize = 1428;

/** How often a packet is sent again, and how long its answer is waited for, in milliseconds. */
const tries = 4;
const defaultWaitMs = 1500;

/** What is read at most, in bytes: iPXE has one megabyte. */
const limit = 64 * 1024 * 1024;

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

export interface TftpOptions {
  readonly port?: number;
  readonly waitMs?: number;
}

/** Reads a file by TFTP, as firmware reads its boot program. Throws TftpError. */
export async function tftpRead(server: string, file: string, options: TftpOptions = {}): Promise<Buffer> {
  const { port = 69, waitMs = defaultWaitMs } = options;
  const socket = createSocket('udp4');
  socket.on('error', () => {}); // No answer comes then, which is said.
  const where = `tftp://${server}/${file}`;
  try {
    return await readBlocks(socket, { server, port, waitMs, where }, readRequest(file));
  } finally {
    socket.close();
  }
}

interface Transfer {
  readonly server: string;
  readonly port: number;
  readonly waitMs: number;
  readonly where: string;
}

async function readBlocks(socket: Socket, transfer: Transfer, request: Buffer): Promise<Buffer> {
  const blocks: Buffer[] = [];
  let [packet, { port }, size] = [request, transfer, 512];
  for (let block = 0; block * size < limit; ) {
    const answer = await exchange(socket, packet, { ...transfer, port }, block);
    // The server answers from a port of its own, which is the one to go on with (RFC 1350 §4).
    port = answer.port;
    if (answer.bytes.readUInt16BE(0) === operation.options) size = agreedSize(answer.bytes);
    else {
      blocks.push(answer.bytes.subarray(4));
      if (answer.bytes.length - 4 < size) return finished(socket, blocks, block + 1, { ...transfer, port });
      block++;
    }
    packet = acknowledgement(block);
  }
  throw new TftpError('long', `it has more than ${limit} bytes`, transfer.where);
}

/** Tells the server that the last block is here, which it would send again otherwise. */
function finished(socket: Socket, blocks: Buffer[], block: number, { server, port }: Transfer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.send(acknowledgement(block), port, server, (error) =>
      error ? reject(error) : resolve(Buffer.concat(blocks)),
    );
  });
}

/** Sends a packet until the next block comes, or the options before the first. */
async function exchange(socket: Socket, packet: Buffer, transfer: Transfer, block: number): Promise<Received> {
  const { server, port, waitMs, where } = transfer;
  for (let left = tries; left > 0; left--) {
    socket.send(packet, port, server);
    const end = performance.now() + waitMs;
    for (let rest = waitMs; rest > 0; rest = end - performance.now()) {
      const received = await receive(socket, rest);
      if (received?.address === server && isNext(received.bytes, block, where)) return received;
    }
  }
  throw new TftpError('silent', `nobody answered on UDP ${port} within ${(tries * waitMs) / 1000} s`, where);
}

interface Received {
  readonly bytes: Buffer;
  readonly address: string;
  readonly port: number;
}

/** The next packet; undefined when none comes in time. */
async function receive(socket: Socket, ms: number): Promise<Received | undefined> {
  const signal = AbortSignal.timeout(Math.ceil(ms));
  const [bytes, from] = await once(socket, 'message', { signal }).catch(() => []);
  return bytes === undefined ? undefined : { bytes, address: from.address, port: from.port };
}

function isNext(bytes: Buffer, block: number, where: string): boolean {
  if (bytes.length < 4) return false;
  const kind = bytes.readUInt16BE(0);
  if (kind === operation.error) {
    throw new TftpError('refused', `the server says "${bytes.toString('latin1', 4).replace(/\0.*$/s, '')}"`, where);
  }
  if (kind === operation.options) return block === 0;
  return kind === operation.data && bytes.readUInt16BE(2) === ((block + 1) & 0xffff);
}

function readRequest(file: string): Buffer {
  const texts = [file, 'octet', 'blksize', String(blockSize)].map((text) => Buffer.from(`${text}\0`, 'latin1'));
  return Buffer.concat([Buffer.from([0, operation.read]), ...texts]);
}

function acknowledgement(block: number): Buffer {
  return Buffer.from([0, operation.acknowledge, (block >> 8) & 255, block & 255]);
}

/** The block size that the server takes; 512 where it says nothing of it. */
function agreedSize(bytes: Buffer): number {
  const words = bytes.toString('latin1', 2).split('\0');
  const at = words.findIndex((word, index) => index % 2 === 0 && word.toLowerCase() === 'blksize');
  return at < 0 ? 512 : Number(words[at + 1]);
}
