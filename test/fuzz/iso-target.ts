import { strict as assert } from 'node:assert';
import { SerabutError } from '../../core/errors.js';
import { indexVolume, type Volume } from '../../core/iso/volume.js';
import { MemoryImage } from '../helpers/memory-image.js';
import { requireSoundVolume } from './iso-invariants.js';
import { isoMutator } from './iso-mutate.js';
import type { FuzzTarget, Outcome } from './target.js';

/** The reader of ISO images. */
export const target: FuzzTarget = { mutator: isoMutator, attempt, maxSeconds: 2, maxHeapMib: 256 };

async function attempt(input: Uint8Array): Promise<Outcome> {
  const image = new MemoryImage(input);
  const volume = await refusable(indexVolume(image, image.identity));
  // The images are smaller than what the reader keeps of one in memory, so it reads no place of them twice.
  assert(image.bytesRead <= input.length, `${image.bytesRead} of ${input.length} bytes were read`);
  if (volume === undefined) return 'refused';
  requireSoundVolume(volume);
  return 'read';
}

/** Undefined where the image is refused by an error that is about images. */
async function refusable(indexing: Promise<Volume>): Promise<Volume | undefined> {
  try {
    return await indexing;
  } catch (error) {
    if (error instanceof SerabutError && /^SERABUT_ERR_ISO_/.test(error.code)) return undefined;
    throw error;
  }
}
