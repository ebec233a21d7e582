/** What a boot script leads on to. */
export interface Entry {
  /** The profile, or the distro where an installer asks its questions. */
  readonly name: string;
  readonly kind: 'profile' | 'distro';
  readonly distro: string;
  /** With the settings that iPXE fills in. */
  readonly url: string;
}

/** The entries of a menu, by the scripts that it chains to. */
export function entriesIn(script: string): Entry[] {
  const pattern = /^\s*chain\s.*?(https?:\/\/\S+?\/boot\/([\w.-]+)\?(?:profile=([\w.-]+)&)?\S*)/gm;
  return [...script.matchAll(pattern)].map(([, url = '', distro = '', profile]) =>
    profile === undefined
      ? { name: distro, kind: 'distro', distro, url }
      : { name: profile, kind: 'profile', distro, url },
  );
}

/** How many names are said. */
const listed = 20;

export function shownEntries(entries: readonly Entry[]): string {
  const names = entries.map(({ name, kind, distro }) => (kind === 'profile' ? `${name} (on ${distro})` : name));
  const more = names.length > listed ? ` and ${names.length - listed} more` : '';
  return `${names.slice(0, listed).join(', ')}${more}`;
}
