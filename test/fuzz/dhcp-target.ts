import { strict as assert } from 'node:assert';
import { decodeAnswer } from '../../core/lan/dhcp-packet.js';
import { TftpError, TftpFile } from '../../core/lan/tftp-file.js';
import { clientKinds } from '../../core/simulate/client-kinds.js';
import type { OnLan } from '../../core/simulate/context.js';
import { Broken } from '../../core/simulate/faults.js';
import { startFirmware } from '../../core/simulate/firmware.js';
import { Walk } from '../../core/simulate/walk.js';
import { otherNumber, overwrite, spoilText } from './bytes.js';
import { type Packet, packetBytes, packetsIn } from './packets.js';
import type { Random } from './random.js';
import type { FuzzTarget, Outcome, Seed } from './target.js';
import { requireLine } from './texts.js';

/** Replies of DHCP, PXE and TFTP servers, as `serabut simulate` reads them from power-on to the URL of a script. */
export const target: FuzzTarget = { mutator, attempt, maxSeconds: 0.5, maxHeapMib: 128 };

/** The longest text of a step, and of a fault. */
const longestText = 500;

const settings = new Map(
  Object.entries({ mac: '52:54:00:12:34:56', serial: 'R7 1', buildarch: 'x86_64', platform: 'efi' }),
);
const patience = { quietMs: 1, triesNotReady: 1, pauseMs: 1 };

async function attempt(input: Uint8Array): Promise<Outcome> {
  const packets = packetsIn(input);
  const kind = packets.length % 4 === 0 ? clientKinds.bios : clientKinds['uefi-x64'];
  const walk = new Walk();
  try {
    const { url } = await startFirmware({ walk, kind, settings, patience, now: () => 0 }, lanOf(packets));
    assert(/^https?:/.test(new URL(url).protocol), url);
    assert.equal(walk.fault, undefined);
    return 'read';
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    assert.equal(walk.fault?.code, error.code);
    return 'refused';
  } finally {
    for (const { what } of walk.steps) requireLine(what, longestText);
    requireLine(walk.fault?.cause ?? '', longestText);
  }
}

/** A LAN on which each question gets the next group of replies, and the packets of TFTP come one after the other. */
function lanOf(packets: readonly Packet[]): OnLan {
  const groups = [...groupsIn(packets)];
  const blocks = packets.filter(({ kind }) => kind === 2);
  return {
    lan: { address: '10.0.0.9', network: '10.0.0.0', netmask: '255.255.255.0' } as OnLan['lan'],
    askDhcp: async (_, __, { isEnough }) => {
      const replies = groups.shift() ?? [];
      const answers = replies.flatMap((bytes, at) => decodeAnswer(bytes, `10.0.0.${at % 3}`) ?? []);
      isEnough(answers);
      return answers;
    },
    tftpRead: async (server, name) => {
      const file = new TftpFile(`tftp://${server}/${name}`);
      let length = 0;
      for (const { bytes } of blocks) {
        if (file.take(bytes)) length += bytes.length;
        assert.equal(file.acknowledgement.length, 4);
        assert(file.bytes.length <= length, 'there is more than came');
        if (file.isWhole) return file.bytes;
      }
      throw new TftpError('silent', 'nothing more came', server);
    },
  };
}

function* groupsIn(packets: readonly Packet[]): Generator<Buffer[]> {
  let group: Buffer[] = [];
  for (const { kind, bytes } of packets) {
    if (kind === 0) group.push(bytes);
    if (kind !== 1) continue;
    yield group;
    group = [];
  }
}

/** Packets of all ways in a new order, some left out, some repeated, some changed. */
function mutator(seeds: readonly Seed[]): (random: Random) => Uint8Array {
  const ways = seeds.map(({ bytes }) => packetsIn(bytes));
  const all = ways.flat();
  return (random) => {
    const way = random.pickOf(ways) ?? [];
    const packets = way.flatMap((packet) => {
      if (random.oneIn(16)) return [];
      const chosen = random.oneIn(20) ? (random.pickOf(all) ?? packet) : packet;
      const one = random.oneIn(4) ? { ...chosen, bytes: changed(chosen.bytes, random) } : chosen;
      return random.oneIn(40) ? Array(1 + random.below(8)).fill(one) : [one];
    });
    const bytes = packetBytes(packets);
    return random.oneIn(30) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
  };
}

const urls = [
  'http://',
  'https://[',
  'http://a b/',
  'http://\x1b[2J/',
  `http://\${mac}/\${`,
  'http://10.0.0.2:99999/',
  'file:///etc/passwd',
];

function changed(packet: Buffer, random: Random): Buffer {
  const copy = Buffer.from(packet);
  if (copy.length < 8) return random.bytes(random.below(16));
  const at = random.below(copy.length - 4);
  switch (random.below(8)) {
    case 0:
      copy.writeUInt16BE(otherNumber(copy.readUInt16BE(at), [copy.length, 512, 1428], random) & 0xffff, at);
      return copy;
    case 1:
      overwrite(copy, { offset: at, length: 32 }, { offset: random.below(copy.length), length: 32 });
      return copy;
    case 2:
      return copy.subarray(0, at);
    case 3:
      spoilText(copy.subarray(at, at + 1 + random.below(16)), random);
      return copy;
    case 4:
      copy.write(`${random.pickOf(urls)}\0`, random.oneIn(2) ? Math.min(108, at) : at, 'latin1');
      return copy;
    case 5: // Options, from where they begin in DHCP and in TFTP.
      copy.set(random.bytes(4), random.oneIn(2) ? Math.min(240, at) : 2);
      return copy;
    case 6:
      return Buffer.from(
        copy.toString('latin1').replace(/\d+/g, () => String(random.uint32() >>> random.below(32))),
        'latin1',
      );
    default:
      copy[at] = random.below(256);
      return copy;
  }
}
