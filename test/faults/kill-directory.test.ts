import t from 'tap';
import { emptyTally, killMany } from './kill-round.js';

// The whole of it is `npm run test:kill`, with a thousand kills.
t.test('whatever was acknowledged before a kill is there after it, whole', async (t) => {
  const tally = emptyTally();
  const seed = Date.now() % 2 ** 32;
  t.comment(`seed ${seed}`);
  await killMany(t.testdir({}), 10, seed, tally);
  t.strictSame(tally.findings, []);
  t.equal(tally.kills, 10);
  t.ok(tally.acknowledged > 0, 'something was acknowledged');
});
