import { SerabutError } from '../../errors.js';
import { damaged } from '../failures.js';
import type { ImageReader } from '../image-reader.js';
import { MAX_BOOT_IMAGES, SECTOR } from '../limits.js';
import { walk } from '../lookup.js';
import type { IsoDirectory, IsoFile, IsoNode } from '../tree.js';
import { type CatalogEntry, parseBootCatalog } from './el-torito.js';
import { type FatGeometry, readFatGeometry } from './fat-geometry.js';
import { readFatTree } from './fat-tree.js';
import { systemPartitions } from './partitions.js';

/** What of a volume is about its boot images. */
export interface BootImages {
  readonly boot: IsoDirectory | undefined;
  readonly notes: readonly string[];
}

/** A boot image as a catalog or a partition table names it. */
interface Candidate {
  readonly platform: CatalogEntry['platform'];
  readonly offset: number;
  /** How long it is by what names it, in bytes: right for a partition, seldom for an entry of a catalog. */
  readonly length: number;
}

/** El Torito §2.2: the length of a floppy disk, by boot media type. */
const FLOPPY_LENGTHS: Readonly<Record<number, number>> = { 1: 1_228_800, 2: 1_474_560, 3: 2_949_120 };

/** What the nodes of an image are made with. */
interface Context {
  readonly reader: ImageReader;
  readonly root: IsoDirectory;
  /** Of the files of the volume that begin where an image does, the lengths by offset. */
  readonly lengths: ReadonlyMap<number, number>;
  readonly notes: string[];
}

/**
 * The images that firmware boots, and the files in those for UEFI. `root` is the tree of the volume, which is not touched:
 * whatever is wrong here makes a note, and the part that is wrong is missing.
 */
export async function readBootImages(
  reader: ImageReader,
  catalog: number | undefined,
  root: IsoDirectory,
): Promise<BootImages> {
  const notes: string[] = [];
  const found = await candidates(reader, catalog, notes);
  const context = { reader, root, notes, lengths: lengthsInTree(root, new Set(found.map(({ offset }) => offset))) };
  const children = new Map<string, IsoNode>();
  const counts = { bios: 0, efi: 0 };
  for (const candidate of found) {
    counts[candidate.platform] += 1;
    const count = counts[candidate.platform];
    const name = count === 1 ? candidate.platform : `${candidate.platform}-${count}`;
    for (const node of await imageNodes(candidate, name, context)) children.set(node.name, node);
  }
  if (children.size === 0) return { boot: undefined, notes };
  return { boot: { kind: 'directory', name: '.boot', modified: root.modified, children }, notes };
}

/** Each image once: a partition often is what the catalog names too. */
async function candidates(reader: ImageReader, catalog: number | undefined, notes: string[]): Promise<Candidate[]> {
  const entries = await attempt('The El Torito boot catalog', notes, () => catalogEntries(reader, catalog));
  const partitions = await attempt('The partition table', notes, () => systemPartitions(reader));
  const found = new Map<number, Candidate>();
  for (const { platform, offset, media, loadLength } of entries ?? []) {
    const length = FLOPPY_LENGTHS[media] ?? loadLength;
    if (!found.has(offset)) found.set(offset, { platform, offset, length });
  }
  // The type of a partition is certain, while some programs name every image in the catalog as one for BIOS.
  for (const { offset, length } of partitions ?? []) found.set(offset, { platform: 'efi', offset, length });
  const all = [...found.values()];
  if (all.length > MAX_BOOT_IMAGES) notes.push(`Of ${all.length} boot images only ${MAX_BOOT_IMAGES} are read.`);
  return all.slice(0, MAX_BOOT_IMAGES);
}

async function catalogEntries(reader: ImageReader, catalog: number | undefined): Promise<CatalogEntry[]> {
  if (catalog === undefined) return [];
  return parseBootCatalog(await reader.read(catalog * SECTOR, SECTOR));
}

/** The image as a file, and, if it has a FAT file system for UEFI, its files. */
async function imageNodes(candidate: Candidate, name: string, context: Context): Promise<IsoNode[]> {
  const { reader, notes } = context;
  const files = `What is in .boot/${name}.img`;
  const isEfi = candidate.platform === 'efi';
  const geometry = isEfi ? await attempt(files, notes, () => fatGeometry(reader, candidate.offset)) : undefined;
  const image = await attempt(`.boot/${name}.img`, notes, async () => imageFile(candidate, name, geometry, context));
  const tree = geometry && (await attempt(files, notes, () => readFatTree(reader, geometry, name)));
  return [image, tree].filter((node) => node !== undefined);
}

async function fatGeometry(reader: ImageReader, offset: number): Promise<FatGeometry> {
  const geometry = await readFatGeometry(reader, offset);
  if (geometry === undefined) throw damaged('there is no FAT file system');
  return geometry;
}

/**
 * What the catalog says of the length is what firmware loads first, and counts last: nearly always the image is a file of
 * the volume too, or has a file system that knows its own length.
 */
function imageFile(
  { offset, length }: Candidate,
  name: string,
  geometry: FatGeometry | undefined,
  { reader, root, lengths }: Context,
): IsoFile {
  const size = Math.max(geometry?.length ?? 0, lengths.get(offset) ?? 0) || length;
  const beyond = offset + size - reader.size;
  if (beyond > 0) throw damaged(`it ends ${beyond} bytes beyond the end of the image`);
  if (size === 0) throw damaged('nothing says how long it is');
  return { kind: 'file', name: `${name}.img`, size, extents: [{ offset, length: size }], modified: root.modified };
}

function lengthsInTree(root: IsoDirectory, offsets: ReadonlySet<number>): Map<number, number> {
  const lengths = new Map<number, number>();
  if (offsets.size === 0) return lengths;
  for (const { node } of walk(root)) {
    const offset = node.kind === 'file' && node.extents.length === 1 ? node.extents[0]?.offset : undefined;
    if (node.kind === 'file' && offset !== undefined && offsets.has(offset)) lengths.set(offset, node.size);
  }
  return lengths;
}

/** What a part gives; undefined and a note if it cannot be read. */
async function attempt<T>(what: string, notes: string[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SerabutError)) throw error;
    notes.push(`${what} cannot be read: ${error.message}.`);
    return undefined;
  }
}
