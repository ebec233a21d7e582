import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { walk } from '../../../core/iso/lookup.js';
import { buildApp } from '../../helpers/build-app.js';
import { contents, extracted, missing, sha256, writeTree } from '../../helpers/trees.js';

t.test('every file of an ISO of 1,200 is served as xorriso extracts it', { skip: missing('xorriso') }, async (t) => {
  const directory = t.testdir({ source: {} });
  const image = join(directory, 'test.iso');
  await writeTree(join(directory, 'source'), contents());
  execFileSync('xorriso', ['-as', 'mkisofs', '-r', '-J', '-joliet-long', '-o', image, join(directory, 'source')], {
    stdio: 'ignore',
  });
  const expected = await extracted(image, join(directory, 'extracted'));
  const iso = readFileSync(image);
  const { url, library } = await buildApp(t, { files: { 'isos/test.iso': iso } });
  let files = 0;
  for (const { path, node } of walk(library.volume('test.iso').root)) {
    if (node.kind !== 'file') continue;
    const response = await fetch(`${url}/iso/content/test.iso/${path.split('/').map(encodeURIComponent).join('/')}`);
    const served = sha256(Buffer.from(await response.arrayBuffer()));
    if (served !== expected[path]) t.fail(`${path} differs`);
    files++;
  }
  t.equal(files, Object.values(expected).filter((what) => /^[0-9a-f]{64}$/.test(what)).length);
  t.ok(files >= 1000, `${files} files`);
});
