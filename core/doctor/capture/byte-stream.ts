/** Reads a stream of bytes piece by piece, of lengths that the reader chooses; holds one piece and one chunk at most. */
export class ByteStream {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes; undefined when the stream ends before so many. */
  async read(length: number): Promise<Buffer | undefined> {
    if (this.#rest.length < length && !(await this.#fill(length))) return undefined;
    const piece = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return piece;
  }

  /** Leaves bytes out without holding them; false when the stream ends before. */
  async skip(length: number): Promise<boolean> {
    let left = length;
    while (left > this.#rest.length) {
      left -= this.#rest.length;
      const next = await this.#chunks.next();
      if (next.done) return false;
      this.#rest = next.value;
    }
    this.#rest = this.#rest.subarray(left);
    return true;
  }

  /** Whether there is nothing more. */
  async isAtEnd(): Promise<boolean> {
    return this.#rest.length === 0 && !(await this.#fill(1));
  }

  async #fill(length: number): Promise<boolean> {
    const pieces = [this.#rest];
    for (let have = this.#rest.length; have < length; ) {
      const next = await this.#chunks.next();
      if (next.done) {
        this.#rest = Buffer.concat(pieces);
        return false;
      }
      pieces.push(next.value);
      have += next.value.length;
    }
    this.#rest = pieces.length === 1 ? this.#rest : Buffer.concat(pieces);
    return true;
  }
}
