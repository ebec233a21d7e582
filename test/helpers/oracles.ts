import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { missing, treeOnDisk } from './trees.js';

/** Every path with what is there: `directory`, `→ target`, or the SHA-256 of the content. */
export type Tree = Readonly<Record<string, string>>;

/** Another implementation, which extracts images. */
export interface Oracle {
  readonly name: 'bsdtar' | 'xorriso';
  readonly extract: (image: string, into: string) => readonly string[];
}

const all: readonly Oracle[] = [
  { name: 'bsdtar', extract: (image, into) => ['-xf', image, '-C', into] },
  { name: 'xorriso', extract: (image, into) => ['-osirrox', 'on', '-indev', image, '-extract', '/', into] },
];

export const oracles = all.filter(({ name }) => !missing(name));

/** What an oracle finds in an image. It may fail half-way; then that is what it found. */
export async function consult({ name, extract }: Oracle, image: string, space: string): Promise<Tree> {
  const directory = join(space, name);
  mkdirSync(directory);
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  await new Promise((done) => execFile(name, extract(image, directory), { env }, done));
  // Directories are as read-only as in the image, so that a test could not remove them again.
  spawnSync('chmod', ['-R', 'u+rwX', directory]);
  return treeOnDisk(directory);
}

/** Where a path leads if symbolic links are followed as chroot(2) has it; undefined if nowhere. */
export function realPath(tree: Tree, path: string, hops = 0): string | undefined {
  let at = '';
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  for (const [index, name] of names.entries()) {
    if (!isDirectory(tree, at) || hops > 40) return undefined;
    const next = name === '..' ? at.replace(/\/?[^/]*$/, '') : join(at, name);
    const target = targetOf(tree, next);
    if (target === undefined) at = next;
    else
      return realPath(tree, [target.startsWith('/') ? '' : at, target, ...names.slice(index + 1)].join('/'), hops + 1);
  }
  return at === '' || at in tree ? at : undefined;
}

function isDirectory(tree: Tree, path: string): boolean {
  return path === '' || tree[path] === 'directory';
}

function targetOf(tree: Tree, path: string): string | undefined {
  const what = tree[path];
  return what?.startsWith('→ ') ? what.slice(2) : undefined;
}
