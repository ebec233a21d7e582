import { SerabutError } from '../errors.js';
import type { ByteSource, Segment } from '../http/byte-source.js';
import type { IsoDirectory, IsoFile, IsoNode } from './tree.js';
import type { Volume } from './volume.js';

/** How many symbolic links one path may lead over, as Linux has it (path_resolution(7)). */
const mostLinks = 40;

/**
 * The file or directory at a path inside an ISO. Symbolic links are followed, never out of the root: there, `..` stays
 * where it is, as in a real file system. Throws SERABUT_ERR_FILE_NOT_FOUND, also for links that go in a circle.
 */
export function lookup(volume: Volume, path: string): IsoFile | IsoDirectory {
  const rest = namesOf(path);
  const trail: IsoDirectory[] = [];
  for (let links = 0; links <= mostLinks; links++) {
    const found = follow(volume, trail, rest);
    if (found === undefined || (found.kind === 'file' && rest.length > 0)) break;
    if (found.kind !== 'symlink') return found;
    if (found.target.startsWith('/')) trail.length = 0;
    rest.push(...namesOf(found.target));
  }
  throw new SerabutError('SERABUT_ERR_FILE_NOT_FOUND', `the ISO has no ${JSON.stringify(path)}`, {
    where: volume.file.path,
  });
}

/** Takes names off `rest` and goes down by them, up to the first link, file or missing name, or to the end. */
function follow(volume: Volume, trail: IsoDirectory[], rest: string[]): IsoNode | undefined {
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (name === '..') {
      trail.pop();
      continue;
    }
    const node = child(volume, trail.at(-1) ?? volume.root, name);
    if (node?.kind !== 'directory') return node;
    trail.push(node);
  }
  return trail.at(-1) ?? volume.root;
}

/** The names of a path, the last one first. */
function namesOf(path: string): string[] {
  return path
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .reverse();
}

/** Plain names are upper case in the image and lower case in everybody's mind. */
function child({ names }: Volume, directory: IsoDirectory, name: string): IsoNode | undefined {
  const exact = directory.children.get(name);
  if (exact !== undefined || names !== 'plain') return exact;
  const lower = name.toLowerCase();
  return [...directory.children.values()].find((node) => node.name.toLowerCase() === lower);
}

/** The content of a file in an ISO as stretches of the ISO file. */
export function isoFileSource({ file }: Volume, node: IsoFile): ByteSource {
  if (node.compressed) {
    const message = `${JSON.stringify(node.name)} is compressed by zisofs and cannot be served in place`;
    throw new SerabutError('SERABUT_ERR_ISO_UNSUPPORTED', message, { where: file.path });
  }
  const segments = node.extents.map(({ offset, length }): Segment => ({ kind: 'file', file, offset, length }));
  return { segments, length: node.size, modified: new Date(Number(file.modifiedNs / 1_000_000n)) };
}

/** Everything below a directory in the order of names, each directory before what is in it; links are not followed. */
export function* walk(directory: IsoDirectory, prefix = ''): Generator<{ path: string; node: IsoNode }> {
  const children = [...directory.children.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const node of children) {
    const path = `${prefix}${node.name}`;
    yield { path, node };
    if (node.kind === 'directory') yield* walk(node, `${path}/`);
  }
}
