import picomatch from 'picomatch';
import { SerabutError } from '../errors.js';
import { type ByteSource, bytesSource, readSource, sliceSource } from '../http/byte-source.js';
import { isoFileSource, lookup, walk } from '../iso/lookup.js';
import type { IsoDirectory, IsoFile } from '../iso/tree.js';
import type { Volume } from '../iso/volume.js';
import type { IsoFacts, OverlayCopy, OverlayEntry } from '../plugin/contract.js';
import type { LoadedPlugin } from '../plugin/load.js';
import { fillIn } from './bundles.js';
import { type ArchiveMember, largestContent, newcArchive } from './newc.js';

/** Bounds of one overlay, in bytes and members: a machine holds it in memory twice while it unpacks it. */
const limits = { bytes: 2 * 1024 ** 3, members: 20_000 } as const;

/** How much of a file is read for a text that is made of it, in bytes. */
const readLimit = 64 * 1024;

/** Every initrd has these; as members of an archive they would change the modes of those that are there. */
const standardDirectories = new Set(['dev', 'etc', 'proc', 'root', 'run', 'sys', 'tmp', 'usr', 'var']);

/** What an overlay is made of. */
export interface OverlayContext {
  readonly volume: Volume;
  readonly facts: IsoFacts;
  readonly plugin: LoadedPlugin;
}

/**
 * The archive that a medium declares to follow its initrd. Nothing of it is on disk, and what comes out of the ISO stays
 * where it lies. Throws SERABUT_ERR_DISTRO_NOT_READY when the ISO lacks what an entry needs, or has too much of it.
 */
export async function overlayArchive(entries: readonly OverlayEntry[], context: OverlayContext): Promise<ByteSource> {
  const files = new Map<string, ArchiveMember>();
  for (const entry of entries) {
    for (const member of await membersOf(entry, context)) files.set(member.path, member);
    if (files.size > limits.members) throw notReady(`would have more than ${limits.members} files`);
  }
  const archive = newcArchive([...directoriesOf(files.keys()), ...files.values()]);
  if (archive.length > limits.bytes) throw notReady(`would have more than ${limits.bytes} bytes`);
  return archive;
}

async function membersOf(entry: OverlayEntry, context: OverlayContext): Promise<ArchiveMember[]> {
  const path = fillIn(entry.to, context.facts).slice(1);
  const mode = entry.mode ?? 0o644;
  if (entry.from === undefined) return [{ path, mode, content: bytesSource(Buffer.from(await text(entry, context))) }];
  const { volume } = context;
  return copied({ ...entry, from: fillIn(entry.from, context.facts) }, volume).map(({ below, file }) => ({
    path: `${path}${below}`,
    mode,
    content: isoFileSource(volume, file),
  }));
}

async function text(entry: Exclude<OverlayEntry, OverlayCopy>, { volume, facts, plugin }: OverlayContext) {
  if (entry.text !== undefined) return entry.text;
  const files: Record<string, string> = {};
  for (const path of entry.reads ?? []) {
    const source = isoFileSource(volume, requireFile(volume, fillIn(path, facts)));
    files[path] = (await readSource(sliceSource(source, 0, readLimit), readLimit)).toString('utf8');
  }
  const make = plugin.overlay.get(entry);
  if (make === undefined) throw new Error(`the overlay entry for ${entry.to} was not loaded`);
  return make({ distro: facts, files });
}

/** The file, or the wanted files of the directory, that an entry takes out of the ISO; `below` begins with a slash. */
function copied(entry: OverlayCopy, volume: Volume): { below: string; file: IsoFile }[] {
  const node = find(volume, entry.from);
  if (node === undefined && entry.optional) return [];
  if (node?.kind !== 'directory') return [{ below: '', file: requireFile(volume, entry.from) }];
  const isWanted = selection(entry);
  const found: { below: string; file: IsoFile }[] = [];
  for (const { path, node: member } of walk(node)) {
    // A link to a file counts as what it leads to: a Debian ISO may have its firmware as links into the pool.
    const file = member.kind === 'symlink' ? find(volume, `${entry.from}/${path}`) : member;
    if (file?.kind === 'file' && isWanted(path, file)) found.push({ below: `/${path}`, file });
  }
  return found;
}

function selection({ only = ['**'], without = [], largest = largestContent }: OverlayCopy) {
  const isNamed = picomatch([...only], { dot: true });
  const isExcluded = picomatch([...without], { dot: true });
  return (path: string, { size }: IsoFile) => size <= largest && isNamed(path) && !isExcluded(path);
}

function requireFile(volume: Volume, path: string): IsoFile {
  const node = find(volume, path);
  if (node?.kind === 'file') return node;
  throw notReady(`needs ${path}, which the ISO lacks`);
}

function find(volume: Volume, path: string): IsoFile | IsoDirectory | undefined {
  try {
    return lookup(volume, path);
  } catch (error) {
    if (error instanceof SerabutError && error.code === 'SERABUT_ERR_FILE_NOT_FOUND') return undefined;
    throw error;
  }
}

function notReady(what: string): SerabutError {
  return new SerabutError('SERABUT_ERR_DISTRO_NOT_READY', `the overlay of the initrd ${what}`);
}

/** The directories above the files, each before what is in it: the kernel makes none by itself. */
function directoriesOf(paths: Iterable<string>): ArchiveMember[] {
  const directories = new Set<string>();
  for (const path of paths) {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      directories.add(path.slice(0, slash));
    }
  }
  const own = [...directories].filter((path) => !standardDirectories.has(path)).sort();
  return own.map((path) => ({ path, mode: 0o755, content: undefined }));
}
