import { randomBytes } from 'node:crypto';
import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { firmwareSource } from '../../../core/firmware/bundles.js';
import {
  bytesSource,
  entityTag,
  fileSource,
  identityOf,
  joinSources,
  openUnchanged,
  readSource,
  requireUnchanged,
  sliceSource,
} from '../../../core/http/byte-source.js';

const identity = (path: string) => identityOf(path, statSync(path, { bigint: true }));

t.test('a joined source starts each part at a multiple of the alignment', async (t) => {
  const source = joinSources([bytesSource(Buffer.from('abcde')), bytesSource(Buffer.from('fg'))], 4);
  t.equal((await readSource(source, 100)).toString(), 'abcde\0\0\0fg');
});

t.test('an empty part adds nothing, not even padding', async (t) => {
  const empty = bytesSource(Buffer.alloc(0));
  t.equal((await readSource(joinSources([bytesSource(Buffer.from('abc')), empty], 4), 100)).toString(), 'abc');
  t.equal((await readSource(joinSources([empty, bytesSource(Buffer.from('abc'))], 4), 100)).toString(), 'abc');
});

t.test('every slice of a source of all kinds of segments holds the same bytes as a slice of the whole', async (t) => {
  const path = join(t.testdir({ file: '' }), 'file');
  writeFileSync(path, randomBytes(50));
  const parts = [fileSource(identity(path), 3, 20), bytesSource(randomBytes(9)), fileSource(identity(path), 30, 11)];
  const source = joinSources(parts, 8);
  const whole = await readSource(source, 1000);
  for (let start = 0; start <= whole.length; start++) {
    for (let end = start; end <= whole.length; end++) {
      const slice = await readSource(sliceSource(source, start, end), 1000);
      if (!slice.equals(whole.subarray(start, end))) t.fail(`slice ${start} to ${end} differs`);
    }
  }
  t.equal(whole.length, source.length);
});

t.test('the entity tag changes with the file, the stretch and the bytes, and with nothing else', async (t) => {
  const path = join(t.testdir({ file: 'content' }), 'file');
  const source = fileSource(identity(path));
  t.equal(entityTag(source), entityTag(fileSource(identity(path))));
  t.not(entityTag(source), entityTag(fileSource(identity(path), 1)));
  t.not(entityTag(bytesSource(Buffer.from('a'))), entityTag(bytesSource(Buffer.from('b'))));
  utimesSync(path, 1, 1);
  t.not(entityTag(source), entityTag(fileSource(identity(path))));
});

t.test('a file that was replaced or removed after it was planned is not opened', async (t) => {
  const path = join(t.testdir({ file: 'old' }), 'file');
  const before = identity(path);
  writeFileSync(path, 'newer');
  await t.rejects(openUnchanged(before), { code: 'SERABUT_ERR_FILE_CHANGED', status: 503, retryAfter: 1 });
  await t.rejects(openUnchanged({ ...before, path: `${path}.gone` }), { code: 'SERABUT_ERR_FILE_CHANGED' });
});

t.test('what the system cannot read now is waited for, and nothing is said of what it holds', async (t) => {
  const path = join(t.testdir({ file: 'bytes' }), 'file');
  const below = { ...identity(path), path: join(path, 'no directory') };
  const failed = { code: 'SERABUT_ERR_FILE_UNREADABLE', status: 503, retryAfter: 5, message: /\(ENOTDIR\)$/ };
  await t.rejects(openUnchanged(below), failed);
  const handle = await open(path);
  await handle.close();
  await t.rejects(requireUnchanged(identity(path), handle), { code: 'SERABUT_ERR_FILE_UNREADABLE', status: 503 });
  // A name that is too long stands for whatever else a file system may fail with.
  await t.rejects(firmwareSource('/', 'x'.repeat(300)), { code: 'SERABUT_ERR_FILE_UNREADABLE', status: 503 });
  t.equal(await firmwareSource(path, 'none'), undefined);
});

t.test('a source that is longer than the caller allows is refused before anything is read', async (t) => {
  await t.rejects(readSource(bytesSource(Buffer.alloc(11)), 10), { code: 'SERABUT_ERR_ISO_DAMAGED' });
});
