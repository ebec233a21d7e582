import { statfs } from 'node:fs/promises';
import { SerabutError } from '../errors.js';

/** In per cent: Squid's index, and files that are still being written, come on top of what it counts as the cache. */
const headroom = 10;

const megabyte = 1024 * 1024;

/** Throws SERABUT_ERR_CACHE_SPACE when the file system below a directory is too small for a cache of that size. */
export async function checkCacheSpace(directory: string, megabytes: number): Promise<void> {
  const { bsize, blocks } = await statfs(directory).catch((cause: NodeJS.ErrnoException) => {
    throw new SerabutError('SERABUT_ERR_CACHE_SPACE', `it cannot be used: ${cause.message}`, {
      where: directory,
      cause,
    });
  });
  const size = Math.floor((bsize * blocks) / megabyte);
  const wanted = Math.ceil((megabytes * (100 + headroom)) / 100);
  if (size >= wanted) return;
  const message = `the volume has ${size} MB, and a cache of ${megabytes} MB wants ${wanted} MB`;
  throw new SerabutError('SERABUT_ERR_CACHE_SPACE', message, { where: directory });
}
