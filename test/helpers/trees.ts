import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { IsoContent } from './make-iso.js';

/** Other people's implementations, to make images with and to compare with. */
export function missing(...programs: string[]): string | false {
  const absent = programs.filter((program) => {
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' });
      return false;
    } catch (error) {
      // That a program does not know the option says that there is one.
      return (error as NodeJS.ErrnoException).code === 'ENOENT';
    }
  });
  return absent.length > 0 && `${absent.join(' and ')} not installed`;
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** 1,200 files: small, large, empty; deep directories; long and Unicode names; links of all kinds. */
export function contents(): Record<string, IsoContent> {
  const files: Record<string, IsoContent> = {};
  for (let index = 0; index < 1100; index += 1) {
    files[`pool/main/${'abcdefgh'[index % 8]}/package-${index}_1.0-${index}_amd64.deb`] = `package ${index}\n`.repeat(
      index % 40,
    );
  }
  for (let depth = 1; depth <= 14; depth += 1) {
    const path = Array.from({ length: depth }, (_, level) => `level-${level + 1}`).join('/');
    files[`deep/${path}/file at depth ${depth}.txt`] = `depth ${depth}`;
  }
  for (let length = 10; length <= 240; length += 5) files[`long/${'x'.repeat(length)}.txt`] = `${length}`;
  for (const name of [
    'ünïcödé.txt',
    '日本語/ファイル.txt',
    '😀.bin',
    'a;b',
    'trailing.',
    'two  blanks',
    '-dash',
    'UPPER.TXT',
    'upper.txt',
  ])
    files[`names/${name}`] = name;
  return {
    ...files,
    'large.bin': Buffer.alloc(3_000_001, 'serabut'),
    empty: { directory: true },
    'links/relative': { symlink: '../pool/main' },
    'links/absolute': { symlink: '/pool/main/a' },
    'links/loop-a': { symlink: 'loop-b' },
    'links/loop-b': { symlink: 'loop-a' },
    'links/long': { symlink: Array.from({ length: 12 }, (_, index) => `${index}`.repeat(60)).join('/') },
    debian: { symlink: '.' },
  };
}

export async function writeTree(root: string, files: Readonly<Record<string, IsoContent>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    if (typeof content === 'string' || content instanceof Uint8Array) await writeFile(join(root, path), content);
    else if ('symlink' in content) await symlink(content.symlink, join(root, path));
    else await mkdir(join(root, path));
  }
}

/** What is at every path, directories in between included, in the form of {@link treeOnDisk}. */
export function treeOf(files: Readonly<Record<string, IsoContent>>): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const [path, content] of Object.entries(files)) {
    for (let above = dirname(path); above !== '.'; above = dirname(above)) tree[above] = 'directory';
    if (typeof content === 'string' || content instanceof Uint8Array) tree[path] = sha256(Buffer.from(content));
    else tree[path] = 'symlink' in content ? `→ ${content.symlink}` : 'directory';
  }
  return tree;
}

/** Every path below a directory with what is there: `directory`, `→ target`, or the SHA-256 of the content. */
export async function treeOnDisk(root: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(root.length + 1);
    if (entry.isDirectory()) tree[name] = 'directory';
    else if (entry.isSymbolicLink()) tree[name] = `→ ${await readlink(path)}`;
    else tree[name] = sha256(await readFile(path));
  }
  return tree;
}
