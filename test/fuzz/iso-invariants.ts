import { strict as assert } from 'node:assert';
import { SerabutError } from '../../core/errors.js';
import { sliceSource } from '../../core/http/byte-source.js';
import { isoFileSource, lookup, walk } from '../../core/iso/lookup.js';
import type { IsoDirectory, IsoFile, IsoNode } from '../../core/iso/tree.js';
import type { Volume } from '../../core/iso/volume.js';

/** Throws unless all that a volume says can be relied on, whatever the image was. */
export function requireSoundVolume(volume: Volume): void {
  const { root, boot, fileCount, notes } = volume;
  assert.equal(requireSoundTree(volume, root, ''), fileCount);
  // What the volume itself has by that name comes first.
  if (boot !== undefined && !root.children.has(boot.name)) requireSoundTree(volume, boot, `${boot.name}/`);
  assert(notes.length <= 32 && notes.every((note) => note.length < 1000), `${notes.length} notes`);
}

/** Returns how many files there are. */
function requireSoundTree(volume: Volume, directory: IsoDirectory, above: string): number {
  let files = 0;
  for (const { path: below, node } of walk(directory)) {
    const path = `${above}${below}`;
    requireSoundName(path, node);
    if (node.kind === 'symlink') requireBoundedLink(volume, path, node.target);
    else assert.equal(lookup(volume, path), node, `${JSON.stringify(path)} leads elsewhere`);
    if (node.kind !== 'file') continue;
    files += 1;
    requireInside(volume, node);
    requireSource(volume, node);
  }
  return files;
}

function requireSoundName(path: string, { name, modified }: IsoNode): void {
  assert(path === name || path.endsWith(`/${name}`), `${JSON.stringify(name)} is listed as ${JSON.stringify(path)}`);
  assert(!/^\.{0,2}$|[/\0]/.test(name), `the name ${JSON.stringify(name)}`);
  assert(!Number.isNaN(modified.getTime()), `${JSON.stringify(path)} has no date`);
}

/** A link leads to what is in the image, or to nothing. */
function requireBoundedLink(volume: Volume, path: string, target: string): void {
  assert(target !== '' && !target.includes('\0'), `the target ${JSON.stringify(target)}`);
  try {
    lookup(volume, path);
  } catch (error) {
    assert(error instanceof SerabutError && error.code === 'SERABUT_ERR_FILE_NOT_FOUND', String(error));
  }
}

function requireInside({ file }: Volume, { name, size, extents }: IsoFile): void {
  const inside = extents.every(({ offset, length }) => offset >= 0 && length > 0 && offset + length <= file.size);
  assert(inside, `${JSON.stringify(name)} leaves the image: ${JSON.stringify(extents)} of ${file.size}`);
  assert.equal(
    extents.reduce((sum, { length }) => sum + length, 0),
    size,
  );
}

function requireSource(volume: Volume, file: IsoFile): void {
  try {
    const source = isoFileSource(volume, file);
    assert(file.compressed === undefined && source.length === file.size);
    assert.equal(sliceSource(source, 0, Math.ceil(file.size / 2)).length, Math.ceil(file.size / 2));
  } catch (error) {
    assert(
      error instanceof SerabutError && error.code === 'SERABUT_ERR_ISO_UNSUPPORTED' && file.compressed !== undefined,
      String(error),
    );
  }
}
