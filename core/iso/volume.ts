import { type FileHandle, open, stat } from 'node:fs/promises';
import { asSerabutError, SerabutError } from '../errors.js';
import { changed, type FileIdentity, identityOf, isSystemError, sameFile, unreadable } from '../http/byte-source.js';
import { readBootImages } from './boot/boot-images.js';
import { TreeBuilder } from './build-tree.js';
import { type DirectoryRecord, extentOf, parseDirectoryRecord } from './directory-record.js';
import { damaged, udfOnly, unsupported } from './failures.js';
import { ImageReader, type ReadableImage } from './image-reader.js';
import { MAX_MISSING_PADDING, SECTOR } from './limits.js';
import { enhancedName, jolietName, plainName } from './names.js';
import { describeByRockRidge, rockRidgeSkip } from './rock-ridge.js';
import type { IsoDirectory } from './tree.js';
import {
  parseVolumeDescriptor,
  readVolumeDescriptors,
  type VolumeDescriptor,
  type VolumeDescriptors,
} from './volume-descriptors.js';

/** An image that was read: which file it was, and what it contains. Holds no open file. */
export interface Volume {
  readonly file: FileIdentity;
  readonly volumeId: string;
  readonly names: 'rock-ridge' | 'joliet' | 'enhanced' | 'plain';
  /** What the ISO 9660 volume holds, and nothing else. */
  readonly root: IsoDirectory;
  /** What `.boot` is, unless the volume has an entry of that name: the boot images, and the files in them. */
  readonly boot: IsoDirectory | undefined;
  /** What is wrong with the boot images, a sentence each; the rest of the image can be read all the same. */
  readonly notes: readonly string[];
  /** Files of the volume only; directories and symbolic links are not counted, nor what is below `.boot`. */
  readonly fileCount: number;
}

type Contents = Pick<Volume, 'names' | 'root' | 'fileCount'>;

/** Indexes an image. Throws nothing but a SerabutError; SERABUT_ERR_FILE_CHANGED if the file changed meanwhile. */
export async function openVolume(path: string): Promise<Volume> {
  try {
    await using handle = await openRegularFile(path);
    const file = identityOf(path, await handle.stat({ bigint: true }));
    const indexed = await indexVolume(handle, file).catch((error: unknown) => error);
    if (!sameFile(file, identityOf(path, await handle.stat({ bigint: true })))) throw changed(file);
    if (indexed instanceof Error) throw indexed;
    return indexed as Volume;
  } catch (thrown) {
    throw located(thrown, path);
  }
}

/** Opening a named pipe would wait for someone who writes into it, so the kind of file is looked at first. */
async function openRegularFile(path: string): Promise<FileHandle> {
  if (!(await stat(path)).isFile()) throw unsupported('not a regular file');
  return open(path);
}

/** Indexes what was opened already. `file` says how long the image is, and becomes the identity of the volume. */
export async function indexVolume(image: ReadableImage, file: FileIdentity): Promise<Volume> {
  const reader = new ImageReader(image, file.size);
  const descriptors = await readVolumeDescriptors(reader);
  const { volumeId, volumeSize } = descriptors.primary;
  const missing = volumeSize - file.size;
  if (missing > MAX_MISSING_PADDING) {
    throw damaged(`the image is truncated: ${missing} of ${volumeSize} bytes are missing`);
  }
  const contents = await readContents(reader, descriptors);
  if (descriptors.udf && isPlaceholder(contents.root)) {
    throw udfOnly('the files of this image are in UDF only; its ISO 9660 side holds no more than a note that says so');
  }
  const bootImages = await readBootImages(reader, descriptors.bootCatalog, contents.root);
  return { file, volumeId, ...contents, ...bootImages };
}

/** Rock Ridge has names, links and times as they were; Joliet and enhanced descriptors names only; plain ones are always there. */
async function readContents(reader: ImageReader, descriptors: VolumeDescriptors): Promise<Contents> {
  const { primary } = descriptors;
  const { blockSize } = primary;
  const skip = await rockRidgeSkip(await selfRecord(reader, primary), { reader, blockSize, skip: 0 });
  if (skip !== undefined) {
    const context = { reader, blockSize, skip };
    const builder = new TreeBuilder(reader, blockSize, (record) => describeByRockRidge(record, context));
    return read('rock-ridge', builder, primary);
  }
  const { names, volume, nameOf } = bestNamed(descriptors, reader.size);
  const builder = new TreeBuilder(reader, volume.blockSize, (record) => describe(record, nameOf(record.identifier)));
  return read(names, builder, volume);
}

function bestNamed({ primary, joliet, enhanced }: VolumeDescriptors, fileSize: number) {
  const parsed = (bytes: Buffer) => parseVolumeDescriptor(bytes, fileSize);
  if (joliet !== undefined) return { names: 'joliet', volume: parsed(joliet), nameOf: jolietName } as const;
  if (enhanced !== undefined) return { names: 'enhanced', volume: parsed(enhanced), nameOf: enhancedName } as const;
  return { names: 'plain', volume: primary, nameOf: plainName } as const;
}

async function read(names: Volume['names'], builder: TreeBuilder, { root }: VolumeDescriptor): Promise<Contents> {
  return { names, root: await builder.root(root), fileCount: builder.fileCount };
}

function describe({ modified, isDirectory }: DirectoryRecord, name: string) {
  return { name, modified, kind: isDirectory ? 'directory' : 'file' } as const;
}

/** The root's record of itself, which, unlike the one in the volume descriptor, has a system use field. */
async function selfRecord(reader: ImageReader, { root, blockSize }: VolumeDescriptor): Promise<DirectoryRecord> {
  const geometry = { blockSize, fileSize: reader.size };
  const { offset, length } = extentOf(root, geometry, '/');
  if (length === 0) throw damaged('the root directory is empty');
  return parseDirectoryRecord(await reader.read(offset, Math.min(length, SECTOR - (offset % SECTOR))), geometry);
}

/** Windows media: a UDF file system, and beside it an ISO 9660 one with a single text file. */
function isPlaceholder({ children }: IsoDirectory): boolean {
  return children.size === 0 || (children.size === 1 && [...children.keys()][0]?.toLowerCase() === 'readme.txt');
}

function located(thrown: unknown, path: string): SerabutError {
  if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') {
    return new SerabutError('SERABUT_ERR_ISO_NOT_FOUND', 'there is no such file', { where: path, cause: thrown });
  }
  if (isSystemError(thrown)) return unreadable(path, thrown);
  const { code, message, cause, where = path, retryAfter } = asSerabutError(thrown);
  return new SerabutError(code, message, { cause, where, ...(retryAfter !== undefined && { retryAfter }) });
}
