/** Sizes of buffers in bytes; all are powers of two in between. */
export const smallestBuffer = 16 * 1024;
export const largestBuffer = 512 * 1024;

/** What one buffer may take of what is left of the budget. */
const share = 8;

/**
 * The memory of all transfers. Nobody ever waits for it: a buffer is as large as asked for while there is plenty, and
 * the smaller the less is left, so that clients that hold theirs for long leave some to those that come after them. The
 * smallest buffer is given even when nothing is left. In all: at most the budget, and a smallest buffer for each.
 */
export class BufferPool {
  readonly #budget: number;
  readonly #idle = new Map<number, Buffer[]>();
  #idleBytes = 0;
  #lentBytes = 0;

  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Bytes of all buffers that were taken and not yet given back. */
  get lentBytes(): number {
    return this.#lentBytes;
  }

  /** Bytes of the buffers that wait to be taken again. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** A buffer of about `wanted` bytes, or smaller. Its content is whatever it was. */
  take(wanted: number): Buffer {
    const left = Math.max(0, this.#budget - this.#lentBytes);
    const size = clamp(Math.min(powerAbove(wanted), powerBelow(left / share)));
    this.#lentBytes += size;
    const idle = this.#idle.get(size)?.pop();
    if (idle === undefined) {
      this.#trim();
      return Buffer.allocUnsafeSlow(size);
    }
    this.#idleBytes -= size;
    return idle;
  }

  /** Nobody may touch the buffer any more, nor may a write of it still be under way. */
  give(buffer: Buffer): void {
    const size = buffer.length;
    this.#lentBytes -= size;
    this.#idleBytes += size;
    const idle = this.#idle.get(size);
    if (idle === undefined) this.#idle.set(size, [buffer]);
    else idle.push(buffer);
    this.#trim();
  }

  /** Frees waiting buffers, of whatever size, until what is lent and what waits together are within the budget. */
  #trim(): void {
    if (this.#lentBytes + this.#idleBytes <= this.#budget) return;
    for (const [size, buffers] of this.#idle) {
      while (this.#lentBytes + this.#idleBytes > this.#budget) {
        const buffer = buffers.pop();
        if (buffer === undefined) break;
        this.#idleBytes -= size;
        free(buffer);
      }
    }
  }
}

/** Now, and not when the garbage collector comes by: a transferred array buffer of no length has no memory. */
function free({ buffer }: Buffer): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

function clamp(size: number): number {
  return Math.min(Math.max(size, smallestBuffer), largestBuffer);
}

function powerAbove(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(size, 1)));
}

function powerBelow(size: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(size, 1)));
}
