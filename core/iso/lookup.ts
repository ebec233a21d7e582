import { SerabutError } from '../errors.js';
import type { ByteSource } from '../http/byte-source.js';
import { quote } from './failures.js';
import { MAX_SYMLINK_HOPS } from './limits.js';
import type { IsoDirectory, IsoFile, IsoNode } from './tree.js';
import type { Volume } from './volume.js';

/** Where the boot images are found; no listing of the root has it, because no directory of the volume does. */
const BOOT_DIRECTORY = '.boot';

/** A place in the tree, and the directories above it, for `..`. */
class Position {
  #above: IsoDirectory[] = [];
  found: IsoFile | IsoDirectory;

  constructor(private readonly volume: Volume) {
    this.found = volume.root;
  }

  toRoot(): void {
    this.found = this.volume.root;
    this.#above = [];
  }

  up(): void {
    this.found = this.#above.pop() ?? this.volume.root;
  }

  /** Goes down by one name; a symbolic link is returned, not entered. Undefined if there is nothing of that name. */
  down(name: string): IsoNode | undefined {
    if (this.found.kind === 'file') return undefined;
    const node = this.#child(this.found, name);
    if (node === undefined || node.kind === 'symlink') return node;
    this.#above.push(this.found);
    this.found = node;
    return node;
  }

  #child(directory: IsoDirectory, name: string): IsoNode | undefined {
    const node = directory.children.get(name);
    if (node !== undefined) return node;
    if (directory === this.volume.root && name === BOOT_DIRECTORY) return this.volume.boot;
    if (!directory.ignoresCase) return undefined;
    return [...directory.children.values()].find((child) => child.name.toLowerCase() === name.toLowerCase());
  }
}

/**
 * The file or directory at a path: `a/b/c`, `/a/b/c`, or `` for the root. Symbolic links are followed within the image:
 * its root is what `/` is, and what `..` of the root is.
 */
export function lookup(volume: Volume, path: string): IsoFile | IsoDirectory {
  const position = new Position(volume);
  // The components still to go, last one first.
  const pending = askedFor(volume, path).reverse();
  let hops = 0;
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = step(position, name);
    if (node === undefined) throw notFound(volume, path);
    if (node.kind !== 'symlink') continue;
    hops += 1;
    if (hops > MAX_SYMLINK_HOPS) throw notFound(volume, path, ': its symbolic links form a loop');
    if (node.target.startsWith('/')) position.toRoot();
    pending.push(...components(node.target).reverse());
  }
  return position.found;
}

/** `.` and `..` come out of symbolic links only. */
function step(position: Position, name: string): IsoNode | undefined {
  if (name !== '.' && name !== '..') return position.down(name);
  if (position.found.kind === 'file') return undefined;
  if (name === '..') position.up();
  return position.found;
}

function askedFor(volume: Volume, path: string): string[] {
  const names = components(path);
  if (path.includes('\0') || names.some((name) => name === '.' || name === '..')) {
    const message = `${quote(path)} is not the path of a file in an image`;
    throw new SerabutError('SERABUT_ERR_PATH_INVALID', message, { where: volume.file.path });
  }
  // ECMA-119 names are shown in lower case, while they are recorded, and asked for by some, in upper case.
  return volume.names === 'plain' ? names.map((name) => name.toLowerCase()) : names;
}

function components(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

function notFound(volume: Volume, path: string, why = ''): SerabutError {
  const message = `there is no ${quote(path)} in this image${why}`;
  return new SerabutError('SERABUT_ERR_FILE_NOT_FOUND', message, { where: volume.file.path });
}

/** The content of a file in the image, as stretches of the ISO file. Its date is that of the ISO file: what changes with it. */
export function isoFileSource(volume: Volume, file: IsoFile): ByteSource {
  if (file.compressed !== undefined) {
    const form = file.compressed === 'zisofs' ? 'compressed (zisofs, Rock Ridge ZF)' : 'sparse (Rock Ridge SF)';
    const message = `${quote(file.name)} is stored ${form}, so its bytes are not in the image as they are; only this file cannot be read`;
    throw new SerabutError('SERABUT_ERR_ISO_UNSUPPORTED', message, { where: volume.file.path });
  }
  return {
    segments: file.extents.map((extent) => ({ kind: 'file', file: volume.file, ...extent })),
    length: file.size,
    modified: new Date(Number(volume.file.modifiedNs / 1_000_000n)),
  };
}

/** Everything below a directory, sorted by name, depth first. Symbolic links are listed and not followed. */
export function* walk(directory: IsoDirectory): Generator<{ path: string; node: IsoNode }> {
  const names = [...directory.children.keys()].sort();
  for (const name of names) {
    const node = directory.children.get(name) as IsoNode;
    yield { path: name, node };
    if (node.kind !== 'directory') continue;
    for (const below of walk(node)) yield { path: `${name}/${below.path}`, node: below.node };
  }
}
