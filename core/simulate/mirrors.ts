/** A source of packages that an answer file names. */
export interface Mirror {
  /** Files of which every mirror with this release has one. */
  readonly urls: readonly [string, ...string[]];
  /** URL of the proxy by which the installer goes there. */
  readonly proxy: string | undefined;
}

/** By release, as the titles of distros have it: mirrors know the names alone. */
const suites: Readonly<Record<string, string>> = {
  'debian 11': 'bullseye',
  'debian 12': 'bookworm',
  'debian 13': 'trixie',
  'debian 14': 'forky',
  'ubuntu 22.04': 'jammy',
  'ubuntu 24.04': 'noble',
  'ubuntu 25.04': 'plucky',
  'ubuntu 25.10': 'questing',
  'ubuntu 26.04': 'resolute',
};

/** The suite of a distro by its title, such as `debian 13 netboot x86_64`; undefined where its name is not known. */
export function suiteOf(title: string): string | undefined {
  const [, release = ''] = /\b((?:debian|ubuntu) [\d.]+)\b/.exec(title.toLowerCase()) ?? [];
  return suites[release];
}

/** The mirrors that a preseed file, a Kickstart file or autoinstall's user-data names. */
export function mirrorsIn(file: string, text: string, title: string): Mirror[] {
  if (/preseed/.test(file)) return ofPreseed(text, title);
  if (/\.(ks|cfg)$/.test(file)) return ofKickstart(text);
  return file.startsWith('user-data') ? ofAutoinstall(text, title) : [];
}

function ofPreseed(text: string, title: string): Mirror[] {
  // Of two answers to one question the last counts.
  const value = (name: string) =>
    [...text.matchAll(new RegExp(`^\\s*d-i\\s+${name}\\s+string[ \\t]+(\\S+)`, 'gm'))].at(-1)?.[1];
  const [host, directory = '/debian'] = [value('mirror/http/hostname'), value('mirror/http/directory')];
  const suite = value('mirror/suite') ?? suiteOf(title) ?? 'stable';
  if (host === undefined) return [];
  const proxy = value('mirror/http/proxy');
  return [{ urls: [`http://${host}${slashed(directory)}dists/${suite}/Release`], proxy }];
}

/** Only what is said outright: without a mirror the installer has one of its own, and goes on without it. */
function ofAutoinstall(text: string, title: string): Mirror[] {
  const suite = suiteOf(title);
  const proxy = /^ {2}proxy:\s*['"]?(http[^'"\s]+)/m.exec(text)?.[1];
  const base = /^\s+primary:\s*\n\s*- uri:\s*['"]?(http[^'"\s]+)/m.exec(text)?.[1];
  return base === undefined || suite === undefined ? [] : [{ urls: [`${slashed(base)}dists/${suite}/Release`], proxy }];
}

/** Commands `url` and `repo` (pykickstart docs, kickstart-docs.rst). */
function ofKickstart(text: string): Mirror[] {
  const option = (line: string, name: string) => new RegExp(`--${name}=["']?([^"'\\s]+)`).exec(line)?.[1];
  return [...text.matchAll(/^(?:url|repo)\s.*$/gm)].flatMap(([line]): Mirror[] => {
    const proxy = option(line, 'proxy');
    const base = option(line, 'url') ?? option(line, 'baseurl');
    const list = option(line, 'mirrorlist') ?? option(line, 'metalink');
    // The tree of a disc has its repositories below it, by the names that .treeinfo says.
    const root = slashed(base ?? '');
    if (base !== undefined) return [{ urls: [`${root}repodata/repomd.xml`, `${root}.treeinfo`], proxy }];
    return list === undefined ? [] : [{ urls: [list], proxy }];
  });
}

function slashed(text: string): string {
  return text.endsWith('/') ? text : `${text}/`;
}
