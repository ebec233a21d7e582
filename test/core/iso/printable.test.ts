import t from 'tap';
import { quote } from '../../../core/iso/failures.js';
import { printable } from '../../../core/iso/printable.js';

t.test('names as people write them stay as they are', async (t) => {
  for (const name of ['a b.txt', 'ünïcödé', '日本語', '😀👩‍🚀', '100%', '"quoted"', 'می‌خواهم'])
    t.equal(printable(name), name);
});

t.test('what could forge a line or speak to a terminal is escaped', async (t) => {
  for (const [text, shown] of [
    ['a\nb', 'a\\nb'],
    ['a\rb\tc', 'a\\rb\\tc'],
    ['\u001b[2J', '\\u001b[2J'],
    ['\u007f', '\\u007f'],
    ['\u0085', '\\u0085'],
    ['\u009b31m', '\\u009b31m'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['evil\u202etxt.exe', 'evil\\u202etxt.exe'],
    ['\u2066x\u2069', '\\u2066x\\u2069'],
    ['\u200fx\u061c', '\\u200fx\\u061c'],
  ] as const) {
    t.equal(printable(text), shown);
  }
});

t.test('two different names never look alike', async (t) => {
  t.not(printable('a\nb'), printable('a\\nb'));
  t.equal(printable('a\\nb'), 'a\\\\nb');
});

t.test('a quoted name ends where its quote ends', async (t) => {
  t.equal(quote('a"b\u009b\n'), '"a\\"b\\u009b\\n"');
  t.equal(JSON.parse(quote('a"\\\u009b\n')), 'a"\\\u009b\n');
});
