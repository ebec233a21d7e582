import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Throttle } from './throttle.js';

export type StrongAlgorithm = 'sha256' | 'sha512';

/** In lower-case hexadecimal digits; SHA-512 only where it was asked for. */
export interface Digests {
  readonly sha256: string;
  readonly sha512?: string;
}

/** Hashes of one stream of bytes: SHA-256, by which files are known here, and SHA-512 for a list that has no other. */
export class Digester {
  readonly #sha256 = createHash('sha256');
  readonly #sha512: Hash | undefined;

  constructor(algorithm: StrongAlgorithm = 'sha256') {
    this.#sha512 = algorithm === 'sha512' ? createHash('sha512') : undefined;
  }

  update(bytes: Uint8Array): void {
    this.#sha256.update(bytes);
    this.#sha512?.update(bytes);
  }

  /** Ends it. */
  digests(): Digests {
    const sha256 = this.#sha256.digest('hex');
    return this.#sha512 === undefined ? { sha256 } : { sha256, sha512: this.#sha512.digest('hex') };
  }
}

/** Reads a file, or its beginning of `length` bytes, into a digester; returns how many bytes there were. */
export async function digestFile(
  path: string,
  into: Digester,
  { signal, throttle, length }: { signal: AbortSignal; throttle?: Throttle; length?: number },
): Promise<number> {
  if (length === 0) return 0;
  const end = length === undefined ? {} : { end: length - 1 };
  let read = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, signal, ...end })) {
    into.update(chunk);
    read += chunk.length;
    await throttle?.took(chunk.length, signal);
  }
  return read;
}
