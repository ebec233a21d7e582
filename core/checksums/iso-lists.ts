import { SerabutError } from '../errors.js';
import { readSource } from '../http/byte-source.js';
import { isoFileSource, lookup } from '../iso/lookup.js';
import type { IsoFile } from '../iso/tree.js';
import type { Volume } from '../iso/volume.js';
import { parseChecksumFile } from './checksum-file.js';
import type { ChecksumList } from './checksum-list.js';
import { badList, MAX_LIST_BYTES } from './list-lines.js';
import { parseTreeinfo } from './treeinfo.js';

/** A list in an ISO; its names are paths from the root. */
export interface IsoList extends ChecksumList {
  readonly path: string;
}

/** debian-cd and live-build (also with SHA), Linux Mint, openSUSE; Fedora and its relatives. */
const LISTS: Readonly<Record<string, (bytes: Buffer) => ChecksumList>> = {
  'md5sum.txt': parseChecksumFile,
  'sha1sum.txt': parseChecksumFile,
  'sha256sum.txt': parseChecksumFile,
  'sha512sum.txt': parseChecksumFile,
  MD5SUMS: parseChecksumFile,
  SHA256SUMS: parseChecksumFile,
  CHECKSUMS: parseChecksumFile,
  '.treeinfo': parseTreeinfo,
};

/** The lists in an ISO. One that says nothing about any file is none: not every `.treeinfo` has checksums. */
export async function readIsoLists(volume: Volume): Promise<IsoList[]> {
  const lists: IsoList[] = [];
  for (const [path, parse] of Object.entries(LISTS)) {
    const file = findFile(volume, path);
    if (file === undefined) continue;
    const list = await readList(volume, file, parse).catch((cause) => {
      throw located(cause, `${path} in ${volume.file.path}`);
    });
    if (list.entries.length > 0 || list.problemCount > 0) lists.push({ path, ...list });
  }
  return lists;
}

/** The file at a path, which may lead through symbolic links; undefined if there is none. */
export function findFile(volume: Volume, path: string): IsoFile | undefined {
  try {
    const node = lookup(volume, path);
    return node.kind === 'file' ? node : undefined;
  } catch (error) {
    if (error instanceof SerabutError && error.code === 'SERABUT_ERR_FILE_NOT_FOUND') return undefined;
    throw error;
  }
}

async function readList(volume: Volume, file: IsoFile, parse: (bytes: Buffer) => ChecksumList): Promise<ChecksumList> {
  if (file.size > MAX_LIST_BYTES) throw badList(`it is longer than ${MAX_LIST_BYTES} bytes`);
  return parse(await readSource(isoFileSource(volume, file), MAX_LIST_BYTES));
}

function located(thrown: unknown, where: string): unknown {
  if (!(thrown instanceof SerabutError) || thrown.code !== 'SERABUT_ERR_CHECKSUM_LIST') return thrown;
  return new SerabutError(thrown.code, thrown.message, { where, cause: thrown });
}
