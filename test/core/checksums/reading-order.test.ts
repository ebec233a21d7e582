import t from 'tap';
import { type HashExtent, readingOrder, WINDOW_BYTES } from '../../../core/checksums/reading-order.js';

const KiB = 1024;
const extent = (offset: number, length: number) => ({ offset, length });
const order = (...hashes: HashExtent[][]) =>
  [...readingOrder(hashes)].map(({ offset, length, parts }) => [offset, length, parts.map(({ hash }) => hash)]);

t.test('files are read in the order in which they lie, small ones at once', async (t) => {
  t.strictSame(order([extent(9000, 100)], [extent(0, 3000)], [extent(4096, 2000)]), [[0, 9100, [1, 2, 0]]]);
});

t.test('a large gap is not read', async (t) => {
  t.strictSame(order([extent(0, 1000)], [extent(200 * KiB, 1000)]), [
    [0, 1000, [0]],
    [200 * KiB, 1000, [1]],
  ]);
});

t.test('a large file is read in windows, and what begins inside of it with it', async (t) => {
  const whole = [extent(0, 3 * WINDOW_BYTES)];
  const inside = [extent(WINDOW_BYTES + 10, WINDOW_BYTES)];
  t.strictSame(order(whole, inside, inside), [
    [0, WINDOW_BYTES, [0]],
    [WINDOW_BYTES, WINDOW_BYTES, [0, 1, 2]],
    [2 * WINDOW_BYTES, WINDOW_BYTES, [0, 1, 2]],
  ]);
});

t.test('extents that do not ascend need another pass, and only they', async (t) => {
  const backwards = [extent(500 * KiB, 10), extent(0, 10), extent(250 * KiB, 10)];
  t.strictSame(order(backwards, [extent(250 * KiB, 10)]), [
    [250 * KiB, 10, [1]],
    [500 * KiB, 10, [0]],
    [0, 10, [0]],
    [250 * KiB, 10, [0]],
  ]);
  t.strictSame(order([extent(0, 10), extent(5, 10)]), [
    [0, 10, [0]],
    [5, 10, [0]],
  ]);
});

t.test('nothing to hash is nothing to read', async (t) => {
  t.strictSame(order(), []);
  t.strictSame(order([], []), []);
});
