import type { Frame } from '../capture/frame.js';

/** What a frame carries. */
export interface LinkPayload {
  readonly etherType: number;
  /** The MAC address that the frame came from; empty where it was not recorded. */
  readonly from: string;
  readonly payload: Buffer;
}

/** Kinds of frames (www.tcpdump.org/linktypes.html); `any` as an interface of tcpdump's gives the cooked ones. */
const linkType = { ethernet: 1, cooked: 113, cooked2: 276 } as const;

/** 802.1Q, 802.1ad, and what was used before the latter. */
const vlanTags = new Set([0x8100, 0x88a8, 0x9100]);

/** Tags that are looked behind. */
const mostTags = 4;

/** Undefined for frames of other networks, and for those of which too little was kept. */
export function linkPayload({ linkType: kind, bytes }: Frame): LinkPayload | undefined {
  switch (kind) {
    case linkType.ethernet:
      return bytes.length < 14 ? undefined : untagged(bytes, 12, macOf(bytes, 6));
    case linkType.cooked: // LINKTYPE_LINUX_SLL: length of the address at 4, address at 6, protocol at 14.
      return bytes.length < 16 ? undefined : untagged(bytes, 14, cookedMac(bytes, bytes.readUInt16BE(4), 6));
    case linkType.cooked2: // LINKTYPE_LINUX_SLL2: protocol at 0, length of the address at 11, address at 12.
      if (bytes.length < 20) return undefined;
      return behindTags(bytes, bytes.readUInt16BE(0), 20, cookedMac(bytes, bytes[11] ?? 0, 12));
    default:
      return undefined;
  }
}

function untagged(bytes: Buffer, typeAt: number, from: string): LinkPayload | undefined {
  return behindTags(bytes, bytes.readUInt16BE(typeAt), typeAt + 2, from);
}

/** A VLAN tag is two bytes for the network, and then the type of what follows (IEEE 802.1Q §9.6). */
function behindTags(bytes: Buffer, etherType: number, start: number, from: string): LinkPayload | undefined {
  let [type, at] = [etherType, start];
  for (let tags = 0; vlanTags.has(type); tags++, at += 4) {
    if (tags === mostTags || bytes.length < at + 4) return undefined;
    type = bytes.readUInt16BE(at + 2);
  }
  return { etherType: type, from, payload: bytes.subarray(at) };
}

function cookedMac(bytes: Buffer, length: number, at: number): string {
  return length === 6 ? macOf(bytes, at) : '';
}

/** Six bytes as 52:54:00:88:00:01. */
export function macOf(bytes: Buffer, at: number): string {
  return bytes.toString('hex', at, at + 6).replace(/(..)(?=.)/g, '$1:');
}
