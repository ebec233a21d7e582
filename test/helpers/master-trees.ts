import type { IsoContent } from './make-iso.js';

/** What is put into images: paths with their content. */
export type Source = Readonly<Record<string, IsoContent>>;

/** What every program can record, and every reader reads. */
export const simple: Source = {
  'BOOT/GRUB/GRUB.CFG': 'menu',
  'BOOT/VMLINUZ': Buffer.alloc(70_000, 'kernel'),
  'README.TXT': 'read me',
  'EMPTY.TXT': '',
  NOEXT: 'no extension',
  EMPTY: { directory: true },
};

export const ordinary: Source = {
  'boot/grub/grub.cfg': 'menu',
  'boot/vmlinuz-6.12.48+deb13-amd64': Buffer.alloc(70_000, 'kernel'),
  'README.html': 'read me',
  '.disk/info': 'Debian',
  'pool/main/l/linux/linux-image-6.12.48+deb13-amd64_6.12.48-1_amd64.deb': 'package',
  'no extension': '',
  'three.dots.in.name.txt': 'dots',
  'empty directory': { directory: true },
};

export const shortLinks: Source = {
  ...ordinary,
  debian: { symlink: '.' },
  'dists/stable': { symlink: 'trixie' },
  'dists/trixie/Release': 'Suite: stable',
  'links/up': { symlink: '../README.html' },
  'links/absolute': { symlink: '/boot/grub' },
  'links/outside': { symlink: '../../../boot/grub/grub.cfg' },
  'links/dangling': { symlink: 'nowhere' },
  'links/loop-a': { symlink: 'loop-b' },
  'links/loop-b': { symlink: './loop-a' },
  'links/itself': { symlink: 'itself' },
  'links/through': { symlink: '../debian/debian/dists/stable/Release' },
};

/** With one that needs several entries (RRIP §4.1.3), on which genisoimage works forever. */
export const links: Source = {
  ...shortLinks,
  'links/long': { symlink: Array.from({ length: 12 }, (_, index) => `${index}`.repeat(60)).join('/') },
};

export const deep: Source = Object.fromEntries(
  Array.from({ length: 14 }, (_, depth) => [
    `${Array.from({ length: depth + 1 }, (_, level) => `level-${level + 1}`).join('/')}/file at ${depth}.txt`,
    `${depth}`,
  ]),
);

export const longNames: Source = {
  ...Object.fromEntries(
    [64, 100, 103, 150, 200, 230, 255].map((length) => [`long/${'x'.repeat(length - 4)}.txt`, `${length}`]),
  ),
  [`${'d'.repeat(255)}/file`]: 'in a directory with a long name',
};

export const basicUnicode: Source = {
  'ünïcödé.txt': 'latin',
  '日本語/ファイル.txt': 'kana',
  'Ελληνικά.txt': 'greek',
  'e\u0301.txt': 'decomposed',
};

/** With what genisoimage and xorriso cannot record in Joliet. */
export const unicode: Source = { ...basicUnicode, '😀.bin': 'beyond 16 bits' };

export const manyFiles: Source = Object.fromEntries(
  Array.from({ length: 200 }, (_, index) => [`pool/package-${index}_1.0_amd64.deb`, `${index}`]),
);

export const odd: Source = {
  'two  blanks': 'blanks',
  '-dash': 'dash',
  'a;b': 'semicolon',
  'a;1': 'looks like a version',
  '#hash%20': 'URL',
  '?query': 'URL',
  '...': 'three dots',
};

/** What `tree` of pycdlib-isos.py puts into an image. */
export const pycdlibTree: Source = {
  'a file.txt': 'one\n',
  'a directory/file2': 'two\n'.repeat(2000),
  'a directory/deeper/zero.txt': '',
  empty: { directory: true },
};
