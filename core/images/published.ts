import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseChecksumFile } from '../checksums/checksum-file.js';
import type { Checksum } from '../checksums/checksum-list.js';
import { isClearSigned } from '../checksums/cleartext.js';
import { SerabutError } from '../errors.js';
import { type ImageSpec, lastPart } from '../resources/image.js';
import type { StrongAlgorithm } from './hash-file.js';
import { type Fetching, getSmall } from './http-get.js';
import { readKeyring, refused, type Signed, verifyClearSigned, verifyDetached } from './signature.js';

/** Bytes of a list that is published beside images, of a signature, and of a keyring; real ones have some kilobytes. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;
const MAX_SIGNATURE_BYTES = 64 * 1024;
const MAX_KEYRING_BYTES = 8 * 1024 * 1024;

/** What an image's bytes must hash to, and who says so. */
export interface Expected {
  readonly algorithm: StrongAlgorithm;
  readonly digest: string;
  /** For people: "the sha256 of the Image", or the list and the key that signed it. */
  readonly by: string;
}

/**
 * What the Image says of its bytes, or the list that it names; undefined when neither is there. Throws
 * SERABUT_ERR_IMAGE_DOWNLOAD, SERABUT_ERR_IMAGE_SIGNATURE, SERABUT_ERR_IMAGE_NOT_LISTED or SERABUT_ERR_CHECKSUM_LIST.
 */
export async function expectedOf(spec: ImageSpec, keyrings: string, fetching: Fetching): Promise<Expected | undefined> {
  if (spec.sha256 !== undefined) return { algorithm: 'sha256', digest: spec.sha256, by: 'the sha256 of the Image' };
  if (spec.checksums === undefined || spec.url === undefined) return undefined;
  const { url } = spec.checksums;
  const list = await fetchList(spec.checksums, keyrings, fetching);
  const by =
    'fingerprint' in list ? `${url}, signed by key ${list.fingerprint}` : `${url}, whose signature is not checked`;
  const { algorithm, digest } = entryOf(spec.url, list.text, url);
  return { algorithm, digest, by };
}

/** The list as it was signed; without a keyring just as it came. */
async function fetchList(
  { url, signature, keyring }: NonNullable<ImageSpec['checksums']>,
  keyrings: string,
  fetching: Fetching,
): Promise<Signed | { readonly text: Buffer }> {
  const allowPlain = keyring !== undefined;
  const list = await getSmall({ url, allowPlain }, MAX_LIST_BYTES, fetching);
  if (keyring === undefined) return { text: list };
  const keys = await readKeyring(keyring, await keyringFile(join(keyrings, keyring), keyring));
  if (signature !== undefined) {
    const detached = await getSmall({ url: signature, allowPlain }, MAX_SIGNATURE_BYTES, fetching);
    return verifyDetached(list, detached, keys);
  }
  if (isClearSigned(list)) return verifyClearSigned(list, keys);
  throw refused(`${url} is not clear-signed: name its signature by checksums.signature`);
}

async function keyringFile(path: string, name: string): Promise<Buffer> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'is not there' : `cannot be read: ${cause.message}`;
    throw refused(`keyrings/${name} ${why}: put the keys of the distribution there`, cause);
  });
  if (bytes.length > MAX_KEYRING_BYTES) throw refused(`keyrings/${name} is longer than ${MAX_KEYRING_BYTES} bytes`);
  return bytes;
}

/** The strongest checksum that a list has of a file. */
function entryOf(image: string, text: Buffer, url: string): Checksum & { readonly algorithm: StrongAlgorithm } {
  const { entries } = parseChecksumFile(text);
  const name = lastPart(image);
  const named = [belowList(image, url), name].map((path) => entries.filter((entry) => entry.name === path));
  const found = named.find((those) => those.length > 0) ?? inOneDirectory(entries, name);
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const entry = found.find((candidate) => candidate.algorithm === algorithm);
    if (entry !== undefined) return { ...entry, algorithm };
  }
  const weak = found.map(({ algorithm }) => algorithm).join(' and ');
  const what = weak === '' ? `does not name ${name}` : `has only ${weak} of ${name}`;
  throw new SerabutError('SERABUT_ERR_IMAGE_NOT_LISTED', `the list ${what} (it has ${entries.length} lines)`, {
    where: url,
    retryAfter: 600,
  });
}

/** The image's path below the directory of the list, as Debian's list of a whole tree has it. */
function belowList(image: string, url: string): string | undefined {
  const directory = url.replace(/[^/]*$/, '');
  return image.startsWith(directory) ? image.slice(directory.length).replace(/\?.*$/, '') : undefined;
}

/** A list of a whole tree names paths; a name that is in one directory alone is no doubt the one. */
function inOneDirectory(entries: readonly Checksum[], name: string): readonly Checksum[] {
  const found = entries.filter((entry) => entry.name.endsWith(`/${name}`));
  return new Set(found.map((entry) => entry.name)).size === 1 ? found : [];
}
