import { readSource, sliceSource } from '../http/byte-source.js';
import { isoFileSource, lookup } from '../iso/lookup.js';
import type { Volume } from '../iso/volume.js';
import type { Arch, IsoFacts, Recognition } from './contract.js';
import type { LoadedPlugin } from './load.js';

/** How much of an identifying file is read, in bytes. */
const readLimit = 4096;

/** What ISOs may call the architectures that Serabut boots. */
const archNames: Readonly<Record<string, Arch>> = {
  x86_64: 'x86_64',
  amd64: 'x86_64',
  arm64: 'arm64',
  aarch64: 'arm64',
};

/** An ISO that a plugin knows. */
export interface Recognised {
  readonly by: LoadedPlugin;
  readonly facts: IsoFacts;
}

/** The first plugin that knows an ISO, with what it knows of it; undefined when none does. */
export async function recognise(volume: Volume, plugins: readonly LoadedPlugin[]): Promise<Recognised | undefined> {
  for (const by of plugins) {
    for (const look of by.plugin.recognise) {
      const groups = await match(volume, look);
      const facts = groups === undefined ? undefined : toFacts({ product: by.plugin.id, ...look.facts, ...groups });
      if (facts !== undefined) return { by, facts };
    }
  }
  return undefined;
}

/** The named groups of all patterns of a look, if all its conditions hold. */
async function match(volume: Volume, look: Recognition): Promise<Record<string, string> | undefined> {
  if (look.present?.some((path) => !exists(volume, path))) return undefined;
  if (look.absent?.some((path) => exists(volume, path))) return undefined;
  const subjects: [text: string | undefined, pattern: string][] = [];
  if (look.volumeId !== undefined) subjects.push([volume.volumeId, look.volumeId]);
  for (const [path, pattern] of Object.entries(look.files ?? {})) subjects.push([await head(volume, path), pattern]);
  const groups: Record<string, string> = {};
  for (const [text, pattern] of subjects) {
    const found = text === undefined ? null : new RegExp(pattern, 'm').exec(text);
    if (found === null) return undefined;
    Object.assign(groups, found.groups);
  }
  return groups;
}

/** Facts go into names, scripts and answer files, so a text from an ISO must be a plain word to become one. */
function toFacts(groups: Partial<Record<string, string>>): IsoFacts | undefined {
  const word = (name: string): string | undefined => {
    const value = groups[name] ?? (name === 'codename' ? '' : undefined);
    return value !== undefined && /^([A-Za-z0-9][A-Za-z0-9._+-]{0,63})?$/.test(value) ? value.toLowerCase() : undefined;
  };
  const [product, release, codename, edition] = [word('product'), word('release'), word('codename'), word('edition')];
  const arch = archNames[word('arch') ?? ''];
  if (!product || !release || !edition || codename === undefined || arch === undefined) return undefined;
  return { product, release, codename, edition, arch };
}

function exists(volume: Volume, path: string): boolean {
  try {
    return lookup(volume, path) !== undefined;
  } catch {
    return false;
  }
}

async function head(volume: Volume, path: string): Promise<string | undefined> {
  if (!exists(volume, path)) return undefined;
  const node = lookup(volume, path);
  if (node.kind !== 'file') return undefined;
  const source = isoFileSource(volume, node);
  return (await readSource(sliceSource(source, 0, readLimit), readLimit)).toString('utf8');
}
