/**
 * Numbers that look random and are the same for the same seeds, on any machine: xoshiro128** by Blackman and Vigna, its
 * state filled by splitmix32 from all seeds, so that (1, 2) and (2, 1) have nothing in common.
 */
export class Random {
  readonly #state = new Uint32Array(4);

  constructor(...seeds: readonly number[]) {
    let mixed = 0x9e3779b9;
    for (const seed of [...seeds, 0, 0, 0, 0].map((seed) => seed >>> 0)) {
      mixed = scramble((mixed ^ seed) + 0x9e3779b9);
      this.#state.set([this.#state[1] ?? 0, this.#state[2] ?? 0, this.#state[3] ?? 0, mixed]);
    }
  }

  /** A whole number from 0 up to 2^32 - 1. */
  uint32(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#state;
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const [third, fourth] = [c ^ a, d ^ b];
    this.#state.set([a ^ fourth, b ^ third, third ^ (b << 9), rotate(fourth, 11)]);
    return result;
  }

  /** A whole number from 0 up to, not including, `limit`, which is at most 2^32. */
  below(limit: number): number {
    return Math.floor((this.uint32() / 2 ** 32) * limit);
  }

  /** True once in so many times. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  /** One of a list that may be empty. */
  pickOf<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length; at += 1) bytes[at] = this.below(256);
    return bytes;
  }
}

/** The finalizer of MurmurHash3. */
function scramble(value: number): number {
  const half = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const whole = Math.imul(half ^ (half >>> 13), 0xc2b2ae35);
  return (whole ^ (whole >>> 16)) >>> 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
