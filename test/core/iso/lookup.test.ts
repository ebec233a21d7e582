import { join } from 'node:path';
import t from 'tap';
import { lookup, walk } from '../../../core/iso/lookup.js';
import type { IsoDirectory } from '../../../core/iso/tree.js';
import { openVolume } from '../../../core/iso/volume.js';
import { makeIso } from '../../helpers/make-iso.js';

const NOT_FOUND = { code: 'SERABUT_ERR_FILE_NOT_FOUND' };

const chain = (length: number) =>
  Object.fromEntries(
    Array.from({ length }, (_, index) => [
      `chain${length}-${index}`,
      { symlink: index ? `chain${length}-${index - 1}` : 'a/b.txt' },
    ]),
  );

const image = makeIso({
  'a/b.txt': 'text',
  'a/deeper/c.txt': 'text',
  '__proto__/x': 'text',
  relative: { symlink: 'a/b.txt' },
  absolute: { symlink: '/a/b.txt' },
  'a/deeper/up': { symlink: '../b.txt' },
  'a/deeper/outside': { symlink: '../../../../../a/b.txt' },
  'to-root': { symlink: '/' },
  debian: { symlink: '.' },
  through: { symlink: 'a/./deeper/../deeper/c.txt' },
  'through-file': { symlink: 'a/b.txt/.' },
  dangling: { symlink: 'nowhere' },
  self: { symlink: 'self' },
  ping: { symlink: 'pong' },
  pong: { symlink: '/ping' },
  growing: { symlink: 'growing/growing' },
  ...chain(40),
  ...chain(41),
});

const volume = await openVolume(join(t.testdir({ 'test.iso': image }), 'test.iso'));
const file = lookup(volume, 'a/b.txt');

t.test('files and directories are found by path, with or without slashes around it', async (t) => {
  t.match(file, { kind: 'file', name: 'b.txt', size: 4 });
  for (const path of ['/a/b.txt', 'a//b.txt']) t.equal(lookup(volume, path), file);
  for (const path of ['a/deeper', '/a/deeper/']) t.match(lookup(volume, path), { kind: 'directory', name: 'deeper' });
  for (const path of ['', '/']) t.equal(lookup(volume, path), volume.root);
  t.match(lookup(volume, '__proto__/x'), { kind: 'file' });
});

t.test('what is not there is not found', async (t) => {
  for (const path of ['b.txt', 'a/b.txt/c', 'A/b.txt', 'constructor', 'dangling']) {
    t.throws(() => lookup(volume, path), { ...NOT_FOUND, message: `there is no "${path}" in this image` });
  }
});

t.test('paths that are no paths are refused', async (t) => {
  for (const path of ['..', 'a/../a', './a', 'a/.', 'a\0']) {
    t.throws(() => lookup(volume, path), { code: 'SERABUT_ERR_PATH_INVALID' });
  }
});

t.test('symbolic links are followed and do not leave the image', async (t) => {
  const paths = [
    'relative',
    'absolute',
    'a/deeper/up',
    'a/deeper/outside',
    'to-root/a/b.txt',
    'debian/debian/relative',
  ];
  for (const path of paths) t.equal(lookup(volume, path), file, path);
  t.equal(lookup(volume, 'debian'), volume.root);
  t.match(lookup(volume, 'through'), { name: 'c.txt' });
  t.throws(() => lookup(volume, 'through-file'), NOT_FOUND);
});

t.test('loops of symbolic links are not found', async (t) => {
  for (const path of ['self', 'ping', 'growing', 'debian/'.repeat(41)]) {
    t.throws(() => lookup(volume, path), { ...NOT_FOUND, message: /form a loop/ });
  }
});

t.test('forty symbolic links are followed, and not forty-one', async (t) => {
  t.equal(lookup(volume, 'chain40-39'), file);
  t.throws(() => lookup(volume, 'chain41-40'), NOT_FOUND);
});

t.test('a walk goes through a directory by name, depth first, past symbolic links', async (t) => {
  const paths = [...walk(lookup(volume, 'a') as IsoDirectory)].map(({ path }) => path);
  t.same(paths, ['b.txt', 'deeper', 'deeper/c.txt', 'deeper/outside', 'deeper/up']);
});
