import t from 'tap';
import { GuessLimit } from '../../../core/machines/guess-limit.js';

t.test('an address has sixty wrong tokens a minute', async (t) => {
  let now = 0;
  const guesses = new GuessLimit(() => now);
  const guess = (address = '10.0.0.1') => guesses.count(address);
  for (let count = 0; count < 60; count++) guess();
  t.throws(() => guess(), { code: 'SERABUT_ERR_TOO_MANY_GUESSES', retryAfter: 60 });
  t.doesNotThrow(() => guess('10.0.0.2'));
  now = 59_999;
  t.throws(() => guess(), { code: 'SERABUT_ERR_TOO_MANY_GUESSES', retryAfter: 1 });
  now = 60_000;
  t.doesNotThrow(() => guess());
  for (let count = 1; count < 60; count++) guess();
  now -= 3_600_000;
  t.doesNotThrow(() => guess(), 'a clock that is set back keeps nobody waiting');
});

t.test('it remembers a thousand addresses', async (t) => {
  const guesses = new GuessLimit(() => 0);
  for (let count = 0; count < 60; count++) guesses.count('10.0.0.1');
  for (let count = 0; count < 1_000; count++) guesses.count(`2001:db8::${count}`);
  t.doesNotThrow(() => guesses.count('10.0.0.1'));
});
