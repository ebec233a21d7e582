import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const check = (directory: string) =>
  spawnSync(process.execPath, ['scripts/chart-readme.mjs', '--check'], { cwd: directory, encoding: 'utf8' });

t.test('the table of values in chart/README.md is of chart/values.yaml', async (t) => {
  const { status, stderr } = check(root);
  t.equal(status, 0, stderr);
});

t.test('another default, or a value without a comment, is noticed', async (t) => {
  const copy = t.testdir({});
  for (const path of ['chart/README.md', 'chart/values.yaml', 'scripts/chart-readme.mjs']) cpSync(root + path, `${copy}/${path}`); // biome-ignore format: one line
  const values = readFileSync(`${root}chart/values.yaml`, 'utf8');
  writeFileSync(`${copy}/chart/values.yaml`, values.replace('waitSeconds: 60', 'waitSeconds: 61'));
  t.match(check(copy), { status: 1, stderr: /^The table of values in chart\/README.md is not of values.yaml/ });
  writeFileSync(`${copy}/chart/values.yaml`, `${values}bare: 1\n`);
  t.match(check(copy), { status: 1, stderr: /bare has no comment in values.yaml/ });
});
