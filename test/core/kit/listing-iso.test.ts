import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readSource } from '../../../core/http/byte-source.js';
import { isoFileSource, lookup, walk } from '../../../core/iso/lookup.js';
import { openVolume } from '../../../core/iso/volume.js';
import type { Listing } from '../../../core/kit/listing.js';
import { writeListingIso } from '../../../core/kit/listing-iso.js';
import { publishedListings } from '../../helpers/listings.js';
import { without } from '../../helpers/programs.js';

const GIB = 2 ** 30;
const listings = await publishedListings();

const listing = (change: Partial<Listing>): Listing => ({
  iso: 'x.iso',
  volumeId: 'Small 1.0 n',
  expect: null,
  files: {},
  links: {},
  unverified: [],
  source: 'made up',
  ...change,
});

const odd = listing({
  files: {
    '/.disk/info': { text: 'Größe "1"\n' },
    '/empty': 0,
    '/no text': { text: '' },
    '/casper/large.squashfs': 9 * GIB + 1234,
    '/casper/at-limit.squashfs': 4 * GIB - 2048,
    '/casper/above-limit.squashfs': 4 * GIB - 2047,
    [`/deep${'/directory'.repeat(20)}/${'n'.repeat(200)}.tar.gz`]: 77,
    [`/deep${'/directory'.repeat(20)}/${'n'.repeat(199)}m.tar.gz`]: { text: 'the other one' },
    ...Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => [`/pool/main/package-with-a-name-of-length_${n}_all.deb`, n]),
    ),
  },
  links: {
    '/ubuntu': '.',
    '/dists/stable': 'trixie',
    '/absolute': '/deep/directory',
    [`/${'l'.repeat(255)}`]: Array(85).fill('..').join('/'),
  },
});

/** What the listing says of each path: a size, or where a link leads. */
const wanted = ({ files, links }: Listing): Record<string, number | string> => {
  const sizes = Object.entries(files).map(([path, content]) => {
    return [path, typeof content === 'number' ? content : Buffer.byteLength(content.text)] as const;
  });
  return Object.fromEntries([...sizes, ...Object.entries(links)]);
};

/** An ISO of a listing in a directory of its own. */
async function isoOf(t: Test, of: Listing): Promise<string> {
  const path = join(t.testdir({}), of.iso);
  await writeListingIso(of, path);
  return path;
}

for (const { name, listing: of } of [{ name: 'an odd listing', listing: odd }, ...listings]) {
  t.test(`the image of ${name} holds what is listed and nothing else`, async (t) => {
    const volume = await openVolume(await isoOf(t, of));
    const found: Record<string, number | string> = {};
    for (const { path, node } of walk(volume.root)) {
      if (node.kind === 'file') found[`/${path}`] = node.size;
      if (node.kind === 'symlink') found[`/${path}`] = node.target;
    }
    t.strictSame(sorted(found), sorted(wanted(of)));
    t.equal(volume.volumeId, of.volumeId);
    t.strictSame(volume.notes, []);
    for (const [path, content] of Object.entries(of.files)) {
      if (typeof content === 'number') continue;
      const node = lookup(volume, path);
      if (node.kind !== 'file') throw new Error(`${path} is a directory`);
      t.equal(`${await readSource(isoFileSource(volume, node), 65_536)}`, content.text, path);
    }
    if (of.size !== undefined) t.equal(volume.file.size, of.size);
  });
}

function sorted(tree: Record<string, number | string>): [string, number | string][] {
  return Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The paths of files and links with sizes and targets, as another program lists them. */
const lists: Record<string, { command: string[]; line: RegExp }> = {
  xorriso: {
    command: ['-indev', '{}', '-find', '/', '-exec', 'lsdl', '--'],
    line: /^[-l]\S+ +\d+ +\S+ +\S+ +(\d+) .{12} '(.*?)'(?: -> '(.*)')?$/,
  },
  bsdtar: { command: ['-tvf', '{}'], line: /^[-l]\S+ +\d+ +\S+ +\S+ +(\d+) .{12} (.*?)(?: -> (.*))?$/ },
};

for (const [program, { command, line }] of Object.entries(lists)) {
  t.test(`${program} finds the same files`, { skip: without(program) }, async (t) => {
    const names = ['debian-13-netinst-amd64', 'centos-stream-9-dvd-amd64', 'none-windows-like'];
    const some = listings.filter(({ name }) => names.includes(name));
    for (const { name, listing: of } of [{ name: 'odd', listing: odd }, ...some]) {
      const path = await isoOf(t, of);
      const parts = command.map((part) => part.replace('{}', path));
      const env = { ...process.env, LC_ALL: 'C.UTF-8' };
      const { stdout } = spawnSync(program, parts, { encoding: 'utf8', env });
      const found = stdout.split('\n').flatMap((text) => {
        const [, size, listed = '', target] = line.exec(text) ?? [];
        return size === undefined ? [] : [[listed.replace(/^\/?/, '/'), target ?? Number(size)] as const];
      });
      t.strictSame(sorted(Object.fromEntries(found)), sorted(wanted(of)), name);
    }
  });
}

t.test('an image of many gigabytes takes next to no room', async (t) => {
  const { size, blocks } = statSync(await isoOf(t, odd));
  t.ok(size > 17 * GIB, `${size} bytes long`);
  t.ok(blocks * 512 < 2 ** 20, `${blocks * 512} bytes of room`);
});

t.test('a listing is always the same image, and takes the place of an older one', async (t) => {
  const small = listing({ files: { '/a/b': 3000, '/c': { text: 'c' } }, links: { '/l': 'a' } });
  const path = await isoOf(t, small);
  const first = readFileSync(path);
  writeFileSync(path, 'an older one, cut off');
  await writeListingIso(small, path);
  t.ok(readFileSync(path).equals(first));
  await writeListingIso(listing({ files: { '/a/b': 3001, '/c': { text: 'c' } }, links: { '/l': 'a' } }), path);
  t.notOk(readFileSync(path).equals(first));
});

t.test('nothing stays behind when the image cannot be written', async (t) => {
  const directory = t.testdir({});
  const path = join(directory, 'x.iso');
  mkdirSync(join(path, 'in the way'), { recursive: true });
  await t.rejects(writeListingIso(odd, path), { code: /EISDIR|ENOTEMPTY|EEXIST/ });
  t.strictSame(readdirSync(directory), ['x.iso']);
  await t.rejects(writeListingIso(odd, join(directory, 'absent', 'x.iso')), { code: 'ENOENT' });
  t.strictSame(readdirSync(directory), ['x.iso']);
});

t.test('what a boot image of the ISO would hold can be listed below /.boot', async (t) => {
  const volume = await openVolume(await isoOf(t, listing({ files: { '/.boot/uefi/EFI/Linux/a.efi': 4096 } })));
  t.match(lookup(volume, '/.boot/uefi/EFI/Linux/a.efi'), { kind: 'file', size: 4096 });
});
