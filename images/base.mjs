// The image that the others stand on: Debian's own where it can be pulled, else one made out of this machine's apt.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const debian = 'docker.io/library/debian:trixie-slim';
const suite = 'trixie';
/** A base that is made here is of one day, since its packages get security updates; its own date is another. */
const own = `localhost/serabut-base:${suite}-${new Date().toISOString().slice(0, 10)}`;

/**
 * Finds a base, or makes one: `anew` even if one of this day is there. `sources` is what apt shall take packages from while images are built on it; without it the base's own.
 *
 * @returns {{ image: string, sources?: string }}
 */
export function findBase(wanted, anew) {
  if (wanted !== undefined) return { image: wanted };
  const pulled = spawnSync('buildah', ['pull', '--quiet', '--retry', '0', debian], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (pulled.status === 0) return { image: debian };
  console.log(`# ${debian} cannot be pulled; a base of the same suite is made out of this machine's apt sources`);
  const sources = aptSources(ownMirror());
  if (anew || !isThere()) makeBase(sources);
  return { image: own, sources };
}

function isThere() {
  return spawnSync('buildah', ['inspect', '--type', 'image', own]).status === 0;
}

/** Debian without documentation and translations, as debian:trixie-slim is. Nothing in it names the mirror. */
function makeBase(sources) {
  const directory = mkdtempSync(join(tmpdir(), 'serabut-base-'));
  try {
    const file = (name, text) => {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    };
    const neutral = file('debian.sources', aptSources({ debian: 'http://ftp.debian.org/debian' }));
    const root = join(directory, 'root.tar');
    run('mmdebstrap', [
      ...['--quiet', '--variant=minbase', '--mode=root', '--aptopt=APT::Install-Recommends "false"'],
      ...['doc', 'man', 'info', 'locale', 'lintian'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
      '--dpkgopt=path-include=/usr/share/doc/*/copyright',
      '--customize-hook=rm -f "$1/etc/apt/sources.list" "$1"/etc/apt/sources.list.d/*',
      `--customize-hook=upload ${neutral} /etc/apt/sources.list.d/debian.sources`,
      '--customize-hook=rm -rf "$1"/var/log/* "$1"/var/cache/apt/* "$1"/var/lib/apt/lists/* "$1/etc/resolv.conf"',
      '--customize-hook=echo localhost > "$1/etc/hostname"',
      ...[suite, root, file('apt.sources', sources)],
    ]);
    const containerfile = file('Containerfile', 'FROM scratch\nADD root.tar /\nCMD ["bash"]\n');
    const dated = ['--timestamp', process.env.SOURCE_DATE_EPOCH];
    run('buildah', ['build', '--quiet', '--no-cache', ...dated, '--tag', own, '--file', containerfile, directory]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The mirrors of Debian that apt on this machine knows, by http: of the archive, and of its security updates. */
function ownMirror() {
  const sites = execFileSync('apt-get', ['indextargets', '--format', '$(SITE)'], { encoding: 'utf8' }).split('\n');
  const site = (name) => sites.map((line) => line.replace(/\/$/, '')).find((line) => line.endsWith(`/${name}`));
  const debian = site('debian');
  if (debian === undefined) throw new Error('There is no base: apt on this machine knows no mirror of Debian.');
  return { debian, security: site('debian-security') };
}

/** The file debian.sources of that suite. */
function aptSources({ debian, security }) {
  const signed = 'Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n';
  const archive = `Types: deb\nURIs: ${debian}\nSuites: ${suite} ${suite}-updates\n${signed}`;
  if (security === undefined) return archive;
  return `${archive}\nTypes: deb\nURIs: ${security}\nSuites: ${suite}-security\n${signed}`;
}

function run(command, args) {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`${command} could not be run: ${error.message}`);
  if (status !== 0) throw new Error(`${command} failed:\n${stderr.slice(-2000)}`);
}
