import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { findings } from '../../core/check.js';
import { answerFile, configurations, serveDistros } from '../helpers/distros.js';
import { without } from '../helpers/programs.js';
import { userDataSchema } from './autoinstall-schema.js';

const names = Object.keys(configurations);

t.test('cloud-init and the schema of autoinstall take every user-data', async (t) => {
  const distros = ['u22', 'u24', 'u26'];
  const app = await serveDistros(t, distros);
  const dir = mkdtempSync(join(tmpdir(), 'user-data-'));
  t.teardown(() => rmSync(dir, { recursive: true }));
  for (const distro of distros) {
    for (const configuration of names.filter((name) => !name.startsWith('sized'))) {
      const answers = { configuration, distro };
      const userData = await answerFile(app, { ...answers, file: 'user-data' });
      t.match(userData, /^#cloud-config\n/);
      const value = parse(userData, { version: '1.1' });
      t.strictSame(findings(userDataSchema, value), [], `${distro} ${configuration}`);
      const file = join(dir, 'user-data');
      for (const text of [userData, `#cloud-config\n${JSON.stringify(value.autoinstall['user-data'])}`]) {
        if (distro !== 'u24' || !['full', 'mirrored', 'plain'].includes(configuration)) continue;
        await t.test(`cloud-init schema for ${configuration}`, { skip: without('cloud-init') }, async (t) => {
          writeFileSync(file, text);
          const { status, stderr } = spawnSync('cloud-init', ['schema', '-c', file], { encoding: 'utf8' });
          t.equal(status, 0, stderr);
        });
      }
      t.match(parse(await answerFile(app, { ...answers, file: 'meta-data' })), { 'instance-id': configuration });
      t.equal(await answerFile(app, { ...answers, file: 'vendor-data' }), '');
      t.equal(await answerFile(app, { ...answers, file: 'network-config' }), '');
    }
  }
});
