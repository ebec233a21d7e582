import { imageFile } from '../resources/image.js';
import type { Resource } from '../resources/kinds.js';
import type { Snapshot } from '../resources/snapshot.js';
import { removeOwned } from './acquire.js';
import type { ImageDirectory } from './record.js';

/** Whether the file of an Image is to be there: always, or because a Distro refers to it. */
export function isReferenced(image: Resource<'Image'>, used: ReadonlySet<string>): boolean {
  return image.spec.keep === 'always' || used.has(image.name);
}

/** The names of the Images that Distros refer to. */
export function usedImages(snapshot: Snapshot): ReadonlySet<string> {
  return new Set(snapshot.list('Distro').flatMap(({ spec }) => [spec.image, ...(spec.firmware ?? [])]));
}

/** What is collected of one directory, and when. */
export interface Collection {
  readonly directory: ImageDirectory;
  readonly type: 'iso' | 'firmware';
  readonly snapshot: Snapshot;
  /** How many milliseconds are to be counted now. */
  readonly passedMs: number;
  /** For how many milliseconds nothing must refer to a file. */
  readonly graceMs: number;
}

/**
 * Removes files that this server downloaded, that were to be kept only as long as a Distro refers to them, and that none
 * has referred to for a while; and parts of downloads that nobody wants. Returns the names of the removed files. While a
 * document cannot be read it may be the one that refers to a file, so that nothing is removed.
 */
export async function collect(collection: Collection): Promise<string[]> {
  const { directory, type, snapshot } = collection;
  if (snapshot.errors.length > 0) return [];
  const images = snapshot.list('Image').filter(({ spec }) => spec.type === type);
  const claims = Map.groupBy(images, ({ spec }) => imageFile(spec));
  for (const name of await directory.partNames()) if (!claims.has(name)) await directory.part(name).discard();
  const removed: string[] = [];
  for (const name of await directory.names()) {
    if (await collectOne(name, claims.get(name) ?? [], collection)) removed.push(name);
  }
  return removed;
}

async function collectOne(name: string, claims: Resource<'Image'>[], collection: Collection): Promise<boolean> {
  const { directory, snapshot, passedMs, graceMs } = collection;
  const record = await directory.record(name);
  if (record === undefined) return false;
  if (!record.owned) {
    if (claims.length === 0) await directory.forget(name);
    return false;
  }
  const used = usedImages(snapshot);
  const stays = claims.length === 0 ? record.keep === 'always' : claims.some((image) => isReferenced(image, used));
  if (stays) {
    await directory.amend(name, ({ unreferencedMs, ...rest }) => (unreferencedMs === undefined ? undefined : rest));
    return false;
  }
  const before = record.unreferencedMs;
  const unreferencedMs = before === undefined ? 0 : before + passedMs;
  if (unreferencedMs >= graceMs) return removeOwned(directory, name);
  // Counted with the file, so that a restart does not begin anew; in small steps, since a clock may be set by years.
  if (unreferencedMs !== before) await directory.amend(name, (known) => ({ ...known, unreferencedMs }));
  return false;
}
