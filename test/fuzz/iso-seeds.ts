import { makeIso } from '../helpers/make-iso.js';
import type { Seed } from './target.js';

const modified = new Date('2026-01-02T03:04:05Z');

const files = {
  'boot/grub/grub.cfg': 'menu',
  'a/long/way/down.txt': 'x',
  empty: { directory: true },
  'empty.txt': '',
  [`${'n'.repeat(200)}.txt`]: 'long name',
  [`links/${'l'.repeat(200)}`]: { symlink: `../${'t'.repeat(200)}/..//${'u'.repeat(100)}` },
  'links/absolute': { symlink: '/boot/grub' },
  'links/loop-a': { symlink: 'loop-b' },
  'links/loop-b': { symlink: './loop-a' },
  debian: { symlink: '.' },
  'big.bin': Buffer.alloc(5000, 'b'),
  '日本語/ファイル.txt': 'ü',
} as const;

const many = Object.fromEntries(
  Array.from({ length: 60 }, (_, index) => [`many/file number ${index}.txt`, index % 7 === 0 ? '' : `${index}`]),
);

/** Small images of our own: the same on every machine. */
export function ownSeeds(): Seed[] {
  return [
    { name: 'Rock Ridge', bytes: makeIso(files, { modified }) },
    { name: 'Rock Ridge and Joliet', bytes: makeIso(files, { modified, joliet: true, splitAbove: 2048 }) },
    { name: 'Joliet', bytes: makeIso(files, { modified, joliet: true, rockRidge: false, splitAbove: 2048 }) },
    { name: 'plain', bytes: makeIso(files, { modified, rockRidge: false, splitAbove: 4096 }) },
    { name: 'many files', bytes: makeIso({ ...files, ...many }, { modified, splitAbove: 2048 }) },
  ];
}
