import type { Random } from './random.js';

/** Numbers at which something changes: in size, in sign, in what a field or a sector holds. */
const EDGES = [
  0, 1, 2, 3, 4, 5, 7, 8, 14, 16, 28, 31, 32, 33, 34, 64, 127, 128, 250, 254, 255, 256, 511, 512, 1024, 2047, 2048,
  2049, 4095, 4096, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x10000, 0x100000, 0x1ffffff, 0x2000000, 0x2000001, 0x7fffffff,
  0x80000000, 0xfffff800, 0xfffffffe, 0xffffffff,
] as const;

/** Another number in the place of `value`: near it, at an edge, one that is used elsewhere, or any. */
export function otherNumber(value: number, elsewhere: readonly number[], random: Random): number {
  switch (random.below(6)) {
    case 0:
      return value + random.below(9) - 4;
    case 1:
      return value ^ (1 << random.below(32));
    case 2:
      return random.uint32() >>> random.below(32);
    case 3:
      return random.pick(EDGES);
    default:
      return (random.pickOf(elsewhere) ?? value) + (random.oneIn(4) ? random.below(3) - 1 : 0);
  }
}

/** Overwrites a stretch with the bytes of another one of the same input, as many as both have. */
export function overwrite(bytes: Buffer, from: { offset: number; length: number }, to: typeof from): void {
  const length = Math.min(from.length, to.length);
  bytes.copyWithin(to.offset, from.offset, from.offset + length);
}

/** Bytes of a name: one that means something to a path, or any. */
export function spoilText(text: Buffer, random: Random): void {
  const at = random.below(text.length);
  switch (random.below(5)) {
    case 0:
      text.fill(random.pick(['/', '\0', '.', ';', '\xff', ' ', '\ud800']));
      break;
    case 1:
      text.set(random.bytes(Math.min(text.length, 4)));
      break;
    default:
      text[at] = random.oneIn(2)
        ? random.below(256)
        : random.pick([0, 1, 0x2e, 0x2f, 0x3b, 0x5c, 0x7f, 0x80, 0xc3, 0xff]);
  }
}
