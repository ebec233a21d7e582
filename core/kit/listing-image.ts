import { SECTOR } from '../iso/limits.js';
import { volumeDescriptor } from '../iso/write/descriptor.js';
import { type Entry, entryAt, rootEntry, setContent } from '../iso/write/entry.js';
import {
  descriptorSetTerminator,
  Image,
  planTree,
  resolveLocations,
  writeFiles,
  writeTree,
} from '../iso/write/image.js';
import { plainIdentifier } from '../iso/write/records.js';
import type { Listing } from './listing.js';

/** The most that one extent holds: the last whole sector below 4 GiB. */
const extentLimit = 2 ** 32 - SECTOR;

/** As much as mastering programs add: there are readers that ask for more than a small image has. */
const padding = 150 * SECTOR;

/** A listing says nothing of dates, and the same listing is always the same image. */
const modified = new Date('2000-01-01T00:00:00Z');

/** The image of a listing with its descriptors, directories and texts; all other files are zero bytes. */
export function listingImage({ files, links, volumeId, size }: ImageListing): Image {
  const root = entries({ files, links });
  const options = { kind: 'primary', identify: plainIdentifier, rockRidge: true, splitAbove: extentLimit };
  const image = new Image(2);
  const tree = writeTree(image, planTree(root, { ...options, modified, blockSize: SECTOR }));
  writeFiles(image, root);
  resolveLocations(tree);
  image.extendTo(size ?? image.length + padding);
  const { blocks, blockSize } = image;
  image.put(16, volumeDescriptor(tree, { volumeId, blocks, blockSize, modified }));
  image.put(17, descriptorSetTerminator);
  return image;
}

/** What of a listing becomes an image. */
type ImageListing = Pick<Listing, 'files' | 'links' | 'volumeId'> & { readonly size?: number };

function entries({ files, links }: Pick<Listing, 'files' | 'links'>): Entry {
  const root = rootEntry();
  for (const [path, content] of Object.entries(files)) {
    const entry = entryAt(root, path);
    if (typeof content === 'number') entry.size = content;
    else setContent(entry, Buffer.from(content.text));
  }
  for (const [path, target] of Object.entries(links)) entryAt(root, path).symlink = target;
  return root;
}
