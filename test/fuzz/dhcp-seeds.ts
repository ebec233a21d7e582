import { type DhcpQuestion, encodeQuestion } from '../../core/lan/dhcp-packet.js';
import { packetBytes } from './packets.js';
import type { Seed } from './target.js';

interface Reply extends Partial<DhcpQuestion> {
  readonly yiaddr?: readonly number[];
  readonly siaddr?: readonly number[];
  readonly file?: string;
}

/** An answer in the form of a question, which is the same but for its first byte and these fields. */
function reply({ yiaddr = [0, 0, 0, 0], siaddr = [10, 0, 0, 2], file = '', ...question }: Reply): Buffer {
  const bytes = encodeQuestion({ type: 1, mac: '52:54:00:12:34:56', ...question });
  bytes[0] = 2;
  bytes.set(yiaddr, 16);
  bytes.set(siaddr, 20);
  bytes.write(file, 108, 'latin1');
  return bytes;
}

const url = `http://10.0.0.2:8080/boot?mac=\${mac:hexhyp}&serial=\${serial:uristring}`;
const router = reply({ yiaddr: [10, 0, 0, 50], siaddr: [0, 0, 0, 0] });
const offer = reply({ vendorClass: 'PXEClient' });
const named = reply({ vendorClass: 'PXEClient', file: 'snponly.efi' });
const script = reply({ vendorClass: 'PXEClient', file: url });

const options = Buffer.from('\0\x06blksize\x001428\0tsize\x001500\0', 'latin1');
const data = (block: number, bytes: Buffer) => Buffer.concat([Buffer.from([0, 3, 0, block]), bytes]);
const refusal = Buffer.from('\0\x05\0\x01file not found\0', 'latin1');

/** An EFI program of one section, as far as anybody looks. */
function program(machine: number): Buffer {
  const bytes = Buffer.alloc(1500);
  bytes.write('MZ');
  bytes.writeUInt32LE(64, 60);
  bytes.writeUInt32LE(0x4550, 64);
  bytes.writeUInt16LE(machine, 68);
  bytes.writeUInt16LE(1, 70);
  bytes.writeUInt32LE(1000, 64 + 24 + 16);
  return bytes;
}

const efi = program(0x8664);
const blocks = [data(1, efi.subarray(0, 1428)), data(2, efi.subarray(1428))];
const dhcp = (...replies: Buffer[]) => [
  ...replies.map((bytes) => ({ kind: 0, bytes })),
  { kind: 1, bytes: Buffer.alloc(0) },
];
const tftp = (...packets: Buffer[]) => packets.map((bytes) => ({ kind: 2, bytes }));

/** A whole way from power-on to the script, and ways that end before. */
export function dhcpSeeds(): Seed[] {
  const ways = {
    uefi: [...dhcp(router, offer), ...dhcp(named), ...dhcp(router, script), ...tftp(options, ...blocks)],
    'small blocks': [
      ...dhcp(router, offer),
      ...dhcp(named),
      ...dhcp(script),
      ...tftp(data(1, efi.subarray(0, 512)), data(2, efi.subarray(512, 1024)), data(3, efi.subarray(1024))),
    ],
    refused: [...dhcp(router, offer), ...dhcp(named), ...tftp(refusal)],
    'no address': [...dhcp(offer), ...dhcp(), ...dhcp()],
    'two servers': [...dhcp(router, offer, named, script), ...dhcp(named), ...dhcp(named)],
  };
  return Object.entries(ways).map(([name, packets]) => ({ name, bytes: packetBytes(packets) }));
}
