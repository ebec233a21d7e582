import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type ArchiveMember, newcArchive } from '../../../core/firmware/newc.js';
import { bytesSource, readSource } from '../../../core/http/byte-source.js';
import { pattern } from '../../helpers/isos.js';
import { missing, treeOnDisk } from '../../helpers/trees.js';

const file = (path: string, bytes: Uint8Array, mode = 0o644): ArchiveMember => ({
  path,
  mode,
  content: bytesSource(bytes),
});
const directory = (path: string): ArchiveMember => ({ path, mode: 0o755, content: undefined });

/** Lengths around the multiples of 4, to which names and contents are padded. */
const members = [
  directory('a'),
  directory('a/bc'),
  ...[0, 1, 2, 3, 4, 5].map((length) => file(`a/${'n'.repeat(length + 1)}`, pattern(length))),
  file('a/bc/large', pattern(70_001)),
  file('a/bc/ünï', pattern(7), 0o600),
  file('run.sh', Buffer.from('#!/bin/sh\n'), 0o755),
];

t.test('the same members give the same bytes, and the length is known before any is read', async (t) => {
  const archive = newcArchive(members);
  const bytes = await readSource(archive, 1e6);
  t.equal(bytes.length, archive.length);
  t.ok(bytes.equals(await readSource(newcArchive(members), 1e6)));
  t.equal(bytes.toString('latin1', 0, 6), '070701');
});

t.test('an archive without members is its trailer', async (t) => {
  const bytes = await readSource(newcArchive([]), 1e6);
  t.equal(bytes.toString('latin1', 110, 120), 'TRAILER!!!');
});

for (const [program, ...options] of [
  ['cpio', '-i', '--quiet', '-d', '-F'],
  ['bsdtar', '-x', '-p', '-f'],
] as const) {
  t.test(`${program} unpacks it`, { skip: missing(program) }, async (t) => {
    const at = t.testdir({});
    const archive = join(at, 'archive');
    writeFileSync(archive, await readSource(newcArchive(members), 1e6));
    const out = join(at, 'out');
    mkdirSync(out);
    execFileSync(program, [...options, archive], { cwd: out });
    const expected = join(at, 'expected');
    for (const { path, content } of members) {
      if (content === undefined) mkdirSync(join(expected, path), { recursive: true });
      else writeFileSync(join(expected, path), await readSource(content, 1e6));
    }
    t.strictSame(await treeOnDisk(out), await treeOnDisk(expected));
    t.equal(statSync(join(out, 'run.sh')).mode & 0o777, 0o755);
    t.equal(statSync(join(out, 'a/bc/ünï')).mode & 0o777, 0o600);
  });
}
