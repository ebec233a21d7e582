import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { Image } from '../iso/write/image.js';
import type { Listing } from './listing.js';
import { listingImage } from './listing-image.js';

/**
 * Writes the ISO of a listing: a true image in which the listed texts are real and all other files zero bytes. It is as
 * long as its files say and takes next to no room, because what is zero is never written.
 */
export async function writeListingIso(listing: Listing, path: string): Promise<void> {
  const image = listingImage(listing);
  // Under a name of its own first, since whoever finds the ISO must find all of it.
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeSparse(image, temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeSparse({ length, parts }: Image, path: string): Promise<void> {
  await using file = await open(path, 'wx');
  await file.truncate(length);
  for (const { offset, bytes } of parts) await file.write(bytes, 0, bytes.length, offset);
}
