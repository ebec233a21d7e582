import t from 'tap';
import { readCapture } from '../../../core/doctor/capture/read-capture.js';
import { doctorCapture } from '../../../core/doctor/doctor-capture.js';
import { linkPayload } from '../../../core/doctor/packets/link.js';
import { encodeQuestion } from '../../../core/lan/dhcp-packet.js';
import {
  block,
  cooked,
  cooked2,
  ethernet,
  interfaceBlock,
  ipv4,
  packetBlock,
  pcap,
  section,
  udp,
} from '../../helpers/captures.js';

const mac = '52:54:00:00:00:01';
const question = encodeQuestion({ type: 1, mac, vendorClass: 'PXEClient', arch: 7 });
const packet = ipv4(udp(question, 68, 67));

async function* chunks(bytes: Buffer, size = bytes.length): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Buffer, size?: number) {
  const frames = [];
  let isCut = false;
  for await (const frame of readCapture(chunks(bytes, size), () => (isCut = true))) frames.push(frame);
  return { frames, isCut };
}

t.test('pcap is read in both byte orders and with both units of time', async (t) => {
  for (const options of [{}, { isBig: true }, { nanoseconds: true }, { isBig: true, nanoseconds: true }]) {
    const { frames, isCut } = await read(pcap([Buffer.from('one'), Buffer.from('two')], options));
    t.strictSame(frames.map(({ number, bytes }) => [number, bytes.toString()]), [[1, 'one'], [2, 'two']]); // biome-ignore format: pairs
    t.equal(frames[1]?.time, 1_700_000_001 + 5 / (options.nanoseconds ? 1e9 : 1e6));
    t.equal(isCut, false);
  }
});

t.test('pcapng is read in both byte orders, with what each interface counts', async (t) => {
  for (const isBig of [false, true]) {
    const file = Buffer.concat([
      section(isBig),
      interfaceBlock(1, { isBig }),
      interfaceBlock(113, { isBig, resolution: 9 }),
      interfaceBlock(1, { isBig, resolution: 0x80 | 10 }),
      block(5, Buffer.from('statistics, which nobody wants'), isBig),
      packetBlock(Buffer.from('one'), 2_500_000, { isBig }),
      packetBlock(Buffer.from('two'), 2_500_000_000, { isBig, on: 1 }),
      packetBlock(Buffer.from('three'), 2560, { isBig, on: 2 }),
      packetBlock(Buffer.from('of no interface'), 0, { isBig, on: 9 }),
    ]);
    const { frames } = await read(file);
    t.strictSame(frames.map(({ number, time, linkType, bytes }) => [number, time, linkType, bytes.toString()]), [[1, 2.5, 1, 'one'], [2, 2.5, 113, 'two'], [3, 2.5, 1, 'three']]); // biome-ignore format: rows
  }
});

t.test('simple and obsolete packet blocks are read too, and a new section begins anew', async (t) => {
  const simple = Buffer.concat([Buffer.from([9, 0, 0, 0]), Buffer.from('truncated')]);
  const obsolete = Buffer.concat([Buffer.alloc(12), Buffer.from([3, 0, 0, 0, 3, 0, 0, 0]), Buffer.from('old')]);
  const file = [
    section(),
    interfaceBlock(1, { snapLength: 4 }),
    block(3, simple),
    block(2, obsolete),
    section(),
    block(3, simple),
  ];
  const { frames } = await read(Buffer.concat(file));
  t.strictSame(frames.map(({ bytes }) => bytes.toString()), ['trun', 'old']); // biome-ignore format: short
});

t.test('it makes no difference in which pieces a file comes', async (t) => {
  const file = Buffer.concat([
    section(),
    interfaceBlock(),
    block(99, Buffer.alloc(900_000)),
    packetBlock(Buffer.from('one')),
  ]);
  for (const size of [1000, 65_536]) t.equal((await read(file, size)).frames.length, 1);
  for (const size of [1, 7, 100])
    t.equal((await read(pcap([Buffer.from('one'), Buffer.alloc(99)]), size)).frames.length, 2);
});

t.test('what is no capture is refused with a sentence', async (t) => {
  const tooLong = pcap([Buffer.from('one')]);
  tooLong.writeUInt32LE(0x7fffffff, 24 + 8);
  const short = Buffer.concat([section(), Buffer.from([1, 0, 0, 0, 8, 0, 0, 0])]);
  const noOrder = section();
  noOrder.fill(0, 8, 12);
  for (const [bytes, message] of [
    [Buffer.alloc(0), /empty, or too short/],
    [Buffer.from('GIF89a'), /begins with 47494638, and not as pcap/],
    [pcap([]).subarray(0, 20), /ends inside of its header/],
    [tooLong, /packet 1 claims to have 2147483647 bytes/],
    [short, /a block claims to have 8 bytes/],
    [noOrder, /no byte order/],
    [Buffer.concat([section(), block(1, Buffer.alloc(4))]), /an interface of the file has no kind/],
  ] as const) {
    await t.rejects(read(bytes), { code: 'SERABUT_ERR_CAPTURE', message });
  }
});

t.test('frames of each kind are looked into, behind VLAN tags as well', async (t) => {
  const kinds: [Buffer, number][] = [
    [ethernet(packet), 1],
    [ethernet(packet, { tags: 2 }), 1],
    [cooked(packet), 113],
    [cooked2(packet), 276],
  ];
  for (const [frame, linkType] of kinds) {
    const file = pcap([frame, ethernet(packet)], { linkType });
    t.match((await doctorCapture(chunks(file))).clients, [{ mac, kind: 'UEFI x64 (architecture 7)' }]);
    for (let length = 0; length < 20; length++) {
      const payload = linkPayload({ number: 1, time: 0, linkType, bytes: frame.subarray(0, length) })?.payload;
      t.ok(payload === undefined || payload.length < 7, 'what was not kept is not read');
    }
  }
  for (const frame of [ethernet(packet, { tags: 5 }), ethernet(packet, { etherType: 0x86dd })])
    t.strictSame((await doctorCapture(chunks(pcap([frame])))).clients, []);
  t.strictSame((await doctorCapture(chunks(pcap([ethernet(packet)], { linkType: 147 })))).clients, []);
});

t.test('a question in fragments is put together, in whatever order they come', async (t) => {
  const whole = udp(question, 68, 67);
  const parts = [0, 104, 208].map((offset) =>
    ethernet(ipv4(whole.subarray(offset, offset + 104), { offset, hasMore: offset + 104 < whole.length })),
  );
  parts.push(ethernet(ipv4(whole.subarray(312), { offset: 312 })));
  parts[2] = ethernet(ipv4(whole.subarray(208, 312), { offset: 208, hasMore: true }));
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [2, 0, 3, 1],
  ]) {
    // biome-ignore format: orders
    const file = pcap(order.map((index) => parts[index] ?? Buffer.alloc(0)));
    t.match((await doctorCapture(chunks(file))).clients, [{ mac }]);
  }
  t.strictSame((await doctorCapture(chunks(pcap(parts.slice(1))))).clients, [], 'one is missing');
});

t.test('fragments without end take no more memory than packets have', async (t) => {
  const frames = Array.from({ length: 3000 }, (_, index) =>
    ethernet(ipv4(Buffer.alloc(1400), { identification: index % 1000, offset: (index * 8) % 60_000, hasMore: true })),
  );
  frames.push(ethernet(ipv4(Buffer.alloc(1400), { offset: 65_000, hasMore: true })), ethernet(packet));
  t.equal((await doctorCapture(chunks(pcap(frames)))).clients.length, 1);
});
