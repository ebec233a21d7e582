import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { SecretFiles, secretText } from '../../../core/resources/secret-files.js';

/** A data directory with Secrets, and files around them that are none. */
function secretsIn(t: Test) {
  const data = t.testdir({
    outside: 'top-secret',
    secrets: {
      web: { root: '$6$a$b\n', windows: 'x\r\n', two: 'a\n\n', empty: '', latin: Buffer.from([0xe9]), directory: {} },
      other: { root: 'of another' },
    },
  });
  return { data, files: new SecretFiles(join(data, 'secrets')), web: join(data, 'secrets/web') };
}

const refused = (t: Test, files: SecretFiles, [name, key]: readonly [string, string], why: RegExp) =>
  t.rejects(files.read(name, key), { code: 'SERABUT_ERR_SECRET', message: why }, JSON.stringify([name, key]));

t.test('a secret is the text of its file without the line feed at its end', async (t) => {
  const { files } = secretsIn(t);
  t.equal(await files.read('web', 'root'), '$6$a$b');
  t.equal(await files.read('web', 'windows'), 'x');
  t.equal(await files.read('web', 'two'), 'a\n');
  t.equal(await files.read('web', 'empty'), '');
});

t.test('what changes is read anew', async (t) => {
  const { files, web } = secretsIn(t);
  writeFileSync(join(web, 'root'), 'new');
  t.equal(await files.read('web', 'root'), 'new');
});

t.test("Kubernetes' own links are followed, others are not", async (t) => {
  const { data, files, web } = secretsIn(t);
  mkdirSync(join(web, '..2026_11_28'));
  writeFileSync(join(web, '..2026_11_28/password'), 'of Kubernetes');
  symlinkSync('..2026_11_28', join(web, '..data'));
  symlinkSync('..data/password', join(web, 'password'));
  t.equal(await files.read('web', 'password'), 'of Kubernetes');
  symlinkSync('../../outside', join(web, 'relative'));
  symlinkSync(join(data, 'outside'), join(web, 'absolute'));
  symlinkSync('../other/root', join(web, 'neighbour'));
  symlinkSync('..', join(web, 'parent'));
  symlinkSync(data, join(data, 'secrets/linked'));
  symlinkSync('loop', join(web, 'loop'));
  for (const key of ['relative', 'absolute', 'neighbour', 'parent']) await refused(t, files, ['web', key], /leads out/);
  await refused(t, files, ['linked', 'outside'], /leads out/);
  await refused(t, files, ['web', 'loop'], /ELOOP/);
});

t.test('names that are none never reach the disk', async (t) => {
  const { files } = secretsIn(t);
  for (const name of ['', '.', '..', '../secrets/web', 'web/..', '/etc', 'WEB', 'web\0'])
    await refused(t, files, [name, 'root'], /no name/);
  for (const key of ['', '.', '..', '..data', '../outside', '/etc/passwd', 'root\0', 'ro ot'])
    await refused(t, files, ['web', key], /no name/);
});

t.test('what is missing, no file, too large or no text is said, and never what it holds', async (t) => {
  const { files, web } = secretsIn(t);
  writeFileSync(join(web, 'large'), 'x'.repeat(65_537));
  writeFileSync(join(web, 'largest'), 'x'.repeat(65_536));
  t.equal((await files.read('web', 'largest')).length, 65_536);
  execFileSync('mkfifo', [join(web, 'fifo')]);
  await refused(t, files, ['none', 'root'], /no file secrets\/none\/root/);
  await refused(t, files, ['web', 'none'], /no file secrets\/web\/none/);
  await refused(t, files, ['web', 'directory'], /no file/);
  await refused(t, files, ['web', 'fifo'], /no file/);
  await refused(t, files, ['web', 'large'], /larger than 65536/);
  await refused(t, files, ['web', 'latin'], /no text/);
  t.throws(() => secretText(Buffer.from([0xff]), 'web', 'x'), { code: 'SERABUT_ERR_SECRET' });
});

t.test('a file that may not be read is said', { skip: process.getuid?.() === 0 && 'root may read all' }, async (t) => {
  const { files, web } = secretsIn(t);
  chmodSync(join(web, 'root'), 0);
  await refused(t, files, ['web', 'root'], /EACCES/);
});

t.test('a file that cannot be read for a while is no Secret that is missing', async (t) => {
  const { data } = secretsIn(t);
  const busy = () => Promise.reject(Object.assign(new Error('too many open files'), { code: 'EMFILE' }));
  for (const calls of [
    { open: busy, realpath },
    { open, realpath: busy as typeof realpath },
  ]) {
    const reading = new SecretFiles(join(data, 'secrets'), calls).read('web', 'root');
    await t.rejects(reading, { code: 'SERABUT_ERR_STORE', retryAfter: 10 });
  }
});
