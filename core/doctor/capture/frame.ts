import { SerabutError } from '../../errors.js';

/** One recorded packet. */
export interface Frame {
  /** As Wireshark and tcpdump count: the first is 1. */
  readonly number: number;
  /** Seconds since 1970. */
  readonly time: number;
  /** What the bytes begin with: a LINKTYPE_ value of www.tcpdump.org/linktypes.html. */
  readonly linkType: number;
  /** What was kept of the packet; it may have been longer. */
  readonly bytes: Buffer;
}

/** Frames one after the other. `cut` is called when the file ends inside of one, as when tcpdump was killed. */
export type FrameSource = AsyncGenerator<Frame, void, undefined>;

/** What libpcap itself takes at most for a packet, in bytes (MAXIMUM_SNAPLEN in its pcap-int.h). */
export const longestFrame = 262_144;

export function notACapture(message: string): SerabutError {
  return new SerabutError('SERABUT_ERR_CAPTURE', message);
}
