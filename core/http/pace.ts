import { largestBuffer, smallestBuffer } from './buffer-pool.js';

/** A piece that is with the socket for longer than this found it full. */
const fullMs = 5;

/**
 * How much of a body one client is handed at once. A piece for which the socket has room leaves memory at once; what
 * finds it full stays until the client has taken it, and with a slow client that is long. The system says that a socket
 * has room again only when a good part of its buffer is empty (a third, on Linux), and so much in a row goes through at
 * once. So: large pieces for about as much as went through the last time, then smallest ones until one has to wait.
 * What goes through beyond that makes the pieces grow again, until a fast client, whose socket is never full for long,
 * has the largest all the time.
 */
export class Pace {
  /** What went through between two waits the last time, and the less of that and the time before; in bytes. */
  #last = Number.POSITIVE_INFINITY;
  #room = 0;
  /** What has gone through since the last wait. */
  #through = 0;

  /** `bytes` were with the socket for so long. */
  took(bytes: number, ms: number): void {
    this.#through += bytes;
    if (ms < fullMs) return;
    this.#room = Math.min(this.#last, this.#through);
    this.#last = this.#through;
    this.#through = 0;
  }

  /** Bytes to hand over next. */
  get piece(): number {
    const surelyFits = this.#room * 0.9 - this.#through;
    const growth = this.#beyond / 4;
    const piece = 2 ** Math.floor(Math.log2(Math.max(surelyFits, growth, 1)));
    return Math.min(Math.max(piece, smallestBuffer), largestBuffer);
  }

  /** Whether to read a piece while one is with the socket. A slow client has the socket's buffer to take from meanwhile. */
  get readsAhead(): boolean {
    return this.#beyond >= largestBuffer;
  }

  get #beyond(): number {
    return this.#through - this.#room;
  }
}
