import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { operation, TftpError, TftpFile } from './tftp-file.js';

/** What fits into an Ethernet frame with the headers of IP, UDP and TFTP (RFC 2348). */
const blockSize = 1428;

/** How often a packet is sent again, and how long its answer is waited for, in milliseconds. */
const tries = 4;
const defaultWaitMs = 1500;

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
    return await readFile(socket, { server, port, waitMs, where }, readRequest(file));
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

async function readFile(socket: Socket, transfer: Transfer, request: Buffer): Promise<Buffer> {
  const file = new TftpFile(transfer.where);
  let [packet, { port }] = [request, transfer];
  for (;;) {
    // The server answers from a port of its own, which is the one to go on with (RFC 1350 §4).
    port = await exchange(socket, packet, { ...transfer, port }, file);
    packet = file.acknowledgement;
    if (file.isWhole) return finished(socket, packet, { ...transfer, port }, file.bytes);
  }
}

/** Tells the server that the last block is here, which it would send again otherwise; no matter whether it hears that. */
function finished(socket: Socket, packet: Buffer, { server, port }: Transfer, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve) => socket.send(packet, port, server, () => resolve(bytes)));
}

/** Sends a packet until the next one comes. Gives the port that it came from. */
async function exchange(socket: Socket, packet: Buffer, transfer: Transfer, file: TftpFile): Promise<number> {
  const { server, port, waitMs, where } = transfer;
  for (let left = tries; left > 0; left--) {
    socket.send(packet, port, server);
    const end = performance.now() + waitMs;
    for (let rest = waitMs; rest > 0; rest = end - performance.now()) {
      const received = await receive(socket, rest);
      // No answer can be sent to port 0.
      if (received?.address === server && received.port > 0 && file.take(received.bytes)) return received.port;
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

function readRequest(file: string): Buffer {
  const texts = [file, 'octet', 'blksize', String(blockSize)].map((text) => Buffer.from(`${text}\0`, 'latin1'));
  return Buffer.concat([Buffer.from([0, operation.read]), ...texts]);
}
