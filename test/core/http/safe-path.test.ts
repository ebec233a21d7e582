import t from 'tap';
import { safePath } from '../../../core/http/safe-path.js';

t.test('plain paths come out without empty and "." segments', async (t) => {
  for (const [given, expected] of [
    ['', ''],
    ['/', ''],
    ['a/b', 'a/b'],
    ['/a//b/./c/', 'a/b/c'],
    ['a..b/...', 'a..b/...'],
    ['libstdc++6.deb', 'libstdc++6.deb'],
  ] as const) {
    t.equal(safePath(given), expected);
  }
});

t.test('whatever could climb or confuse is refused', async (t) => {
  for (const bad of ['..', '../etc/passwd', 'a/..', 'a/../b', '/..', 'a\0b', 'a\\b', '..\\..']) {
    t.throws(() => safePath(bad), { code: 'SERABUT_ERR_PATH_INVALID', status: 400 }, JSON.stringify(bad));
  }
});
