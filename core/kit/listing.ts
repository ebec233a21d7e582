import { checkAndFill, type Finding, listFindings } from '../check.js';
import { SerabutError } from '../errors.js';
import type { IsoFacts } from '../plugin/contract.js';
import { line, oneOf, text } from '../resources/text.js';
import { readYaml } from '../resources/yaml-file.js';
import Type, { type Static } from '../typebox.js';
import { listingMeaning } from './listing-meaning.js';

/** As a plugin's facts are once they are read (plugin/recognise.ts). */
const word = () => text('^[a-z0-9][a-z0-9._+-]*$', 'a word in lower case, in quotes where it is a number', 64);

/** What recognition shall say. No union with null, of whose parts no finding would be reported. */
const expectation = Type.Unsafe<IsoFacts | null>({
  type: ['object', 'null'],
  expected: 'product, release, codename, edition and arch; null when no plugin shall recognise it',
  required: ['product', 'release', 'edition', 'arch'],
  additionalProperties: false,
  properties: {
    product: word(),
    release: word(),
    codename: Type.String({ ...word(), pattern: '^([a-z0-9][a-z0-9._+-]*)?$', default: '' }),
    edition: word(),
    arch: oneOf('x86_64', 'arm64'),
  },
});

const content = Type.Union(
  [Type.Integer({ minimum: 0 }), Type.Object({ text: Type.String() }, { additionalProperties: false })],
  { expected: 'a size in bytes, or { text: what the file says }' },
);

/**
 * What the ISO of a release holds, as far as a plugin can see it. docs/listings.md is for those who write one.
 * Bounded, with the length of paths, so that no image has more directories than a path table can number.
 */
export const listingSchema = Type.Object(
  {
    iso: text('^[A-Za-z0-9][-A-Za-z0-9._+~]*\\.iso$', 'the name of an ISO file as published, ending in .iso'),
    size: Type.Optional(
      Type.Integer({
        multipleOf: 2048,
        maximum: 2 ** 40,
        expected: 'the length of the ISO in bytes, a multiple of 2048',
      }),
    ),
    volumeId: text('^[ -~]{0,32}$', 'a volume identifier of at most 32 ASCII characters'),
    expect: expectation,
    files: Type.Record(Type.String(), content, { maxProperties: 2000, expected: 'paths, 2000 at most, with contents' }),
    links: Type.Record(Type.String(), text('^[^\\u0000]+$', 'where the link leads, in at most 255 characters'), {
      default: {},
      maxProperties: 100,
      expected: 'paths of symbolic links, 100 at most, with where they lead',
    }),
    unverified: Type.Array(line(1024), { default: [], expected: 'a list of fields and paths' }),
    source: text('\\S', 'a text that says where the facts are from', 4096),
  },
  { additionalProperties: false, expected: 'a listing with iso, volumeId, expect, files and source' },
);

export type Listing = Static<typeof listingSchema>;

/** Reads a listing. Throws one SERABUT_ERR_RESOURCE_INVALID that holds every finding. */
export async function loadListing(path: string): Promise<Listing> {
  const [document, ...others] = await readYaml(path);
  if (document === undefined || others.length > 0) throw invalidListing(path, ['a file holds one listing']);
  if ('problems' in document) throw invalidListing(path, document.problems);
  const checked = checkAndFill<Listing>(listingSchema, document.value);
  const problems = checked.findings.length > 0 ? checked.findings : listingMeaning(checked.value);
  if (problems.length > 0) throw invalidListing(path, problems);
  return checked.value;
}

function invalidListing(where: string, problems: readonly (Finding | string)[]): SerabutError {
  return new SerabutError('SERABUT_ERR_RESOURCE_INVALID', `a listing has ${listFindings(problems)}`, { where });
}
