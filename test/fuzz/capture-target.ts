import { strict as assert } from 'node:assert';
import { captureText } from '../../core/doctor/capture-text.js';
import { doctorCapture } from '../../core/doctor/doctor-capture.js';
import type { CaptureReport } from '../../core/doctor/judge/capture-report.js';
import { SerabutError } from '../../core/errors.js';
import { otherNumber, overwrite } from './bytes.js';
import type { Random } from './random.js';
import type { FuzzTarget, Outcome, Seed } from './target.js';

/** The reader of packet captures, with all that is concluded from them. */
export const target: FuzzTarget = { mutator: captureMutator, attempt, maxSeconds: 2, maxHeapMib: 256 };

/** The header of a pcap file, and that of a packet in it (draft-ietf-opsawg-pcap §4, §5). */
const header = 24;
const recordHeader = 16;

async function attempt(input: Uint8Array): Promise<Outcome> {
  let report: CaptureReport;
  try {
    report = await doctorCapture(inPieces(Buffer.from(input)));
  } catch (error) {
    if (error instanceof SerabutError && error.code === 'SERABUT_ERR_CAPTURE') return 'refused';
    throw error;
  }
  requireSound(report, input.length);
  return 'read';
}

function requireSound(report: CaptureReport, length: number): void {
  assert(report.packets <= length, `${report.packets} packets in ${length} bytes`);
  for (const line of captureText(report)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(line), JSON.stringify(line));
  }
  for (const { findings, result } of report.clients) {
    assert(result !== 'stopped' || findings.length > 0, 'a machine is stopped by nothing');
    for (const { packets } of findings) {
      assert(packets.length > 0 && packets.every((packet) => packet >= 1 && packet <= report.packets), `${packets}`);
    }
  }
}

async function* inPieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 4096) yield bytes.subarray(at, at + 4096);
}

/** Packets of all seeds in a new order, some left out, some changed; and now and then bytes of the file itself. */
export function captureMutator(seeds: readonly Seed[]): (random: Random) => Uint8Array {
  const files = seeds.map(({ bytes }) => ({ head: bytes.subarray(0, header), records: recordsOf(bytes) }));
  const all = files.flatMap(({ records }) => records);
  return (random) => {
    const file = random.pickOf(files);
    if (file === undefined) throw new Error('there is no capture to begin with');
    const records = file.records.flatMap((record) => {
      if (random.oneIn(12)) return [];
      const chosen = random.oneIn(20) ? (random.pickOf(all) ?? record) : record;
      return random.oneIn(4) ? [changed(chosen, random)] : [chosen];
    });
    const bytes = Buffer.concat([file.head, ...records]);
    if (random.oneIn(8)) bytes[random.below(bytes.length)] = random.below(256);
    return random.oneIn(10) ? bytes.subarray(0, random.below(bytes.length)) : bytes;
  };
}

function recordsOf(bytes: Uint8Array): Buffer[] {
  const buffer = Buffer.from(bytes);
  const records: Buffer[] = [];
  for (let at = header; at + recordHeader <= buffer.length; ) {
    const end = at + recordHeader + buffer.readUInt32LE(at + 8);
    records.push(buffer.subarray(at, end));
    at = end;
  }
  return records;
}

/** Bytes behind the record's header: another value, a stretch somewhere else, or fewer, which the header tells. */
function changed(record: Buffer, random: Random): Buffer {
  const copy = Buffer.from(record);
  const length = copy.length - recordHeader;
  if (length < 2) return copy;
  const at = recordHeader + random.below(length - 1);
  switch (random.below(4)) {
    case 0:
      copy.writeUInt16BE(otherNumber(copy.readUInt16BE(at), [length, 67, 68, 69, 4011], random) & 0xffff, at);
      return copy;
    case 1:
      overwrite(
        copy,
        { offset: at, length: 1 + random.below(32) },
        { offset: recordHeader + random.below(length), length: 8 },
      );
      return copy;
    case 2:
      copy.writeUInt32LE(at - recordHeader, 8);
      return copy.subarray(0, at);
    default:
      copy[at] = random.below(256);
      return copy;
  }
}
