import { strict as assert } from 'node:assert';
import type { FileIdentity } from '../../core/http/byte-source.js';
import type { ReadableImage } from '../../core/iso/image-reader.js';

/** An image in memory, which counts what is read of it and insists that no read leaves it. */
export class MemoryImage implements ReadableImage {
  reads = 0;
  bytesRead = 0;
  readonly identity: FileIdentity;

  /** `size` may be more than there are bytes; the rest is zero, and takes no memory. */
  constructor(
    private readonly bytes: Uint8Array,
    readonly size: number = bytes.length,
  ) {
    const unchanging = { device: 0n, inode: 0n, modifiedNs: 0n, changedNs: 0n };
    this.identity = { path: 'memory.iso', size, ...unchanging };
  }

  async read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }> {
    const inside = position >= 0 && length > 0 && position + length <= this.size;
    assert(inside, `a read of ${length} bytes at ${position} of ${this.size}`);
    this.reads += 1;
    this.bytesRead += length;
    const bytes = this.bytes.subarray(position, position + length);
    into.set(bytes, offset);
    into.fill(0, offset + bytes.length, offset + length);
    return { bytesRead: length };
  }
}
