import { posix } from 'node:path';
import picomatch from 'picomatch';
import { SerabutError } from '../errors.js';
import { lookup } from '../iso/lookup.js';
import type { IsoFile } from '../iso/tree.js';
import type { Volume } from '../iso/volume.js';
import type { IsoFacts, Medium } from '../plugin/contract.js';
import type { LoadedPlugin } from '../plugin/load.js';
import type { Resource } from './kinds.js';

/** What a plugin declares for ISOs of these facts. */
export function declaredMedium(
  { plugin }: LoadedPlugin,
  { edition, arch }: IsoFacts,
  iso: string,
  resource?: Resource<'Distro'>,
): Medium {
  const medium = plugin.media.find((candidate) => candidate.edition === edition && candidate.arch === arch);
  if (medium !== undefined) return medium;
  const what = `edition "${edition}" for ${arch}`;
  throw notReady(`plugin "${plugin.id}" cannot boot ${iso}: ${what} is not among its media`, resource);
}

/** The same with the paths that kernel and initrd have in this ISO; a Distro's own go before the plugin's. */
export function mediumInIso(medium: Medium, volume: Volume, iso: string, resource?: Resource<'Distro'>): Medium {
  const { kernel = medium.kernel, initrd = medium.initrd } = resource?.spec ?? {};
  const found = { ...medium, kernel: pathInIso(volume, kernel, iso), initrd: pathInIso(volume, initrd, iso) };
  requireFile(volume, found.kernel, iso);
  return found;
}

/** Of the names that fit a pattern the one with the highest version, as people order `vmlinuz-6.9` and `vmlinuz-6.12`. */
function pathInIso(volume: Volume, pattern: string, iso: string): string {
  if (!pattern.includes('*')) return pattern;
  const directory = posix.dirname(pattern);
  const fits = picomatch(posix.basename(pattern));
  const node = find(volume, directory);
  const names = node?.kind === 'directory' ? [...node.children.keys()].filter((name) => fits(name)) : [];
  const name = names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  if (name === undefined) throw notReady(`${iso} has no file ${pattern}`);
  return posix.join(directory, name);
}

/** A file of an ISO that must be there for a distro to boot. */
export function requireFile(volume: Volume, path: string, iso: string): IsoFile {
  const node = find(volume, path);
  if (node?.kind === 'file') return node;
  throw notReady(`${iso} has no file ${path}`);
}

function find(volume: Volume, path: string): ReturnType<typeof lookup> | undefined {
  try {
    return lookup(volume, path);
  } catch (cause) {
    if (!(cause instanceof SerabutError) || cause.status >= 500) throw cause;
    return undefined;
  }
}

/** The error for a distro that something keeps from being booted. */
export function notReady(message: string, resource?: Resource<'Distro'>): SerabutError {
  return new SerabutError('SERABUT_ERR_DISTRO_NOT_READY', message, resource ? { where: resource.where } : {});
}
