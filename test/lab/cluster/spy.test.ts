import t from 'tap';
import { leakIn } from './spy.js';

t.test('what is for one machine alone is seen in an answer', async (t) => {
  const token = 'x'.repeat(43);
  t.equal(leakIn('HTTP/1.1 200 OK\n\nd-i passwd/user-password-crypted password $6$a$b', ['$6$a$b']), 'a secret');
  t.equal(leakIn(`chain http://192.168.88.2/installations/${token}/automation/`, []), 'a token');
});

t.test('an error that shows no more than what was asked for is none', async (t) => {
  t.equal(leakIn('SERABUT_ERR_TOKEN: there is no such installation\n', ['$6$a$b']), undefined);
  t.equal(leakIn('see /installations/…/done', []), undefined);
});
