import { readSource, sliceSource } from '../http/byte-source.js';
import { quote } from '../iso/failures.js';
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
      const seen = await lookAt(volume, look, by);
      if ('facts' in seen) return { by, facts: seen.facts };
    }
  }
  return undefined;
}

/** Why no look of a plugin fits an ISO: of each look the first condition that does not hold. */
export async function whyUnknown(volume: Volume, by: LoadedPlugin): Promise<string[]> {
  const seen = await Promise.all(by.plugin.recognise.map((look) => lookAt(volume, look, by)));
  return seen.flatMap((look, index) => ('unfit' in look ? [`recognise[${index}].${look.unfit}`] : []));
}

type Seen = { readonly facts: IsoFacts } | { readonly unfit: string };

async function lookAt(volume: Volume, look: Recognition, { plugin }: LoadedPlugin): Promise<Seen> {
  const matched = await match(volume, look);
  if ('unfit' in matched) return matched;
  return toFacts({ product: plugin.id, ...look.facts, ...matched.groups });
}

/** The named groups of all patterns of a look, or which condition does not hold. */
async function match(
  volume: Volume,
  look: Recognition,
): Promise<{ readonly groups: Record<string, string> } | { readonly unfit: string }> {
  const missing = look.present?.find((path) => !exists(volume, path));
  if (missing !== undefined) return { unfit: `present: expected ${missing}, received no such file` };
  const excess = look.absent?.find((path) => exists(volume, path));
  if (excess !== undefined) return { unfit: `absent: expected no ${excess}, received one` };
  const subjects: [name: string, text: string | undefined, pattern: string][] = [];
  if (look.volumeId !== undefined) subjects.push(['volumeId', volume.volumeId, look.volumeId]);
  for (const [path, pattern] of Object.entries(look.files ?? {})) {
    subjects.push([`files["${path}"]`, await head(volume, path), pattern]);
  }
  const groups: Record<string, string> = {};
  for (const [name, text, pattern] of subjects) {
    const found = text === undefined ? null : new RegExp(pattern, 'm').exec(text);
    const received = text === undefined ? 'no such file' : quote(text.slice(0, 100));
    if (found === null) return { unfit: `${name}: expected what fits ${pattern}, received ${received}` };
    Object.assign(groups, found.groups);
  }
  return { groups };
}

/** Facts go into names, scripts and answer files, so a text from an ISO must be a plain word to become one. */
function toFacts(groups: Partial<Record<string, string>>): Seen {
  const word = (name: string): string | undefined => {
    const value = groups[name] ?? (name === 'codename' ? '' : undefined);
    return value !== undefined && /^([A-Za-z0-9][A-Za-z0-9._+-]{0,63})?$/.test(value) ? value.toLowerCase() : undefined;
  };
  const [product, release, codename, edition] = [word('product'), word('release'), word('codename'), word('edition')];
  const arch = archNames[word('arch') ?? ''];
  if (product && release && edition && codename !== undefined && arch !== undefined) {
    return { facts: { product, release, codename, edition, arch } };
  }
  const [lacking = ''] = Object.entries({ product, release, edition, arch }).find(([, value]) => !value) ?? [
    'codename',
  ];
  const known = Object.keys(archNames).join(', ');
  const expected = lacking === 'arch' ? `one of ${known}` : 'a plain word, by a named group or by "facts"';
  return { unfit: `facts: expected as ${lacking} ${expected}, received ${quote(groups[lacking] ?? '')}` };
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
