import { open } from 'node:fs/promises';
import { SerabutError } from '../errors.js';
import { type FileIdentity, identityOf } from '../http/byte-source.js';
import { readDescriptors } from './descriptors.js';
import { ImageReader } from './reader.js';
import type { IsoDirectory } from './tree.js';
import { type Names, readTree } from './walk-directories.js';

/** An ISO file and where everything in it lies. Holds no open file. */
export interface Volume {
  readonly file: FileIdentity;
  readonly volumeId: string;
  readonly names: Names;
  readonly root: IsoDirectory;
}

/**
 * Opens an image, reads its directories and closes it. Rock Ridge is preferred to Joliet, Joliet to plain names: only
 * Rock Ridge knows symbolic links, and Joliet's names are cut at 64 or 103 characters.
 *
 * Throws SERABUT_ERR_ISO_DAMAGED (also for an image that is cut short), SERABUT_ERR_ISO_UNSUPPORTED, or
 * SERABUT_ERR_ISO_NOT_FOUND.
 */
export async function openVolume(path: string): Promise<Volume> {
  await using handle = await openFile(path);
  const file = identityOf(path, await handle.stat({ bigint: true }));
  const reader = new ImageReader(handle, file.size, path);
  const { primary, joliet } = await readDescriptors(reader);
  const tree = await readTree(primary, reader);
  const chosen = tree.names === 'plain' && joliet !== undefined ? await readTree(joliet, reader) : tree;
  return { file, volumeId: primary.volumeId, ...chosen };
}

async function openFile(path: string) {
  return open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new SerabutError('SERABUT_ERR_ISO_NOT_FOUND', `the ISO cannot be opened: ${cause.message}`, {
      where: path,
      cause,
    });
  });
}
