import type { FileHandle } from 'node:fs/promises';
import { SerabutError } from '../errors.js';

/** How many bytes the index of one image may take in all: directories, continuation areas, descriptors. */
const budget = 256 * 1024 * 1024;

/** Random access to an image, with an end and a budget that no image can make it overrun. */
export class ImageReader {
  #spent = 0;

  constructor(
    private readonly handle: FileHandle,
    /** Length of the image in bytes. */
    readonly size: number,
    private readonly path: string,
  ) {}

  /** Exactly `length` bytes at `offset`; SERABUT_ERR_ISO_DAMAGED when they are not all there. */
  async read(offset: number, length: number, what: string): Promise<Buffer> {
    this.requireInside(offset, length, what);
    this.#spent += length;
    if (this.#spent > budget) throw this.damaged(`its directories take more than ${budget} bytes`);
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.handle.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw this.damaged(`the file became shorter while ${what} was read`);
      done += bytesRead;
    }
    return bytes;
  }

  /** Throws when a stretch reaches beyond the end of the image, and says by how much. */
  requireInside(offset: number, length: number, what: string): void {
    const missing = offset + length - this.size;
    if (missing > 0) throw this.damaged(`it is cut short: ${what} ends ${missing} bytes behind the end of the file`);
  }

  damaged(message: string): SerabutError {
    return new SerabutError('SERABUT_ERR_ISO_DAMAGED', message, { where: this.path });
  }

  unsupported(message: string): SerabutError {
    return new SerabutError('SERABUT_ERR_ISO_UNSUPPORTED', message, { where: this.path });
  }
}
