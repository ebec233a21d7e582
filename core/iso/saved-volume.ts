import { createHash } from 'node:crypto';
import type { FileIdentity } from '../http/byte-source.js';
import { damaged } from './failures.js';
import { MAX_DEPTH } from './limits.js';
import { checkedName } from './names.js';
import type { Extent, IsoDirectory, IsoNode } from './tree.js';
import type { Volume } from './volume.js';

/** To be raised whenever the text below, or what the reader makes of an image, changes. */
const FORMAT = 'serabut-iso-index 2';

/** A volume that was read before, and how to tell that the image is still the same. */
export interface SavedVolume {
  /** See {@link sealOf}. */
  readonly seal: string;
  readonly volume: Volume;
}

/** What the file must still be: its identity but for the device, whose number may be another after a restart. */
export function sealOf({ path, inode, size, modifiedNs, changedNs }: FileIdentity, descriptors: Buffer): string {
  return sha256(`${inode} ${size} ${modifiedNs} ${changedNs} ${sha256(descriptors)} ${path}`);
}

/** A volume as text: the format and a digest of the rest in the first line, then JSON. */
export function toText({ seal, volume: { volumeId, names, root, boot, notes } }: SavedVolume): string {
  const trees = { root: fromNode(root), boot: boot === undefined ? null : fromNode(boot) };
  const json = JSON.stringify({ seal, volumeId, names, notes, ...trees });
  return `${FORMAT} ${sha256(json)}\n${json}`;
}

/**
 * The volume of a text, for the file that it was read from. Throws a SerabutError for a text that is of another format,
 * was cut off or altered, or speaks of bytes outside of the file.
 */
export function fromText(text: string, file: FileIdentity): SavedVolume {
  const end = text.indexOf('\n');
  const json = text.slice(end + 1);
  if (text.slice(0, end) !== `${FORMAT} ${sha256(json)}`) throw damaged('not an index, or not all of it');
  const { seal, volumeId, names, notes, root, boot } = record(JSON.parse(json));
  if (!isKind(names)) throw damaged('names of no kind');
  const reader = new NodeReader(file.size);
  const volume = {
    file,
    volumeId: string(volumeId),
    names,
    root: reader.directory(root),
    fileCount: reader.fileCount,
    boot: boot === null ? undefined : reader.directory(boot),
    notes: array(notes).map(string),
  };
  return { seal: string(seal), volume };
}

function isKind(names: unknown): names is Volume['names'] {
  return names === 'rock-ridge' || names === 'joliet' || names === 'enhanced' || names === 'plain';
}

/** `[kind, name, modified, …]`, short because there are many. */
function fromNode(node: IsoNode): unknown[] {
  const head = [node.kind[0], node.name, node.modified.getTime()];
  switch (node.kind) {
    case 'file':
      return [...head, node.extents.flatMap(({ offset, length }) => [offset, length]), node.compressed ?? false];
    case 'directory':
      return [...head, [...node.children.values()].map(fromNode), node.ignoresCase ?? false];
    case 'symlink':
      return [...head, node.target];
  }
}

/** Trusts nothing: names, dates and extents are checked as those out of an image are. */
class NodeReader {
  fileCount = 0;

  constructor(private readonly fileSize: number) {}

  /** The top of a tree, whose name is not one of a file. */
  directory(value: unknown): IsoDirectory {
    const node = this.#node(value, 0);
    if (node.kind === 'directory') return node;
    throw damaged('the top of a tree is no directory');
  }

  #node(value: unknown, depth: number): IsoNode {
    const [kind, nameValue, time, content, quality] = array(value);
    const name = depth === 0 ? string(nameValue) : checkedName(string(nameValue));
    const modified = new Date(whole(time));
    if (kind === 'd') {
      const children = this.#children(array(content), depth);
      return { kind: 'directory', name, modified, children, ...(quality === true && { ignoresCase: quality }) };
    }
    if (kind === 's') return { kind: 'symlink', name, target: string(content), modified };
    if (kind !== 'f') throw damaged('a node of no kind');
    this.fileCount += 1;
    const extents = this.#extents(array(content));
    const size = extents.reduce((sum, { length }) => sum + length, 0);
    const compressed = quality === 'zisofs' || quality === 'sparse' ? ({ compressed: quality } as const) : {};
    return { kind: 'file', name, size, extents, modified, ...compressed };
  }

  #children(values: readonly unknown[], depth: number): IsoDirectory['children'] {
    if (depth > MAX_DEPTH) throw damaged('directories lie too deep');
    const nodes = values.map((value) => this.#node(value, depth + 1));
    const children = new Map(nodes.map((node) => [node.name, node]));
    if (children.size !== nodes.length) throw damaged('two nodes of one name');
    return children;
  }

  #extents(values: readonly unknown[]): Extent[] {
    if (values.length % 2 !== 0) throw damaged('half an extent');
    const extents: Extent[] = [];
    for (let index = 0; index < values.length; index += 2) {
      const [offset, length] = [whole(values[index]), whole(values[index + 1])];
      if (offset < 0 || length <= 0 || offset + length > this.fileSize) throw damaged('an extent outside of the file');
      extents.push({ offset, length });
    }
    return extents;
  }
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw damaged('no object');
  return { ...value };
}

function array(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw damaged('no list');
  return value;
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw damaged('no text');
  return value;
}

function whole(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw damaged('no whole number');
  return value;
}
