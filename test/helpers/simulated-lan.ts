import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Test } from 'tap';
import { encodeQuestion } from '../../core/lan/dhcp-packet.js';
import type { OnLan } from '../../core/simulate/context.js';

/** Loopback stands for the LAN: its broadcast address leads back to this machine. */
export const loopback = {
  interface: 'lo',
  address: '127.0.0.1',
  netmask: '255.0.0.0',
  network: '127.0.0.0',
  prefix: 8,
};

/** An answer by DHCP; what is left out is empty. */
export interface Offer {
  readonly address?: string;
  readonly next?: string;
  readonly file?: string;
  readonly vendorClass?: string;
  /** Option 67, in place of the field. */
  readonly bootFile?: string;
}

/** What is asked, as a server reads it. */
export interface Asked {
  readonly arch: number;
  readonly isIpxe: boolean;
}

/** Who answers on a LAN, and what. */
export interface LanParts {
  /** The answers to a broadcast; each comes from an address of its own if it says so. */
  readonly offers: (asked: Asked) => readonly (Offer & { readonly from?: string })[];
  /** The answer on port 4011; undefined for none. */
  readonly again: (asked: Asked) => Offer | undefined;
  /** What TFTP gives for a file: its bytes, `missing` as an error, or undefined for silence. */
  readonly tftp: (file: string) => Buffer | 'missing' | undefined;
}

async function udp(t: Test, address = '0.0.0.0'): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, address);
  await once(socket, 'listening');
  t.teardown(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return socket;
}

/** Makes a LAN on loopback: DHCP servers, port 4011, TFTP. */
export async function makeLan(t: Test, parts: LanParts): Promise<OnLan> {
  const [dhcp, pxe, tftp] = [await udp(t), await udp(t), await udp(t, '127.0.0.1')];
  const others = new Map<string, Socket>();
  for (const { from } of [0, 7].flatMap((arch) => parts.offers({ arch, isIpxe: false })))
    if (from !== undefined && !others.has(from)) others.set(from, await udp(t, from));
  dhcp.on('message', (asked, from) => {
    // Somebody else's transaction is not for this client.
    dhcp.send(answer(encodeQuestion({ type: 1, mac: '02:00:00:00:00:01' }), { address: '127.0.0.9' }), from.port);
    for (const offer of parts.offers(read(asked)))
      (others.get(offer.from ?? '') ?? dhcp).send(answer(asked, offer), from.port, '127.0.0.1');
  });
  pxe.on('message', (asked, from) => {
    const said = parts.again(read(asked));
    if (said !== undefined) pxe.send(answer(asked, said), from.port, from.address);
  });
  serveTftp(tftp, parts.tftp);
  const free = createSocket('udp4').bind(0);
  await once(free, 'listening');
  const client = free.address().port;
  free.close();
  const ports = { client, dhcp: dhcp.address().port, proxy: pxe.address().port };
  const { port } = tftp.address();
  return { lan: loopback, asking: { waitMs: 40, graceMs: 30, ports }, tftp: { port, waitMs: 30 } };
}

function read(asked: Buffer): Asked {
  const at = asked.indexOf(Buffer.from([93, 2]), 240);
  return { arch: asked.readUInt16BE(at + 2), isIpxe: asked.includes(Buffer.from([77, 4, ...Buffer.from('iPXE')])) };
}

/** An answer is a question with another first byte and some fields filled in. */
function answer(asked: Buffer, { address, next, file = '', vendorClass = '', bootFile = '' }: Offer): Buffer {
  const bytes = Buffer.alloc(600);
  asked.copy(bytes, 0, 0, 240);
  bytes[0] = 2;
  for (const [text, offset] of [
    [address, 16],
    [next, 20],
  ] as const)
    if (text !== undefined) bytes.set(text.split('.').map(Number), offset);
  bytes.write(file, 108, 'latin1');
  const options = [[60, vendorClass], [67, bootFile]] as const; // biome-ignore format: one line
  const encoded = options
    .filter(([, text]) => text !== '')
    .map(([code, text]) => [code, text.length, ...Buffer.from(text)]);
  bytes.set([...encoded.flat(), 255], 240);
  return bytes;
}

/** One transfer for each client's port; the first packet of each is lost, so that it has to be sent again. */
function serveTftp(socket: Socket, contentOf: LanParts['tftp']): void {
  const transfers = new Map<number, Buffer>();
  const lost = new Set<number>();
  socket.on('message', (asked: Buffer, { port, address }: RemoteInfo) => {
    const send = (bytes: Buffer) => socket.send(bytes, port, address);
    if (asked.readUInt16BE(0) === 1) {
      const content = contentOf(asked.toString('latin1', 2).split('\0')[0] ?? '');
      const isLost = !lost.has(port);
      lost.add(port);
      if (content === undefined || isLost) return;
      if (content === 'missing') return send(Buffer.from('\0\x05\0\x01file not found\0', 'latin1'));
      transfers.set(port, content);
      return send(Buffer.from('\0\x06blksize\x001428\0', 'latin1'));
    }
    const content = transfers.get(port) ?? Buffer.alloc(0);
    const next = asked.readUInt16BE(2) + 1;
    const head = Buffer.from([0, 3, next >> 8, next & 255]);
    if ((next - 1) * 1428 <= content.length)
      send(Buffer.concat([head, content.subarray((next - 1) * 1428, next * 1428)]));
  });
}
