/** By the number of hexadecimal digits of a digest, which no two algorithms of lists have in common. */
const ALGORITHMS = { 32: 'md5', 40: 'sha1', 64: 'sha256', 128: 'sha512' } as const;

export type Algorithm = (typeof ALGORITHMS)[keyof typeof ALGORITHMS];

/** What a list says about one file. */
export interface Checksum {
  readonly algorithm: Algorithm;
  /** In lower-case hexadecimal digits. */
  readonly digest: string;
  /** A relative path: neither empty nor with `.`, `..`, NUL or a slash in front. */
  readonly name: string;
}

/** Why a line, counted from 1, cannot be used. */
export interface LineProblem {
  readonly line: number;
  readonly why: string;
}

export interface ChecksumList {
  /** In the order of the list. A name may come once for each algorithm. */
  readonly entries: readonly Checksum[];
  /** The first MAX_PROBLEMS. */
  readonly problems: readonly LineProblem[];
  readonly problemCount: number;
  /** It is the text of an OpenPGP clear-signed one, whose signature was not checked. */
  readonly clearSigned: boolean;
}

/** How many unusable lines are kept. */
export const MAX_PROBLEMS = 20;

/** Collects what the lines of a list say. */
export class ChecksumListBuilder {
  readonly #entries = new Map<string, Checksum>();
  readonly #problems: LineProblem[] = [];
  #problemCount = 0;

  /** `algorithm` is the one that the list names, if it does; the digest's length must then fit it. */
  add(line: number, path: string, digits: string, algorithm?: string): void {
    const name = relativePath(path);
    const known = algorithmOf(digits);
    if (name === undefined) this.problem(line, 'it names no path below the list');
    else if (known === undefined || (algorithm ?? known) !== known)
      this.problem(line, 'its digest is of no known algorithm');
    else this.#add(line, { algorithm: known, digest: digits.toLowerCase(), name });
  }

  problem(line: number, why: string): void {
    this.#problemCount += 1;
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push({ line, why });
  }

  list(clearSigned: boolean): ChecksumList {
    const entries = [...this.#entries.values()];
    return { entries, problems: this.#problems, problemCount: this.#problemCount, clearSigned };
  }

  #add(line: number, checksum: Checksum): void {
    const key = `${checksum.algorithm} ${checksum.name}`;
    const known = this.#entries.get(key);
    if (known === undefined) this.#entries.set(key, checksum);
    else if (known.digest !== checksum.digest) this.problem(line, 'an earlier line has another digest for this name');
  }
}

function algorithmOf(digits: string): Algorithm | undefined {
  return /^[0-9a-f]+$/i.test(digits) ? ALGORITHMS[digits.length as keyof typeof ALGORITHMS] : undefined;
}

/** `./a//b` as `a/b`; undefined for a path that is empty, absolute, or leads out of its directory. */
function relativePath(path: string): string | undefined {
  if (path.startsWith('/') || path.includes('\0')) return undefined;
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  return names.length === 0 || names.includes('..') ? undefined : names.join('/');
}
