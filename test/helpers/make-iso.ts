import { SECTOR } from '../../core/iso/limits.js';
import { type DescriptorForm, volumeDescriptor } from '../../core/iso/write/descriptor.js';
import { type Entry, entryAt, rootEntry, setContent } from '../../core/iso/write/entry.js';
import { text } from '../../core/iso/write/fields.js';
import {
  descriptorSetTerminator,
  Image,
  planTree,
  resolveLocations,
  writeFiles,
  writeTree,
} from '../../core/iso/write/image.js';
import { type Identify, plainIdentifier } from '../../core/iso/write/records.js';
import { type BootEntry, bootCatalog, bootRecord } from './make-boot.js';

/** By which volume descriptor a tree is found. */
type TreeKind = 'primary' | 'joliet' | 'enhanced';

/** What is at a path: text, bytes, a symbolic link, or an empty directory. */
export type IsoContent = string | Uint8Array | { readonly symlink: string } | { readonly directory: true };

export interface MakeIsoOptions {
  /** At most 32 characters. */
  readonly volumeId?: string;
  /** Names, links, modes and times as on Linux; on by default. Without it symbolic links are left out. */
  readonly rockRidge?: boolean;
  /** A second tree with Unicode names, without symbolic links. */
  readonly joliet?: boolean;
  /** A second tree by an enhanced volume descriptor (ISO 9660:1999), likewise. */
  readonly enhanced?: boolean;
  /** Files larger than this (a multiple of 2048) are recorded as several extents. */
  readonly splitAbove?: number;
  readonly modified?: Date;
  /** In bytes: 512, 1024 or 2048 (the default). Files begin at any block, directories at a sector. */
  readonly blockSize?: number;
  /** The entries of an El Torito boot catalog. */
  readonly boot?: readonly BootEntry[];
}

/**
 * An ISO 9660 image of `files` (path → content; directories in between are made), as a test needs one. Directories may be
 * of any depth and length. The image ends with its last file, without padding.
 */
export function makeIso(files: Readonly<Record<string, IsoContent>>, options: MakeIsoOptions = {}): Buffer {
  const root = entryTree(files);
  const { volumeId = 'TEST', rockRidge = true, splitAbove = 2 ** 30, blockSize = SECTOR } = options;
  const modified = options.modified ?? new Date('2026-01-02T03:04:05Z');
  const kinds = (['primary', 'joliet', 'enhanced'] as const).filter((kind) => kind === 'primary' || options[kind]);
  const plan = { modified, splitAbove, blockSize };
  const planned = kinds.map((kind) =>
    planTree(root, { ...plan, kind, identify: identify[kind], rockRidge: rockRidge && kind === 'primary' }),
  );
  const image = new Image(kinds.length + 1 + (options.boot ? 1 : 0), blockSize);
  const trees = planned.map((tree) => writeTree(image, tree));
  writeFiles(image, root);
  for (const tree of trees) resolveLocations(tree);
  const boot = options.boot && [bootRecord(writeCatalog(image, root, options.boot))];
  const volume = { volumeId, blocks: image.blocks, blockSize, modified };
  const descriptors = trees.map((tree) => volumeDescriptor(tree, volume, forms[tree.kind as TreeKind]));
  // As everywhere, the boot record comes second (El Torito §2.0).
  descriptors.splice(1, 0, ...(boot ?? []));
  descriptors.push(descriptorSetTerminator);
  for (const [index, bytes] of descriptors.entries()) image.put(16 + index, bytes);
  return toBuffer(image);
}

const identify: Record<TreeKind, Identify> = {
  primary: plainIdentifier,
  joliet: ({ name, children }) => utf16(children === undefined ? `${name};1` : name),
  enhanced: ({ name }) => text(name),
};

const forms: Record<TreeKind, DescriptorForm | undefined> = {
  primary: undefined,
  joliet: {
    type: 2,
    version: 1,
    escapes: '%/E',
    encode: (padded) => utf16(padded.slice(0, Math.floor(padded.length / 2))),
  },
  enhanced: { type: 2, version: 2, escapes: '', encode: text },
};

function utf16(value: string): Buffer {
  return Buffer.from(value, 'utf16le').swap16();
}

function toBuffer({ length, parts }: Image): Buffer {
  const buffer = Buffer.alloc(length);
  for (const { offset, bytes } of parts) buffer.set(bytes, offset);
  return buffer;
}

function entryTree(files: Readonly<Record<string, IsoContent>>): Entry {
  const root = rootEntry();
  for (const [path, content] of Object.entries(files)) {
    const entry = entryAt(root, path);
    if (typeof content === 'string' || content instanceof Uint8Array) setContent(entry, Buffer.from(content));
    else if ('symlink' in content) entry.symlink = content.symlink;
    else entry.children ??= new Map();
  }
  return root;
}

/** Returns the sector of the catalog, after which come the images that are no files. */
function writeCatalog(image: Image, root: Entry, entries: readonly BootEntry[]): number {
  const catalog = Buffer.alloc(SECTOR);
  const block = image.append(catalog);
  const perSector = SECTOR / image.blockSize;
  const blockOf = ({ image: content }: BootEntry) =>
    typeof content === 'string' ? contentBlock(root, content) : image.append(content);
  bootCatalog(entries.map((entry) => ({ ...entry, sector: blockOf(entry) / perSector }))).copy(catalog);
  return block / perSector;
}

function contentBlock(root: Entry, path: string): number {
  const data = entryAt(root, path).locations.data;
  if (data === undefined) throw new Error(`no ${path} in this tree`);
  return data.block;
}
