import { statfs } from 'node:fs/promises';
import { SerabutError } from '../errors.js';

/** How many bytes the file system of a directory has for this process. */
export type FreeBytes = (directory: string) => Promise<number>;

export const freeBytes: FreeBytes = async (directory) => {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
};

/** What a download leaves free, in bytes: for indexes, states and logs on the same volume. */
export const SPARE_BYTES = 128 * 1000 * 1000;

/** Throws SERABUT_ERR_IMAGE_SPACE when so many bytes more would leave less than the spare ones. */
export async function requireSpace(directory: string, needed: number, free: FreeBytes): Promise<void> {
  const there = await free(directory);
  if (there >= needed + SPARE_BYTES) return;
  const message = `${megabytes(needed)} are needed and ${megabytes(SPARE_BYTES)} to spare, but ${megabytes(there)} are free`;
  throw new SerabutError('SERABUT_ERR_IMAGE_SPACE', message, { where: directory, retryAfter: 60 });
}

/** In units of 10^6 bytes, as disks have it. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`;
}
