/**
 * A number that stands twice, little-endian first (ECMA-119 §7.3.3). The two disagree in some images: the first counts,
 * unless it is beyond `limit` and the second is not.
 */
export function both32(bytes: Buffer, offset: number, limit = 0xffff_ffff): number {
  const little = bytes.readUInt32LE(offset);
  return little <= limit ? little : Math.min(little, bytes.readUInt32BE(offset + 4));
}

/** The same for 16 bits (ECMA-119 §7.2.3). */
export function both16(bytes: Buffer, offset: number): number {
  return bytes.readUInt16LE(offset) || bytes.readUInt16BE(offset + 2);
}
