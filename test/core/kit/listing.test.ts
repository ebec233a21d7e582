import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { type Listing, listingSchema, loadListing } from '../../../core/kit/listing.js';

/** A listing with all that is needed; `change` is laid over it. */
const small = (change: object = {}) => ({
  iso: 'small-1-x86_64.iso',
  volumeId: 'SMALL 1',
  expect: { product: 'small', release: '1', edition: 'live', arch: 'x86_64' },
  files: { '/.disk/info': { text: 'Small 1\n' }, '/boot/vmlinuz': 5_000_000_000 },
  source: 'made up',
  ...change,
});

/** JSON is YAML. */
const load = (t: Test, listing: object | string): Promise<Listing> => {
  const text = typeof listing === 'string' ? listing : JSON.stringify(listing);
  return loadListing(join(t.testdir({ 'a.yaml': text }), 'a.yaml'));
};

/** The findings of a listing, one each; the path of the file is `where`. */
async function findings(t: Test, listing: object | string): Promise<string[]> {
  const error = await load(t, listing).then(
    () => undefined,
    (thrown) => thrown,
  );
  t.match(error, { code: 'SERABUT_ERR_RESOURCE_INVALID', where: /a\.yaml$/ });
  return String(error?.message).split('\n  - ').slice(1);
}

t.test('what is left out is filled in', async (t) => {
  const { expect, links, unverified, size } = await load(t, small());
  t.strictSame(
    { expect, links, unverified, size },
    {
      expect: { product: 'small', release: '1', codename: '', edition: 'live', arch: 'x86_64' },
      links: {},
      unverified: [],
      size: undefined,
    },
  );
  t.equal((await load(t, small({ expect: null }))).expect, null);
});

t.test('everything that is wrong with the form is named at once', async (t) => {
  const listing = {
    iso: 'a/b.iso',
    size: 1000,
    volumeId: 'x'.repeat(33),
    expect: { product: 'Small', release: 1, edition: 'live', arch: 'amd64', editon: 'x' },
    files: { '/a': '5 MB', '/b': { txt: 'x' }, '/c': -1, '/d': 1.5, '/e': null },
    link: {},
    unverified: 'volumeId',
  };
  t.strictSame(await findings(t, listing), [
    'source: expected a text that says where the facts are from, received nothing',
    'link: expected a known field (did you mean "links"?), received an unknown one',
    'iso: expected the name of an ISO file as published, ending in .iso, received "a/b.iso"',
    'size: expected the length of the ISO in bytes, a multiple of 2048, received 1000',
    `volumeId: expected a volume identifier of at most 32 ASCII characters, received "${'x'.repeat(33)}"`,
    'expect.editon: expected a known field (did you mean "edition"?), received an unknown one',
    'expect.product: expected a word in lower case, in quotes where it is a number, received "Small"',
    'expect.release: expected a word in lower case, in quotes where it is a number, received 1',
    'expect.arch: expected one of "x86_64", "arm64", received "amd64"',
    ...['/a', '/b', '/c', '/d', '/e'].map((path, index) => {
      const received = ['"5 MB"', '{"txt":"x"}', '-1', '1.5', 'null'][index];
      return `files.${path}: expected a size in bytes, or { text: what the file says }, received ${received}`;
    }),
    'unverified: expected a list of fields and paths, received "volumeId"',
  ]);
});

t.test('paths that no image can have are named', async (t) => {
  const files = { 'no/root': 1, '/a//b': 1, '/a/../b': 1, '/': 1, '/x': 1, '/x/y': 1, '/nul\0': 1 };
  const long = { [`/${'n'.repeat(256)}`]: 1, [`${'/d'.repeat(31)}`]: 1 };
  const links = { '/x': 'y', '/l': '.', '/l/m': 'n' };
  const plain = 'absolute paths of plain names, at most 30 deep';
  const found = await findings(t, small({ files: { ...files, ...long }, links }));
  t.strictSame(
    found.map((finding) => finding.replace(/"(.{20}).*"/, '"$1…"')),
    [
      `files: expected ${plain}, received "no/root"`,
      `files: expected ${plain}, received "/a//b"`,
      `files: expected ${plain}, received "/a/../b"`,
      `files: expected ${plain}, received "/"`,
      'files: expected nothing below /x, which is no directory, received "/x/y"',
      `files: expected ${plain}, received "/nul\\u0000"`,
      `files: expected ${plain}, received "/nnnnnnnnnnnnnnnnnnn…"`,
      `files: expected ${plain}, received "/d/d/d/d/d/d/d/d/d/d…"`,
      'links: expected a path that is not among the files, received "/x"',
      'links: expected nothing below /l, which is no directory, received "/l/m"',
    ],
  );
});

