import t from 'tap';
import { Queues } from '../../core/queues.js';

t.test('jobs of one key run one after the other, those of others beside them', async (t) => {
  const queues = new Queues();
  const order: string[] = [];
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = queues.run('a', async () => {
    await held;
    order.push('a1');
  });
  const second = queues.run('a', async () => void order.push('a2'));
  await queues.run('b', async () => void order.push('b'));
  t.strictSame(order, ['b']);
  release();
  await Promise.all([first, second, queues.idle()]);
  t.strictSame(order, ['b', 'a1', 'a2']);
});

t.test("a job that fails stands in no other job's way", async (t) => {
  const queues = new Queues();
  const failing = queues.run('a', async () => {
    throw new Error('no');
  });
  const next = queues.run('a', async () => 'yes');
  await t.rejects(failing, { message: 'no' });
  t.equal(await next, 'yes');
});

t.test('a queue is bounded, and takes more when it has become shorter', async (t) => {
  const queues = new Queues();
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const all = Array.from({ length: 8 }, () => queues.run('a', () => held));
  await t.rejects(
    queues.run('a', async () => {}),
    { code: 'SERABUT_ERR_BUSY' },
  );
  all.push(...Array.from({ length: 8 }, () => queues.run('a', () => held, 'urgent')));
  await t.rejects(
    queues.run('a', async () => {}, 'urgent'),
    { code: 'SERABUT_ERR_BUSY' },
    'what is urgent has room beyond the bound, but not without end',
  );
  release();
  await Promise.all(all);
  t.equal(await queues.run('a', async () => 1), 1);
});
