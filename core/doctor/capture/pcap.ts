import type { ByteStream } from './byte-stream.js';
import { type FrameSource, longestFrame, notACapture } from './frame.js';

/** Magic numbers with the fractions of a second that the time stamps count (draft-ietf-opsawg-pcap §4). */
const magics = new Map([
  [0xa1b2c3d4, 1e6],
  [0xa1b23c4d, 1e9],
]);

const headerLength = 24;
const recordHeaderLength = 16;

/** Whether a file that begins with these four bytes is a pcap file. */
export function isPcap(magic: Buffer): boolean {
  return magics.has(magic.readUInt32LE(0)) || magics.has(magic.readUInt32BE(0));
}

/** The packets of a pcap file, whose first four bytes have been read. Throws SERABUT_ERR_CAPTURE. */
export async function* pcapFrames(magic: Buffer, stream: ByteStream, cut: () => void): FrameSource {
  const isLittle = magics.has(magic.readUInt32LE(0));
  const number32 = (bytes: Buffer, at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const unit = magics.get(number32(magic, 0)) ?? 1e6;
  const header = await stream.read(headerLength - magic.length);
  if (header === undefined) throw notACapture('the file ends inside of its header');
  // The upper bits say whether frames end with a checksum, which nothing here reads.
  const linkType = number32(header, 16) & 0xffff;
  for (let number = 1; !(await stream.isAtEnd()); number++) {
    const record = await stream.read(recordHeaderLength);
    if (record === undefined) return cut();
    const length = number32(record, 8);
    if (length > longestFrame)
      throw notACapture(`packet ${number} claims to have ${length} bytes: the file is damaged`);
    const bytes = await stream.read(length);
    if (bytes === undefined) return cut();
    yield { number, time: number32(record, 0) + number32(record, 4) / unit, linkType, bytes };
  }
}
