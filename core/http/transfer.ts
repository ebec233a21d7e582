import { once } from 'node:events';
import { read } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { type BufferPool, largestBuffer } from './buffer-pool.js';
import { type ByteSource, changed, type Segment } from './byte-source.js';
import type { OpenFiles } from './file-handles.js';
import { Pace } from './pace.js';
import type { Turns } from './turns.js';

type FileSegment = Extract<Segment, { kind: 'file' }>;

const zeros = Buffer.alloc(64 * 1024);

export interface TransferOptions {
  readonly buffers: BufferPool;
  /** Few read at once, so that few hold buffers that are not yet filled. */
  readonly turns: Turns;
  /** For how long a client may take nothing before it is cut off. */
  readonly stallMs: number;
}

/**
 * One body on its way into one response. At most two pieces are in memory: one with the socket, and for a fast client
 * one that is read meanwhile. No stream of Node's is involved: a write's callback is all the back-pressure there is.
 * Hundreds of clients make thousands of pieces a second, so few promises are made for each.
 */
export class Transfer {
  readonly #response: ServerResponse;
  readonly #files: OpenFiles;
  readonly #options: TransferOptions;
  readonly #pace = new Pace();
  /** Buffers that are being filled or lie with the socket. */
  readonly #lent: Buffer[] = [];
  #inFlight = 0;
  #lastTaken = 0;
  #remaining = 0;
  #closed: boolean;
  #stall: NodeJS.Timeout | undefined;
  #isStalled = false;
  #wake: () => void = () => {};

  constructor(response: ServerResponse, files: OpenFiles, options: TransferOptions) {
    this.#response = response;
    this.#files = files;
    this.#options = options;
    this.#closed = response.destroyed;
  }

  /**
   * Resolves when all is with the system or the client has gone; rejects after cutting the response off. By then every
   * buffer is back in the pool.
   */
  async run(source: ByteSource): Promise<void> {
    // After an abort a write's callback may never come: 'close' must wake the loop as well.
    this.#response.once('close', this.#onClose);
    this.#stall = setTimeout(this.#onStall, this.#options.stallMs);
    try {
      this.#remaining = source.length;
      for (const segment of source.segments) await this.#send(segment);
      while (this.#inFlight > 0 && !this.#closed) await this.#somethingTaken();
      if (!this.#closed) await this.#end();
      if (this.#isStalled) throw new Error(`the client took nothing for ${this.#options.stallMs / 1000} s`);
    } catch (error) {
      this.#response.destroy();
      throw error;
    } finally {
      await this.#free();
    }
  }

  async #send(segment: Segment): Promise<void> {
    for (let done = 0; done < segment.length && !this.#closed; ) {
      const bytes = segment.kind === 'file' ? await this.#read(segment, done) : inMemory(segment, done);
      done += bytes.length;
      this.#remaining -= bytes.length;
      // The client takes a body that has its full length for whole, so the last bytes wait for this.
      if (this.#remaining === 0) await this.#files.requireUnchanged();
      if (!this.#closed) this.#hand(bytes);
      while (this.#inFlight > (this.#pace.readsAhead ? 1 : 0) && !this.#closed) await this.#somethingTaken();
    }
  }

  /** The next bytes of a file, in a buffer of the pool. */
  #read(segment: FileSegment, done: number): Promise<Uint8Array> {
    const { turns } = this.#options;
    return new Promise((resolve, reject) => {
      turns.ask(() => {
        this.#fill(segment, done, (error, bytes) => {
          turns.over();
          if (error !== null) reject(error);
          else resolve(bytes);
        });
      });
    });
  }

  #fill({ file, offset, length }: FileSegment, done: number, filled: (error: unknown, bytes: Buffer) => void): void {
    const fd = this.#files.fd(file);
    if (fd === undefined || this.#closed) {
      filled(this.#closed ? null : changed(file), zeros.subarray(0, 0));
      return;
    }
    const buffer = this.#options.buffers.take(Math.min(this.#pace.piece, length - done));
    this.#lent.push(buffer);
    const wanted = Math.min(buffer.length, length - done);
    read(fd, buffer, 0, wanted, offset + done, (error, got) => {
      filled(error ?? (got === 0 ? changed(file) : null), got === buffer.length ? buffer : buffer.subarray(0, got));
    });
  }

  #hand(bytes: Uint8Array): void {
    const handed = performance.now();
    this.#inFlight += 1;
    this.#response.write(bytes, () => this.#taken(bytes, handed));
  }

  #taken(bytes: Uint8Array, handed: number): void {
    const now = performance.now();
    this.#pace.took(bytes.length, now - Math.max(handed, this.#lastTaken));
    this.#lastTaken = now;
    this.#inFlight -= 1;
    this.#giveBack(this.#lent.findIndex(({ buffer }) => buffer === bytes.buffer));
    this.#stall?.refresh();
    this.#wake();
  }

  /** Until a piece was taken, or the connection is closed. */
  #somethingTaken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #end(): Promise<void> {
    this.#response.end();
    if (this.#response.writableFinished) return;
    await Promise.race([once(this.#response, 'finish'), once(this.#response, 'close')]);
  }

  /** What is with a socket may be read by the system until that is closed. */
  async #free(): Promise<void> {
    clearTimeout(this.#stall);
    if (this.#inFlight > 0 && !this.#closed) await once(this.#response, 'close');
    this.#response.off('close', this.#onClose);
    while (this.#lent.length > 0) this.#giveBack(0);
  }

  #giveBack(index: number): void {
    const [buffer] = index < 0 ? [] : this.#lent.splice(index, 1);
    if (buffer !== undefined) this.#options.buffers.give(buffer);
  }

  readonly #onClose = (): void => {
    this.#closed = true;
    this.#wake();
  };

  readonly #onStall = (): void => {
    this.#isStalled = this.#inFlight > 0;
    if (this.#isStalled) this.#response.destroy();
    // Waiting for a disk is not the client's fault.
    else this.#stall?.refresh();
  };
}

function inMemory(segment: Exclude<Segment, FileSegment>, done: number): Uint8Array {
  if (segment.kind === 'zeros') return zeros.subarray(0, segment.length - done);
  return segment.bytes.subarray(done, Math.min(done + largestBuffer, segment.length));
}
