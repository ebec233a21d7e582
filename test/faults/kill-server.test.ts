import t from 'tap';
import { emptyTally, killMany } from './kill-rounds.js';

// The whole of it is `npm run test:kill`, with a thousand kills.
t.test('whatever a server acknowledged before it was killed is there after it, whole', async (t) => {
  const tally = emptyTally();
  const seed = Date.now() % 2 ** 32;
  t.comment(`seed ${seed}`);
  await killMany(t.testdir({}), { kills: 2, generations: 1, seed }, tally);
  t.strictSame(tally.findings, []);
  t.ok(tally.kills >= 2, `${tally.kills} kills`);
  t.ok(tally.scripts > 0 && tally.reports > 0, 'something was acknowledged');
});
