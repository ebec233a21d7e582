import { spawnSync } from 'node:child_process';
import t from 'tap';
import { checkPreseed, questionsOf } from '../../plugins/debian/check-preseed.js';
import { answerFile, configurations, serveDistros } from '../helpers/distros.js';
import { without } from '../helpers/programs.js';

const names = Object.keys(configurations);

t.test('debconf takes every preseed file, and the installer knows every question in it', async (t) => {
  const app = await serveDistros(t, ['d12', 'd13']);
  for (const distro of ['d12', 'd13']) {
    const questions = questionsOf(distro.slice(1));
    for (const configuration of names) {
      const preseed = await answerFile(app, { configuration, distro, file: 'preseed.cfg' });
      t.strictSame(checkPreseed(preseed, questions), [], `${distro} ${configuration}`);
      const skip = without('debconf-set-selections');
      await t.test(`debconf-set-selections for ${distro} ${configuration}`, { skip }, async (t) => {
        const checked = spawnSync('debconf-set-selections', ['--checkonly'], { input: preseed, encoding: 'utf8' });
        t.equal(checked.stderr, '');
        t.equal(checked.status, 0);
      });
    }
  }
});

t.test('a root without a password is none that the installer asks for', async (t) => {
  const app = await serveDistros(t, ['d13']);
  for (const configuration of names) {
    const preseed = await answerFile(app, { configuration, distro: 'd13', file: 'preseed.cfg' });
    const [, hash = ''] = /^d-i passwd\/root-password-crypted password (.*)$/m.exec(preseed) ?? [];
    // user-setup-ask of the package user-setup: empty or "!" counts as not preseeded.
    t.notOk(['', '!'].includes(hash), `${configuration}: ${hash}`);
  }
});

t.test('every script of Debian is a script', async (t) => {
  const app = await serveDistros(t, ['d13']);
  for (const configuration of names) {
    for (const file of ['before-install.sh', 'after-install.sh']) {
      const script = await answerFile(app, { configuration, distro: 'd13', file });
      const { status, stderr } = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' });
      t.equal(status, 0, `${configuration} ${file} ${stderr}`);
    }
  }
});
