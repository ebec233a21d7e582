import type { Finding } from '../check.js';
import type { DistroEntry } from '../resources/catalogue.js';
import type { Snapshot } from '../resources/snapshot.js';

/** What the operator set: the BootProfile or distro that a machine starts by itself when nothing is known of it. */
export interface BootSettings {
  readonly defaultEntry: string | undefined;
}

/** One line of the menu. `profile` entries install without a question and erase the disk; `distro` entries ask. */
export interface MenuEntry {
  readonly kind: 'profile' | 'distro';
  readonly name: string;
  readonly distro: string;
  readonly title: string;
  /** The fields of the Configuration that the distro cannot do; such an entry is shown and cannot be chosen. */
  readonly problems: readonly string[];
}

/** What a machine shall do, and why; the reason is shown to people. */
export interface Decision {
  readonly kind: 'menu';
  readonly entries: readonly MenuEntry[];
  /** What happens when nobody chooses; undefined is the machine's own disk. */
  readonly defaultEntry: MenuEntry | undefined;
  readonly reason: string;
}

/** What a machine says of itself when it asks for its script. */
export interface MachineFacts {
  readonly arch: string | undefined;
}

/**
 * Decides for a machine of which nothing is known: a menu, its own disk first and by default. `problems` holds what the
 * distros of BootProfiles cannot do of their Configurations. Pure; every route on which a machine asks what to do uses it.
 */
export function decide(
  facts: MachineFacts,
  snapshot: Snapshot,
  distros: readonly DistroEntry[],
  settings: BootSettings,
  problems: ReadonlyMap<string, readonly Finding[]> = new Map(),
): Decision {
  const fits = distros.flatMap((entry) =>
    'distro' in entry && isFor(facts, entry.distro.facts.arch) ? [entry.distro] : [],
  );
  const profiles = snapshot.list('BootProfile').flatMap(({ name, spec }): MenuEntry[] => {
    const distro = fits.find((candidate) => candidate.name === spec.distro);
    const paths = (problems.get(name) ?? []).map(({ path }) => path);
    const title = `${name}: ${distro?.title}`;
    return distro ? [{ kind: 'profile', name, distro: distro.name, title, problems: paths }] : [];
  });
  const plain = fits.map(
    ({ name, title }): MenuEntry => ({
      kind: 'distro',
      name,
      distro: name,
      title: `${name}: ${title}`,
      problems: [],
    }),
  );
  const entries = [...profiles, ...plain];
  const { defaultEntry: wanted } = settings;
  const defaultEntry = entries.find(({ name, problems: fields }) => name === wanted && fields.length === 0);
  return { kind: 'menu', entries, defaultEntry, reason: reasonFor(wanted, defaultEntry) };
}

/** A machine that does not name its architecture is shown everything. */
function isFor(facts: MachineFacts, arch: string): boolean {
  return facts.arch === undefined || facts.arch === arch || (facts.arch === 'i386' && arch === 'x86_64');
}

function reasonFor(wanted: string | undefined, found: MenuEntry | undefined): string {
  if (wanted === undefined) return 'This machine is not known: it boots from its own disk.';
  if (found === undefined)
    return `The default entry ${wanted} cannot be booted here: the machine boots from its own disk.`;
  return `The server is set to start ${wanted} on machines that are not known.`;
}
