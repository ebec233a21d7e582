import { addressOf } from './ipv4.js';
import { macOf } from './link.js';

/** The kinds of messages that matter here (option 53, RFC 2132 §9.6). */
export const messageType = { discover: 1, offer: 2, request: 3, ack: 5, nak: 6 } as const;

/** What a DHCP message says, in either direction. Texts are as they were sent, of any bytes. */
export interface DhcpMessage {
  readonly isAnswer: boolean;
  readonly type: number;
  readonly transaction: number;
  /** The client's MAC address. */
  readonly mac: string;
  /** The fields ciaddr, yiaddr and siaddr: the client's address, the one that is given, and the next server. */
  readonly clientAddress: string;
  readonly address: string;
  readonly nextServer: string;
  /** Option 66 or, without it, the field `sname`. */
  readonly serverName: string;
  /** Option 67 or, without it, the field `file`. */
  readonly file: string;
  /** Option 60. */
  readonly vendorClass: string;
  /** Option 43, in which PXE has its menus; empty without it. */
  readonly vendorOptions: Buffer;
  /** Option 54. */
  readonly serverId: string;
  /** Option 56: why a server refuses. */
  readonly message: string;
  /** Option 93: the first architecture. */
  readonly arch: number | undefined;
  /** Whether it is iPXE: by its own option 175, or by the user class, option 77. */
  readonly isIpxe: boolean;
}

const fixedLength = 236;
const magic = Buffer.from([99, 130, 83, 99]);
const start = fixedLength + magic.length;
const noOptions = Buffer.alloc(0);

/** Reads a message of RFC 2131 §2; undefined when the bytes are none of an Ethernet client. */
export function decodeDhcp(bytes: Buffer): DhcpMessage | undefined {
  if (!isOfEthernet(bytes)) return undefined;
  const options = allOptions(bytes);
  const text = (code: number) => (options.get(code) ?? noOptions).toString('latin1').replace(/\0.*$/s, '');
  const field = (from: number, to: number) => bytes.toString('latin1', from, to).replace(/\0.*$/s, '');
  const overloaded = options.get(52)?.[0] ?? 0;
  const arch = options.get(93);
  const serverId = options.get(54);
  return {
    isAnswer: bytes[0] === 2,
    type: options.get(53)?.[0] ?? 0,
    transaction: bytes.readUInt32BE(4),
    mac: macOf(bytes, 28),
    clientAddress: addressOf(bytes, 12),
    address: addressOf(bytes, 16),
    nextServer: addressOf(bytes, 20),
    serverName: text(66) || (overloaded & 2 ? '' : field(44, 108)),
    file: text(67) || (overloaded & 1 ? '' : field(108, fixedLength)),
    vendorClass: text(60),
    vendorOptions: options.get(43) ?? noOptions,
    serverId: serverId?.length === 4 ? addressOf(serverId, 0) : '',
    message: text(56),
    arch: arch !== undefined && arch.length >= 2 ? arch.readUInt16BE(0) : undefined,
    isIpxe: options.has(175) || text(77).includes('iPXE'),
  };
}

function isOfEthernet(bytes: Buffer): boolean {
  if (bytes.length < start || !bytes.subarray(fixedLength, start).equals(magic)) return false;
  return (bytes[0] === 1 || bytes[0] === 2) && bytes[2] === 6;
}

/** The options, those in the fields `file` and `sname` too where option 52 says so (RFC 2132 §9.3). */
function allOptions(bytes: Buffer): Map<number, Buffer> {
  const options = new Map<number, Buffer>();
  addOptions(options, bytes.subarray(start));
  const overloaded = options.get(52)?.[0] ?? 0;
  if (overloaded & 1) addOptions(options, bytes.subarray(108, fixedLength));
  if (overloaded & 2) addOptions(options, bytes.subarray(44, 108));
  return options;
}

/** An option that comes again goes on where the first one ended (RFC 3396 §7). */
function addOptions(options: Map<number, Buffer>, bytes: Buffer): void {
  for (let at = 0; at < bytes.length && bytes[at] !== 255; ) {
    const code = bytes[at] ?? 0;
    if (code === 0) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    const before = options.get(code);
    const value = bytes.subarray(at + 2, at + 2 + length);
    options.set(code, before === undefined ? value : Buffer.concat([before, value]));
    at += 2 + length;
  }
}
