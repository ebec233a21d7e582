import { connect, type Socket } from 'node:net';

/** Something that a machine must not get. */
export class Wrong extends Error {
  override readonly name = 'Wrong';
}

/** Memory into which all bodies are read one after the other. */
const buffer = Buffer.alloc(256 * 1024);
/** How many bytes of each piece are compared with what they should be: enough to see that it is in its place. */
const looked = 64;
const headEnd = Buffer.from('\r\n\r\n');
/** What a client waits for the next byte, in milliseconds; it then takes the connection for lost. */
const silenceMs = 120_000;
const tickMs = 50;

export interface BodyOptions {
  readonly localAddress: string;
  /** All that is to come. */
  readonly expected: Uint8Array;
  /** At most; by default what the way there and the two ends can. */
  readonly bytesPerSecond?: number | undefined;
}

const waiting = new Set<() => void>();
let ticking: NodeJS.Timeout | undefined;

/**
 * Takes a body by a socket of its own and throws it away. Throws {@link Wrong} when status, length or a piece of it is
 * not as expected, and other errors when there was no connection or it was lost.
 */
export function takeBody(url: URL, options: BodyOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    new Body(url, options, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

class Body {
  readonly #url: URL;
  readonly #options: BodyOptions;
  readonly #ended: (error?: Error) => void;
  readonly #socket: Socket;
  #began = 0;
  #head: Buffer | undefined = Buffer.alloc(0);
  #got = 0;

  constructor(url: URL, options: BodyOptions, ended: (error?: Error) => void) {
    this.#url = url;
    this.#options = options;
    this.#ended = ended;
    const callback = (length: number): boolean => this.#take(buffer.subarray(0, length));
    const to = { port: Number(url.port), host: url.hostname, localAddress: options.localAddress };
    this.#socket = connect({ ...to, onread: { buffer, callback } });
    this.#socket.setTimeout(silenceMs, () => this.#end(new Error(`nothing of ${url.pathname} for ${silenceMs} ms`)));
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('close', () => this.#end(new Error(`${url.pathname} ended after ${this.#got} bytes`)));
    this.#socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: close\r\n\r\n`);
    this.#began = performance.now();
  }

  /** Whether the socket shall go on. */
  #take(bytes: Buffer): boolean {
    try {
      const body = this.#head === undefined ? bytes : this.#afterHead(bytes);
      this.#compare(body);
    } catch (error) {
      this.#end(error as Error);
      return false;
    }
    if (this.#head === undefined && this.#got === this.#options.expected.length) this.#end();
    if (!this.#isAhead()) return true;
    waiting.add(this.#resume);
    ticking ??= setInterval(tick, tickMs);
    return false;
  }

  /** What of the first bytes belongs to the body already. */
  #afterHead(bytes: Buffer): Buffer {
    const head = Buffer.concat([this.#head ?? Buffer.alloc(0), bytes]);
    const end = head.indexOf(headEnd);
    if (end < 0) {
      this.#head = head;
      return Buffer.alloc(0);
    }
    this.#head = undefined;
    const text = head.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1]);
    if (!text.startsWith('HTTP/1.1 200 ') || length !== this.#options.expected.length) {
      throw new Wrong(`${this.#url.pathname} of ${this.#options.expected.length} bytes was answered with ${text}`);
    }
    return head.subarray(end + headEnd.length);
  }

  #compare(bytes: Buffer): void {
    const { expected } = this.#options;
    const end = this.#got + Math.min(bytes.length, looked);
    if (bytes.compare(expected, this.#got, Math.min(end, expected.length), 0, end - this.#got) !== 0) {
      throw new Wrong(`${this.#url.pathname} has other bytes at ${this.#got} than it should`);
    }
    this.#got += bytes.length;
    if (this.#got > expected.length) throw new Wrong(`${this.#url.pathname} has more than ${expected.length} bytes`);
  }

  #isAhead(): boolean {
    const { bytesPerSecond } = this.#options;
    if (bytesPerSecond === undefined) return false;
    return this.#got > (bytesPerSecond * (performance.now() - this.#began)) / 1000;
  }

  #end(error?: Error): void {
    waiting.delete(this.#resume);
    this.#socket.destroy();
    this.#ended(error);
  }

  readonly #resume = (): void => {
    if (this.#socket.destroyed) waiting.delete(this.#resume);
    if (this.#isAhead()) return;
    waiting.delete(this.#resume);
    this.#socket.resume();
  };
}

function tick(): void {
  for (const resume of waiting) resume();
  if (waiting.size > 0) return;
  clearInterval(ticking);
  ticking = undefined;
}
