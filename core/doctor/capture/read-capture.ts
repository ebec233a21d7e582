import { ByteStream } from './byte-stream.js';
import { type FrameSource, notACapture } from './frame.js';
import { isPcap, pcapFrames } from './pcap.js';
import { isPcapng, pcapngFrames } from './pcapng.js';

/**
 * The packets of a capture, pcap or pcapng, as they are read. `cut` is called when the file ends inside of a packet, as
 * one does that is still being written. Throws SERABUT_ERR_CAPTURE where the bytes are no capture.
 */
export async function* readCapture(chunks: AsyncIterable<Buffer>, cut: () => void): FrameSource {
  const stream = new ByteStream(chunks);
  const magic = await stream.read(4);
  if (magic === undefined) throw notACapture('the file is empty, or too short for a capture');
  if (isPcapng(magic)) yield* pcapngFrames(magic, stream, cut);
  else if (isPcap(magic)) yield* pcapFrames(magic, stream, cut);
  else throw notACapture(`the file begins with ${magic.toString('hex')}, and not as pcap or pcapng does`);
}
