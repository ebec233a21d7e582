import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { DirectoryWatch } from '../../../../core/resources/directory/directory-watch.js';

type Found = 'at rest' | 'changing';

/** A watch whose looks are awaited one by one, each ended by the test. */
function watched(t: Test, directory: string, pollMs?: number) {
  const waiting: ((end: (found: Found) => void) => void)[] = [];
  const begun: ((found: Found) => void)[] = [];
  const look = (): Promise<Found> =>
    new Promise((end) => {
      const next = waiting.shift();
      if (next === undefined) begun.push(end);
      else next(end);
    });
  const watch = new DirectoryWatch(directory, look, pollMs);
  const nextLook = (): Promise<(found: Found) => void> =>
    new Promise((resolve) => {
      const end = begun.shift();
      if (end === undefined) waiting.push(resolve);
      else resolve(end);
    });
  t.teardown(() => {
    const closed = watch.close();
    for (const end of begun) end('at rest'); // One that began after the test had seen enough.
    return closed;
  });
  watch.start();
  return { watch, nextLook, begun };
}

t.test('it looks at the start, again while something is changing, and after each change', async (t) => {
  const data = t.testdir({ 'a.yaml': '' });
  const { nextLook } = watched(t, data);
  (await nextLook())('changing');
  (await nextLook())('at rest');
  await writeFile(join(data, 'a.yaml'), 'x');
  (await nextLook())('at rest');
});

t.test('a change while it looks makes it look once more, never twice at once', async (t) => {
  const data = t.testdir({});
  const { nextLook, begun } = watched(t, data);
  const end = await nextLook();
  await writeFile(join(data, 'a.yaml'), 'x');
  await writeFile(join(data, 'b.yaml'), 'x');
  t.strictSame(begun, []);
  end('at rest');
  (await nextLook())('at rest');
});

t.test('without any sign it looks from time to time, as for a directory that was replaced', async (t) => {
  const data = t.testdir({ here: {} });
  const { nextLook } = watched(t, join(data, 'here'), 10);
  (await nextLook())('at rest');
  await rename(join(data, 'here'), join(data, 'away'));
  for (let looks = 0; looks < 4; looks += 1) (await nextLook())('at rest');
});

t.test('where a directory cannot be watched, it is looked at from time to time', async (t) => {
  const { nextLook } = watched(t, join(t.testdir({}), 'none'), 10);
  for (let looks = 0; looks < 3; looks += 1) (await nextLook())('at rest');
});

t.test('closing waits for a look that goes on, and none comes after it', async (t) => {
  const { watch, nextLook, begun } = watched(t, t.testdir({}), 10);
  const end = await nextLook();
  let isClosed = false;
  const closed = watch.close().then(() => {
    isClosed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(isClosed, false);
  end('changing');
  await closed;
  await new Promise((resolve) => setTimeout(resolve, 150));
  t.strictSame(begun, []);
});