t.test('sizes are bounded, and must fit into the ISO', async (t) => {
  t.strictSame(await findings(t, small({ files: { '/a': 2 ** 40, '/b': 1 } })), [
    'files: expected sizes of at most 1099511627776 bytes together, received 1099511627777',
  ]);
  t.match(await findings(t, small({ size: 4_999_999_488 })), [
    /^size: expected at least the 50000\d{5} bytes that the files take, received 4999999488$/,
  ]);
  t.equal((await load(t, small({ size: 5_001_003_008 }))).size, 5_001_003_008);
  t.equal((await findings(t, small({ size: 2 ** 41 }))).length, 1);
  t.equal((await findings(t, small({ size: -2048 }))).length, 1);
  t.match(
    await findings(t, small({ files: Object.fromEntries(Array.from({ length: 2001 }, (_, n) => [`/${n}`, 1])) })),
    [/^files: expected paths, 2000 at most, with contents, received/],
  );
});

t.test('what is unverified is a field, or a path of the listing', async (t) => {
  const fields = ['iso', 'size', 'volumeId', 'expect', 'sizes'];
  const links = { '/l': '.' };
  await t.resolves(load(t, small({ links, unverified: [...fields, '/boot/vmlinuz', '/l'] })));
  t.strictSame(await findings(t, small({ unverified: ['sizes', '/boot/initrd'] })), [
    `unverified[1]: expected one of ${fields.join(', ')}, or a path of this listing, received "/boot/initrd"`,
  ]);
});

t.test('a file holds one listing in YAML', async (t) => {
  const text = JSON.stringify(small());
  t.strictSame(await findings(t, `${text}\n---\n${text}`), ['a file holds one listing']);
  t.strictSame(await findings(t, ''), ['a file holds one listing']);
  t.match(await findings(t, 'iso: [\n'), [/at line/]);
  t.match(await findings(t, '[]'), [/^\(whole\): expected a listing with iso, volumeId, expect, files and source/]);
  t.match(await findings(t, `# ${'x'.repeat(256 * 1024)}\n${text}`), ['it is no file of at most 262144 bytes']);
  const bomb = [
    'a: &a [x, x]',
    ...'bcdefgh'.split('').map((name, n) => `${name}: &${name} [${`*${'abcdefg'[n]}, `.repeat(9)}]`),
  ];
  t.match(await findings(t, bomb.join('\n')), [/alias/]);
  t.match(await findings(t, 'a: &a [*a]'), [/circular/]);
});

t.test('a file that cannot be read is a finding as well', async (t) => {
  const directory = t.testdir({});
  await t.rejects(loadListing(join(directory, 'absent.yaml')), {
    code: 'SERABUT_ERR_RESOURCE_INVALID',
    message: /ENOENT/,
  });
  mkdirSync(join(directory, 'a.yaml'));
  await t.rejects(loadListing(join(directory, 'a.yaml')), { message: /it is no file/ });
  writeFileSync(join(directory, 'b.yaml'), JSON.stringify(small()));
  t.equal((await loadListing(join(directory, 'b.yaml'))).iso, 'small-1-x86_64.iso');
});

t.test('docs/listings.md has a listing that is none but right, and a row for each field', async (t) => {
  const doc = readFileSync(fileURLToPath(new URL('../../../../docs/listings.md', import.meta.url)), 'utf8');
  const example = await load(t, /```yaml\n(.*?)```/s.exec(doc)?.[1] ?? '');
  t.match(example, { expect: { codename: 'trixie' }, links: { '/debian': '.' }, unverified: ['sizes'] });
  const rows = [...doc.matchAll(/^\| `(\w+)` \|/gm)].map(([, field]) => field);
  t.strictSame(rows, Object.keys(listingSchema.properties));
});
