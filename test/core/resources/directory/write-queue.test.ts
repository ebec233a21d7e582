import t from 'tap';
import { WriteQueue } from '../../../../core/resources/directory/write-queue.js';

/** A task whose end is chosen by the test. */
function task(log: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const run = (): Promise<string> => {
    log.push(name);
    return promise;
  };
  return { run, end: () => resolve(name), fail: () => reject(new Error(name)) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

t.test('what is asked of one object is done in order, also after a failure', async (t) => {
  const [queue, log] = [new WriteQueue(), [] as string[]];
  const [one, two, three] = ['one', 'two', 'three'].map((name) => task(log, name)) as [Task, Task, Task];
  const results = Promise.allSettled([one, two, three].map(({ run }) => queue.run('a', run)));
  await settled();
  t.strictSame(log, ['one']);
  one.fail();
  await settled();
  t.strictSame(log, ['one', 'two']);
  two.end();
  three.end();
  t.match(await results, [
    { reason: { message: 'one' } },
    { status: 'fulfilled', value: 'two' },
    { status: 'fulfilled', value: 'three' },
  ]);
  await queue.idle();
});

t.test('different objects are written at once, three of them', async (t) => {
  const [queue, log] = [new WriteQueue(), [] as string[]];
  const tasks = ['a', 'b', 'c', 'd'].map((name) => task(log, name));
  const results = tasks.map(({ run }, index) => queue.run(String(index), run));
  await settled();
  t.strictSame(log, ['a', 'b', 'c']);
  tasks[1]?.end();
  await results[1];
  await settled();
  t.strictSame(log, ['a', 'b', 'c', 'd']);
  for (const { end } of tasks) end();
  await queue.idle();
  t.strictSame(await Promise.all(results), ['a', 'b', 'c', 'd']);
});

type Task = ReturnType<typeof task>;
