import { SerabutError } from '../../core/errors.js';
import { indexVolume, type Volume } from '../../core/iso/volume.js';
import { requireSoundVolume } from '../fuzz/iso-invariants.js';
import { MemoryImage } from './memory-image.js';

/** What an attack cost. */
export interface Cost {
  /** Of this process, so that other ones do not count. */
  readonly seconds: number;
  readonly reads: number;
  readonly bytes: number;
  /** By how much memory grew at most, what could have been collected included. */
  readonly mib: number;
}

export type Attacked = { readonly cost: Cost } & (
  | { readonly volume: Volume; readonly error?: undefined }
  | { readonly volume?: undefined; readonly error: SerabutError }
);

/** Indexes a hostile image in memory; throws what is no SerabutError. What was read is checked as the fuzzer does. */
export async function attack(bytes: Uint8Array, size: number = bytes.length): Promise<Attacked> {
  const image = new WatchedImage(bytes, size);
  const started = process.cpuUsage();
  const volume = await indexVolume(image, image.identity).catch((error: unknown) => error as Error);
  const { user, system } = process.cpuUsage(started);
  image.look();
  const cost = { seconds: (user + system) / 1e6, reads: image.reads, bytes: image.bytesRead, mib: image.growth };
  if (volume instanceof SerabutError) return { error: volume, cost };
  if (volume instanceof Error) throw volume;
  requireSoundVolume(volume);
  return { volume, cost };
}

/** An image that looks at the memory of the process whenever it is read. */
class WatchedImage extends MemoryImage {
  readonly #before = memory();
  #most = 0;

  get growth(): number {
    return (this.#most - this.#before) / 2 ** 20;
  }

  look(): void {
    this.#most = Math.max(this.#most, memory());
  }

  override read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }> {
    this.look();
    return super.read(into, offset, length, position);
  }
}

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
