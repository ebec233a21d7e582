import t from 'tap';
import { hashToken, isToken, isTokenOf, newToken } from '../../../core/machines/tokens.js';

t.test('a token is 256 random bits, and its hash tells only itself', async (t) => {
  const tokens = Array.from({ length: 1000 }, newToken);
  t.equal(new Set(tokens).size, 1000);
  for (const token of tokens) {
    if (!isToken(token) || Buffer.from(token, 'base64url').length !== 32) t.fail(token);
  }
  const [one = '', other = ''] = tokens;
  t.match(hashToken(one), /^[0-9a-f]{64}$/);
  t.ok(isTokenOf(one, hashToken(one)));
  t.notOk(isTokenOf(other, hashToken(one)));
});

t.test('no token is that of no hash, of half a one, or of what is none', async (t) => {
  const token = newToken();
  const hash = hashToken(token);
  for (const kept of [null, '', hash.slice(0, 62), 'x'.repeat(64), '0'.repeat(64)]) t.notOk(isTokenOf(token, kept));
  t.notOk(isTokenOf('', null));
});

t.test('what has another form is no token', async (t) => {
  const token = newToken();
  for (const text of ['', token.slice(1), `${token}A`, `${token.slice(1)}=`, `${token.slice(1)}\n`, `${token}\n`])
    t.notOk(isToken(text), JSON.stringify(text));
});
