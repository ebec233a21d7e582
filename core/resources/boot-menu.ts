import type { IsoLibrary } from '../iso/library.js';
import { hasSecrets, noConfiguration } from '../machines/outcome.js';
import type { MenuOption } from '../machines/unknown.js';
import type { PluginRegistry } from '../plugin/registry.js';
import type { Catalogue, DistroEntry } from './catalogue.js';
import type { Resource } from './kinds.js';
import { profileProblems } from './profile-problems.js';
import { withoutSecrets } from './secrets.js';
import type { Store } from './store.js';

/** What of the application the menu is made of. */
export interface MenuSources {
  readonly catalogue: Pick<Catalogue, 'entries'>;
  readonly store: Pick<Store, 'snapshot' | 'onSnapshot'>;
  readonly library: Pick<IsoLibrary, 'onChange'>;
  readonly plugins: Pick<PluginRegistry, 'onChange'>;
}

/** Everything that a menu can offer, made once after each change of what it is made of. */
export class BootMenu {
  #made: Promise<readonly MenuOption[]> | undefined;

  constructor(private readonly sources: MenuSources) {
    const changed = (): void => {
      this.#made = undefined;
    };
    sources.store.onSnapshot(changed);
    sources.library.onChange(changed);
    sources.plugins.onChange(changed);
  }

  options(): Promise<readonly MenuOption[]> {
    this.#made ??= this.#make().catch((error) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }

  async #make(): Promise<readonly MenuOption[]> {
    const { catalogue, store } = this.sources;
    const { snapshot } = store;
    const distros = await catalogue.entries();
    const problems = await profileProblems(snapshot, distros);
    const byName = new Map(
      distros.flatMap((entry) => ('distro' in entry ? [[entry.name, entry.distro] as const] : [])),
    );
    const profiles = snapshot.list('BootProfile').flatMap(({ name, spec }): MenuOption[] => {
      const distro = byName.get(spec.distro);
      const configuration = snapshot.list('Configuration').find((candidate) => candidate.name === spec.configuration);
      const paths = [...whyClosed(configuration), ...(problems.get(name) ?? []).map(({ path }) => path)];
      return distro
        ? [{ ...optionOf(distro), kind: 'profile', name, title: `${name}: ${distro.title}`, problems: paths }]
        : [];
    });
    return [...profiles, ...[...byName.values()].map(optionOf)];
  }
}

function whyClosed(configuration: Resource<'Configuration'> | undefined): string[] {
  if (configuration === undefined) return [noConfiguration];
  return withoutSecrets(configuration) === undefined ? [hasSecrets] : [];
}

function optionOf({ name, title, facts }: Extract<DistroEntry, { distro: unknown }>['distro']): MenuOption {
  return { kind: 'distro', name, distro: name, title: `${name}: ${title}`, problems: [], arch: facts.arch };
}
