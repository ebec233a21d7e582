import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readSource } from '../../../core/http/byte-source.js';
import { isoFileSource, lookup, walk } from '../../../core/iso/lookup.js';
import { openVolume } from '../../../core/iso/volume.js';
import { makeIso } from '../../helpers/make-iso.js';
import { contents, extracted, missing, sha256, treeOnDisk, writeTree } from '../../helpers/trees.js';

async function treeInImage(path: string): Promise<Record<string, string>> {
  const volume = await openVolume(path);
  const tree: Record<string, string> = {};
  for (const { path, node } of walk(volume.root)) {
    if (node.kind === 'directory') tree[path] = 'directory';
    else if (node.kind === 'symlink') tree[path] = `→ ${node.target}`;
    else tree[path] = sha256(await readSource(isoFileSource(volume, node), 10_000_000));
  }
  return tree;
}

const MASTERS: Record<string, string[]> = {
  'as Debian does': ['-r', '-J', '-joliet-long', '-iso-level', '3'],
  'with deep directories relocated': ['-r', '-rr_reloc_dir', '/rr_moved'],
  'without relocation': ['-r', '-no-pad'],
};

for (const [name, options] of Object.entries(MASTERS)) {
  t.test(`an image of xorriso made ${name} is read as xorriso reads it`, { skip: missing('xorriso') }, async (t) => {
    const directory = t.testdir({ source: {} });
    const image = join(directory, 'test.iso');
    await writeTree(join(directory, 'source'), contents());
    execFileSync('xorriso', ['-as', 'mkisofs', ...options, '-o', image, join(directory, 'source')], {
      stdio: 'ignore',
    });
    const ours = await treeInImage(image);
    t.same(ours, await extracted(image, join(directory, 'extracted')));
    const { rr_moved, ...withoutPlaceOfRelocation } = ours;
    t.same(withoutPlaceOfRelocation, await treeOnDisk(join(directory, 'source')));
    t.match(lookup(await openVolume(image), 'debian/links/relative'), { kind: 'directory', name: 'main' });
  });
}

t.test(
  'the images of our own test helper are read by xorriso as they were meant',
  { skip: missing('xorriso') },
  async (t) => {
    const directory = t.testdir({ source: {} });
    const image = join(directory, 'test.iso');
    await writeTree(join(directory, 'source'), contents());
    await writeFile(image, makeIso(contents(), { splitAbove: 1024 * 1024 }));
    const expected = await treeOnDisk(join(directory, 'source'));
    t.same(await extracted(image, join(directory, 'extracted')), expected);
    t.same(await treeInImage(image), expected);
  },
);

t.test(
  'the images of our own test helper are read by bsdtar as they were meant',
  { skip: missing('bsdtar') },
  async (t) => {
    const directory = t.testdir({});
    const image = join(directory, 'test.iso');
    // Joliet has names of 64 characters, bsdtar keeps the dot that ends a name, and takes names as if case did not matter.
    const common = Object.entries(contents()).filter(([path]) => !/^long|UPPER|\.$/.test(path));
    for (const options of [{}, { joliet: true }, { rockRidge: false, joliet: true }]) {
      await writeFile(image, makeIso(Object.fromEntries(common), options));
      const listed = execFileSync('bsdtar', ['-tf', image], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
      const names = `${listed}`
        .trimEnd()
        .split('\n')
        .filter((name) => name !== '.');
      t.same(names.sort(), Object.keys(await treeInImage(image)).sort());
    }
  },
);
