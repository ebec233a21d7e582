import type { Finding } from '../check.js';
import type { Listing } from './listing.js';
import { listingImage } from './listing-image.js';

/** As deep as paths may be; the deepest in published images have eight names. */
const depthLimit = 30;

/** As NAME_MAX of Linux has it. */
const nameLimit = 255;

/** Of all files together: far above any image, and below what blocks of 2 KiB can number (ECMA-119 §8.4.8). */
const totalLimit = 2 ** 40;

/** What `unverified` may name besides paths: fields, and all numbers in `files`. */
const fields = ['iso', 'size', 'volumeId', 'expect', 'sizes'];

/** What is wrong with a listing beyond the form of its fields. */
export function listingMeaning(listing: Listing): Finding[] {
  const findings = [...pathFindings(listing), ...totalFindings(listing), ...unverifiedFindings(listing)];
  return findings.length > 0 ? findings : sizeFindings(listing);
}

function pathFindings({ files, links }: Listing): Finding[] {
  const leaves = new Set([...Object.keys(files), ...Object.keys(links)]);
  return [
    ...Object.keys(files).map((path) => ['files', path]),
    ...Object.keys(links).map((path) => ['links', path]),
  ].flatMap(([field = '', path = '']) => {
    const received = JSON.stringify(path);
    if (!isPlainPath(path)) {
      const expected = `absolute paths of plain names, at most ${depthLimit} deep`;
      return [{ path: field, expected, received }];
    }
    const above = directoriesOf(path).find((directory) => leaves.has(directory));
    if (above !== undefined)
      return [{ path: field, expected: `nothing below ${above}, which is no directory`, received }];
    return field === 'links' && path in files
      ? [{ path: field, expected: 'a path that is not among the files', received }]
      : [];
  });
}

function isPlainPath(path: string): boolean {
  const [root, ...names] = path.split('/');
  const isPlain = (name: string) =>
    name !== '' && name !== '.' && name !== '..' && !name.includes('\0') && Buffer.byteLength(name) <= nameLimit;
  return root === '' && names.length <= depthLimit && names.length > 0 && names.every(isPlain);
}

/** Of `/a/b/c`: `/a` and `/a/b`. */
function directoriesOf(path: string): string[] {
  const names = path.split('/').slice(1, -1);
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}

function totalFindings({ files }: Listing): Finding[] {
  const sizes = Object.values(files).map((content) => (typeof content === 'number' ? content : 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= totalLimit) return [];
  return [{ path: 'files', expected: `sizes of at most ${totalLimit} bytes together`, received: `${total}` }];
}

function unverifiedFindings({ files, links, unverified }: Listing): Finding[] {
  const known = (name: string) => fields.includes(name) || Object.hasOwn(files, name) || Object.hasOwn(links, name);
  return unverified.flatMap((name, index) => {
    if (known(name)) return [];
    const expected = `one of ${fields.join(', ')}, or a path of this listing`;
    return [{ path: `unverified[${index}]`, expected, received: JSON.stringify(name) }];
  });
}

function sizeFindings(listing: Listing): Finding[] {
  const { size } = listing;
  const least = listingImage({ ...listing, size: 0 }).length;
  if (size === undefined || size >= least) return [];
  return [{ path: 'size', expected: `at least the ${least} bytes that the files take`, received: `${size}` }];
}
