import { SerabutError } from '../errors.js';
import { walk } from '../iso/lookup.js';
import type { IsoFile } from '../iso/tree.js';
import type { Volume } from '../iso/volume.js';
import type { Algorithm, Checksum } from './checksum-list.js';
import { type HashOptions, type HashTask, hashExtents } from './hash-extents.js';
import { readImageChecksums } from './image-checksums.js';
import { findFile, type IsoList, readIsoLists } from './iso-lists.js';
import { whyItDiffers, whyItIsMissing } from './likely-reason.js';

/** A file that is not as a list says. The names are as in the image: to be escaped where they are shown. */
export interface Finding {
  readonly path: string;
  /** A file that is stored in a form that is not read (zisofs) counts as missing. */
  readonly kind: 'differs' | 'missing';
  readonly list: string;
  readonly algorithm: Algorithm;
  readonly expected: string;
  /** Of a file that differs. */
  readonly actual?: string | undefined;
  /** Why an image in which nothing is wrong may have this finding. */
  readonly likely?: string | undefined;
}

/** What an image's own checksums say of it. */
export interface Verification {
  readonly lists: readonly IsoList[];
  /** Files by name. One that several lists name counts once, and as the worst that is true of it. */
  readonly counts: Readonly<Record<'fit' | 'differ' | 'missing' | 'withoutChecksum', number>>;
  readonly findings: readonly Finding[];
  /** Paths of the files whose content no list covers, under this name or another. */
  readonly withoutChecksum: readonly string[];
  /** The MD5 over the whole image, where one is implanted. */
  readonly image: { readonly expected: string; readonly actual: string } | undefined;
  /** Checksums that the image has and that are not checked, in words. */
  readonly notChecked: readonly string[];
  /** Nothing differs, nothing is missing, and each line of each list could be used. */
  readonly passed: boolean;
}

/** A line of a list, the file that it means, and the number of the hash to compare with. */
interface Claim {
  readonly list: string;
  readonly checksum: Checksum;
  readonly file: IsoFile | undefined;
  readonly hash: number;
}

/**
 * Compares an image with the checksums that it carries, in one pass over the file. Throws SERABUT_ERR_ISO_NO_CHECKSUMS
 * if there are none, SERABUT_ERR_CHECKSUM_LIST if a list cannot be used at all, and what {@link hashExtents} throws.
 * That a list is signed, and by whom, is not looked at: this finds damage, not forgery.
 */
export async function verifyIso(volume: Volume, options: HashOptions = {}): Promise<Verification> {
  const lists = await readIsoLists(volume);
  const { md5, others } = await readImageChecksums(volume.file);
  if (lists.length === 0 && md5 === undefined) throw noChecksums(volume, others);
  const hashes = new Hashes();
  const claims = lists.flatMap((list) => list.entries.map((checksum) => claim(volume, list.path, checksum, hashes)));
  const tasks = md5 === undefined ? hashes.tasks : [...hashes.tasks, md5.task];
  const digests = await hashExtents(volume.file, tasks, options);
  const findings: Finding[] = [];
  for (const each of claims) {
    const finding = await findingOf(volume, each, digests[each.hash]);
    if (finding !== undefined) findings.push(finding);
  }
  const image = md5 && { expected: md5.digest, actual: digests.at(-1) ?? '' };
  const withoutChecksum = [...uncovered(volume, claims)];
  const counts = { ...countNames(claims, findings), withoutChecksum: withoutChecksum.length };
  const sound = lists.every((list) => list.problemCount === 0) && image?.actual === image?.expected;
  return {
    lists,
    counts,
    findings,
    withoutChecksum,
    image,
    notChecked: others,
    passed: sound && findings.length === 0,
  };
}

/** The hashes to make: one for each content and algorithm, however many names and lists ask for it. */
class Hashes {
  readonly tasks: HashTask[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(algorithm: Algorithm, file: IsoFile): number {
    const key = `${algorithm} ${contentKey(file)}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.tasks.length);
    return this.tasks.push({ algorithm, extents: file.extents }) - 1;
  }
}

/** Equal for files that lie in the same place of the image, as hard links do. */
function contentKey({ extents }: IsoFile): string {
  return extents.map(({ offset, length }) => `${offset}+${length}`).join();
}

function claim(volume: Volume, list: string, checksum: Checksum, hashes: Hashes): Claim {
  const file = findFile(volume, checksum.name);
  const isReadable = file !== undefined && !file.compressed;
  return { list, checksum, file, hash: isReadable ? hashes.numberOf(checksum.algorithm, file) : -1 };
}

async function findingOf(volume: Volume, { list, checksum, file }: Claim, actual: string | undefined) {
  const { algorithm, digest: expected, name: path } = checksum;
  const what = { path, list, algorithm, expected };
  if (actual === expected) return undefined;
  if (file !== undefined && actual !== undefined) {
    return { ...what, kind: 'differs', actual, likely: await whyItDiffers(volume, file, path, list) } as const;
  }
  return { ...what, kind: 'missing', likely: whyItIsMissing(path, file) } as const;
}

function countNames(claims: readonly Claim[], findings: readonly Finding[]) {
  const namesOf = (kind: Finding['kind']) =>
    new Set(findings.filter((finding) => finding.kind === kind).map(({ path }) => path));
  const [missing, differ] = [namesOf('missing'), namesOf('differs')];
  const all = new Set(claims.map(({ checksum }) => checksum.name));
  return { fit: all.size - differ.size - missing.size, differ: differ.size, missing: missing.size };
}

function* uncovered(volume: Volume, claims: readonly Claim[]): Generator<string> {
  const files = new Set(claims.map(({ file }) => file));
  const contents = new Set(claims.map(({ file }) => (file === undefined ? '' : contentKey(file))));
  // Empty files have no place that they could share.
  contents.delete('');
  for (const { path, node } of walk(volume.root)) {
    if (node.kind === 'file' && !files.has(node) && !contents.has(contentKey(node))) yield path;
  }
}

function noChecksums(volume: Volume, others: readonly string[]): SerabutError {
  const but = others.length === 0 ? '' : `; ${others.join(' and ')} cannot be checked`;
  const message = `the ISO holds no list of checksums of its files${but}`;
  return new SerabutError('SERABUT_ERR_ISO_NO_CHECKSUMS', message, { where: volume.file.path });
}
