/** Thrown where bytes are asked for that do not come. */
export class CutShort extends Error {}

/** Reads bytes that come in pieces, without keeping more of them than are looked at. */
export class ByteReader {
  #held: Buffer = Buffer.alloc(0);
  #offset = 0;
  readonly #source: AsyncIterator<Uint8Array>;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** How many bytes were taken. */
  get offset(): number {
    return this.#offset;
  }

  /** The next bytes, which stay; fewer at the end. */
  async peek(length: number): Promise<Buffer> {
    while (this.#held.length < length && (await this.#more()));
    return this.#held.subarray(0, length);
  }

  async take(length: number): Promise<Buffer> {
    const bytes = await this.peek(length);
    if (bytes.length < length) throw new CutShort();
    return this.#taken(length);
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      const { length: got } = await this.takeSome(left);
      if (got === 0) throw new CutShort();
      left -= got;
    }
  }

  /** What is there at once, at most so much; empty at the end. */
  async takeSome(most = Number.POSITIVE_INFINITY): Promise<Buffer> {
    if (this.#held.length === 0) await this.#more();
    return this.#taken(Math.min(most, this.#held.length));
  }

  /** Puts bytes back that were just taken. */
  putBack(bytes: Buffer): void {
    this.#offset -= bytes.length;
    this.#held = Buffer.concat([bytes, this.#held]);
  }

  #taken(length: number): Buffer {
    const bytes = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    this.#offset += length;
    return bytes;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#source.next();
    if (done) return false;
    this.#held = this.#held.length === 0 ? Buffer.from(value) : Buffer.concat([this.#held, value]);
    return true;
  }
}
