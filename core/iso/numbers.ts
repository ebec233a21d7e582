/**
 * ECMA-119 §7.2.3 and §7.3.3: a number recorded twice, little-endian and then big-endian. The two disagree in images of
 * careless programs, nearly always with a wrong big-endian one. So the big-endian one counts only if the other is out of
 * range, and if both are, the little-endian one is what the error message shall show.
 */
export function bothEndian32(bytes: Buffer, offset: number, inRange: (value: number) => boolean = () => true): number {
  return choose(bytes.readUInt32LE(offset), bytes.readUInt32BE(offset + 4), inRange);
}

export function bothEndian16(bytes: Buffer, offset: number, inRange: (value: number) => boolean): number {
  return choose(bytes.readUInt16LE(offset), bytes.readUInt16BE(offset + 2), inRange);
}

function choose(little: number, big: number, inRange: (value: number) => boolean): number {
  return !inRange(little) && inRange(big) ? big : little;
}
