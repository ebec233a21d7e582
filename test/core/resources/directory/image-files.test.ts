import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ImageFiles } from '../../../../core/resources/directory/image-files.js';

const spec = { type: 'iso', url: 'http://mirror/a.iso', sha256: 'ab'.repeat(32) };

t.test('of many that add one name, one succeeds, and its file is whole', async (t) => {
  const directory = join(t.testdir({}), 'resources');
  const files = new ImageFiles(directory);
  const specs = ['a', 'b', 'c', 'd'].map((name) => ({ ...spec, url: `http://mirror/${name}.iso` }));
  const all = await Promise.allSettled(specs.map((one) => files.add('debian', one)));
  t.equal(all.filter(({ status }) => status === 'fulfilled').length, 1);
  for (const one of all) if (one.status === 'rejected') t.match(one.reason, { code: 'SERABUT_ERR_IMAGE_EXISTS' });
  t.strictSame(readdirSync(directory), ['image-debian.yaml'], 'nothing else is left');
  const winner = all.findIndex(({ status }) => status === 'fulfilled');
  t.match(readFileSync(join(directory, 'image-debian.yaml'), 'utf8'), `url: ${specs[winner]?.url}`);
});

t.test('what is no Image is refused with everything that is wrong, and nothing is written', async (t) => {
  const directory = t.testdir({});
  const wrong = new ImageFiles(directory).add('Debian', { url: 'ftp://x', sha256: 'x', color: 'red' });
  await t.rejects(wrong, { code: 'SERABUT_ERR_BAD_REQUEST', message: /metadata\.name/ });
  const refused = new ImageFiles(directory).add('debian', { type: 'iso', url: 'ftp://x', sha256: 'x', color: 'red' });
  await t.rejects(refused, { message: /3 findings.*spec\.url/s });
  t.strictSame(readdirSync(directory), []);
});

t.test('a directory that cannot be written to is said, with the document that a person may add', async (t) => {
  const directory = t.testdir({ file: 'text' });
  const inFile = new ImageFiles(join(directory, 'file')).add('debian', spec);
  await t.rejects(inFile, { code: 'SERABUT_ERR_STORE', message: /cannot write image-debian\.yaml/ });
  // Nobody makes files in sysfs, not even root.
  const refused = new ImageFiles('/sys/kernel').add('debian', spec);
  await t.rejects(refused, { code: 'SERABUT_ERR_NOT_PERMITTED', message: /kind: Image/ });
});
