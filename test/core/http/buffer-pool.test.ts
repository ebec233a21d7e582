import t from 'tap';
import { BufferPool, largestBuffer, smallestBuffer } from '../../../core/http/buffer-pool.js';

const MiB = 1024 * 1024;

t.test('a buffer has the size that is wanted, rounded up, while there is plenty', async (t) => {
  for (const [wanted, size] of [
    [1, smallestBuffer],
    [smallestBuffer, smallestBuffer],
    [smallestBuffer + 1, 2 * smallestBuffer],
    [200_000, 256 * 1024],
    [largestBuffer, largestBuffer],
    [10 * largestBuffer, largestBuffer],
  ] as const) {
    t.equal(new BufferPool(100 * MiB).take(wanted).length, size);
  }
});

t.test('the less is left, the smaller the buffers: whoever comes late gets one too', async (t) => {
  const pool = new BufferPool(8 * MiB);
  const sizes = Array.from({ length: 1000 }, () => pool.take(largestBuffer).length);
  t.equal(sizes[0], largestBuffer);
  t.same(
    sizes,
    [...sizes].sort((a, b) => b - a),
    'never larger than before',
  );
  t.equal(sizes.at(-1), smallestBuffer);
  t.equal(
    pool.lentBytes,
    sizes.reduce((sum, size) => sum + size),
  );
  t.ok(pool.lentBytes <= 8 * MiB + 1000 * smallestBuffer);
});

t.test('a buffer that was given back is taken again', async (t) => {
  const pool = new BufferPool(8 * MiB);
  const buffer = pool.take(100_000);
  pool.give(buffer);
  t.equal(pool.lentBytes, 0);
  t.equal(pool.idleBytes, buffer.length);
  t.equal(pool.take(100_000), buffer);
  t.equal(pool.idleBytes, 0);
});

t.test('what waits to be taken again never exceeds the budget, and its memory is freed at once', async (t) => {
  const pool = new BufferPool(MiB);
  const buffers = Array.from({ length: 200 }, (_, index) =>
    pool.take(index % 2 === 0 ? smallestBuffer : largestBuffer),
  );
  for (const buffer of buffers) {
    pool.give(buffer);
    t.ok(pool.lentBytes + pool.idleBytes <= Math.max(MiB, pool.lentBytes));
  }
  t.equal(pool.lentBytes, 0);
  const kept = buffers.filter(({ buffer }) => buffer.byteLength > 0);
  t.equal(
    kept.reduce((sum, { length }) => sum + length, 0),
    pool.idleBytes,
  );
  t.ok(kept.length < buffers.length, 'some were freed');
  for (let count = 0; count < 100; count++)
    t.ok(pool.take(largestBuffer).length >= smallestBuffer, 'no freed one comes back');
});
