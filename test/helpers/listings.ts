import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Listing, loadListing } from '../../core/kit/listing.js';

const directory = fileURLToPath(new URL('../../../test/fixtures/listings/', import.meta.url));

/** A listing under the name of its file, since two ISOs may be published under one name, such as `mini.iso`. */
export interface NamedListing {
  readonly name: string;
  readonly listing: Listing;
}

/** The listings of published images. */
export async function publishedListings(): Promise<NamedListing[]> {
  const files = readdirSync(directory).sort();
  return Promise.all(
    files.map(async (file) => ({
      name: file.replace(/\.yaml$/, ''),
      listing: await loadListing(join(directory, file)),
    })),
  );
}
