import type { FileHandle } from 'node:fs/promises';

/** Bytes that are written at once: each write is a way to another thread and back. */
const WRITE_BYTES = 1024 * 1024;

/** Appends pieces to a file in large writes; while one is on its way, the next is gathered. */
export class PartWriter {
  #gathered: Buffer[] = [];
  #bytes = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(private readonly file: FileHandle) {}

  /** Throws what an earlier write failed with. */
  async add(piece: Buffer): Promise<void> {
    this.#gathered.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= WRITE_BYTES) await this.#write();
  }

  /** Resolves when all is written. */
  async end(): Promise<void> {
    await this.#write();
    await this.#writing;
  }

  async #write(): Promise<void> {
    await this.#writing;
    const bytes = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#bytes = 0;
    this.#writing = this.file.appendFile(bytes);
    this.#writing.catch(() => {}); // It is met by whoever waits for it.
  }
}
