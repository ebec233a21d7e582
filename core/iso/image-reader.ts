import { isSystemError } from '../http/byte-source.js';
import { damaged, unsupported } from './failures.js';
import { MAX_FETCHED_BYTES, MAX_READ_BYTES, MAX_READS } from './limits.js';

/** Directories lie next to each other in practice, so that one read of this size serves many of them. */
const WINDOW = 64 * 1024;
const WINDOWS_KEPT = 8;

/** What an image is read from: a FileHandle, or whatever reads like one. Fewer bytes than asked for may come; none is the end. */
export interface ReadableImage {
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
}

/**
 * Reads stretches of one image, each wholly inside the file, within a budget for the whole index. It counts what is asked
 * for, because a hostile image may ask for one block forever, and what is fetched, because it may ask for a byte here and
 * a byte there.
 */
export class ImageReader {
  readonly #image: ReadableImage;
  readonly #windows = new Map<number, Buffer>();
  #bytes = 0;
  #reads = 0;
  #fetched = 0;

  constructor(
    image: ReadableImage,
    readonly size: number,
  ) {
    this.#image = image;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const beyond = offset + length - this.size;
    if (beyond > 0) throw damaged(`${length} bytes at ${offset} end ${beyond} bytes beyond the end of the image`);
    this.#account(length);
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const position = offset + done;
      const window = await this.#window(Math.floor(position / WINDOW));
      done += window.copy(bytes, done, position % WINDOW);
    }
    return bytes;
  }

  #account(length: number): void {
    this.#bytes += length;
    this.#reads += 1;
    if (this.#bytes > MAX_READ_BYTES) throw unsupported(`its directories take more than ${MAX_READ_BYTES} bytes`);
    if (this.#reads > MAX_READS) throw unsupported(`its directories take more than ${MAX_READS} reads`);
  }

  async #window(index: number): Promise<Buffer> {
    const known = this.#windows.get(index);
    if (known !== undefined) return known;
    const length = Math.min(WINDOW, this.size - index * WINDOW);
    this.#fetched += length;
    if (this.#fetched > MAX_FETCHED_BYTES) throw unsupported('its directories are scattered all over the image');
    const window = await this.#fill(index * WINDOW, length);
    for (const oldest of this.#windows.keys()) {
      if (this.#windows.size < WINDOWS_KEPT) break;
      this.#windows.delete(oldest);
    }
    this.#windows.set(index, window);
    return window;
  }

  async #fill(offset: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.#image.read(bytes, done, length - done, offset + done).catch((cause: Error) => {
        // A disk or file server that fails says nothing about the image.
        if (isSystemError(cause)) throw cause;
        throw damaged(`cannot be read at ${offset + done}: ${cause.message}`, cause);
      });
      if (bytesRead === 0) throw damaged(`the file became shorter while it was read`);
      done += bytesRead;
    }
    return bytes;
  }
}
