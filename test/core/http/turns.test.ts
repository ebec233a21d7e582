import t from 'tap';
import { Turns } from '../../../core/http/turns.js';

t.test('as many go at once as there are turns; the others in the order in which they came', async (t) => {
  const turns = new Turns(2);
  const went: number[] = [];
  for (let asker = 0; asker < 5; asker++) turns.ask(() => went.push(asker));
  t.same(went, [0, 1]);
  turns.over();
  await null;
  t.same(went, [0, 1, 2]);
  for (let count = 0; count < 4; count++) turns.over();
  await null;
  t.same(went, [0, 1, 2, 3, 4]);
  turns.ask(() => went.push(5));
  turns.ask(() => went.push(6));
  turns.ask(() => went.push(7));
  t.same(went, [0, 1, 2, 3, 4, 5, 6], 'turns that nobody took are there for later');
});

t.test('the turn of a task is over when it has ended, done or failed', async (t) => {
  const turns = new Turns(1);
  const failed = turns.run(() => Promise.reject(new Error('one')));
  const done = turns.run(async () => 'two');
  await t.rejects(failed, { message: 'one' });
  t.equal(await done, 'two');
});
