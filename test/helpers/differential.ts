import { join } from 'node:path';
import type { Test } from 'tap';
import { walk } from '../../core/iso/lookup.js';
import { buildApp } from './build-app.js';
import { cannotMake, type Doubt, type Master, makeImages } from './masters.js';
import { consult, type Oracle, oracles, realPath, type Tree } from './oracles.js';
import { get, listed, listingOf, urlPath } from './served-tree.js';
import { sha256, treeOf } from './trees.js';

/**
 * Serves images over HTTP and compares them, path by path and hash by hash, with what was put into them and with what
 * other programs extract from them. Where one of these is wrong, a `Doubt` says so, and the name of the assertion.
 */
export async function compareAll(t: Test, masters: readonly Master[]): Promise<void> {
  const app = await buildApp(t, { start: false, files: { 'isos/.keep': '' } });
  const directory = join(app.data, 'isos');
  // All are made before the server starts, because it waits for each until it does not change any more.
  const made = await makeImages(masters, directory);
  await app.start();
  for (const master of masters) {
    await t.test(master.name, { skip: skipped(master) }, async (t) => {
      const failure = made.get(master);
      if (failure !== undefined) throw failure;
      const iso = `${master.name}.iso`;
      const { root, names } = app.library.volume(iso);
      t.equal(names, master.names);
      const expected = await witnesses(t, master, join(directory, iso));
      await served(t, `${app.url}/iso/content/${encodeURIComponent(iso)}`, master, expected);
      const links = [...walk(root)].flatMap(({ path, node }) =>
        node.kind === 'symlink' ? [[path, `→ ${node.target}`]] : [],
      );
      t.same(
        Object.fromEntries(links),
        only(expected, (_, what) => what.startsWith('→ ')),
        'symbolic links',
      );
    });
  }
}

function skipped(master: Master): string | false {
  if (!master.holdsSource && oracles.length === 0) return 'neither bsdtar nor xorriso installed';
  return cannotMake(master);
}

/** What all agree on that is in the image: what was put into it, and what other programs extract from it. */
async function witnesses(t: Test, master: Master, image: string): Promise<Tree> {
  const space = t.testdir({});
  const given = master.holdsSource ? treeOf(master.source) : {};
  const trees = await Promise.all(
    oracles.map(async (oracle) => ({ oracle, tree: await consult(oracle, image, space) })),
  );
  const certain = trees.map(({ oracle, tree }) => only(tree, (path) => !isDoubted(master, oracle, path)));
  const all: Tree = Object.assign({}, given, ...certain);
  t.same(
    given,
    only(all, (path) => path in given),
    'what was put into it is there',
  );
  for (const [index, { oracle }] of trees.entries()) {
    const agreed = only(all, (path) => !isDoubted(master, oracle, path));
    t.same(certain[index], agreed, [`${oracle.name} agrees`, ...doubtsOf(master, oracle).map(reason)].join('; '));
  }
  return all;
}

function doubtsOf({ doubts = [] }: Master, { name }: Oracle): readonly Doubt[] {
  return doubts.filter(({ oracle }) => oracle === name);
}

function isDoubted(master: Master, oracle: Oracle, path: string): boolean {
  return doubtsOf(master, oracle).some(({ about }) => about.test(path));
}

function reason({ about, because }: Doubt): string {
  return `it is not asked about ${about}, because ${because}`;
}

/** The server lists the same, and sends the same, also by way of symbolic links. */
async function served(t: Test, url: string, { names }: Master, expected: Tree): Promise<void> {
  // Plain names are recorded in upper case, listed in lower case, and found by either.
  const shown = (path: string) => (names === 'plain' ? path.toLowerCase() : path);
  const paths = Object.entries(expected).map(([path, what]) => shown(what === 'directory' ? `${path}/` : path));
  t.same(await listed(url), paths.sort(), 'the listings');
  const sent = await Promise.all(
    Object.keys(expected).map(async (path) => [path, await get(`${url}/${urlPath(path)}`)]),
  );
  const wanted = Object.keys(expected).map((path) => [path, answerTo(expected, path, shown)]);
  t.same(Object.fromEntries(sent), Object.fromEntries(wanted), 'the contents');
}

function answerTo(tree: Tree, path: string, shown: (name: string) => string): string {
  const real = realPath(tree, path);
  const what = real === '' ? 'directory' : tree[real ?? path];
  if (real === undefined || what === undefined) return '404';
  return what === 'directory' ? sha256(Buffer.from(shown(listingOf(tree, real)))) : what;
}

function only(tree: Tree, isChosen: (path: string, what: string) => boolean): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([path, what]) => isChosen(path, what)));
}
