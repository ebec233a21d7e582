import t from 'tap';
import { Signs } from '../../../core/machines/signs.js';

const noon = Date.UTC(2026, 10, 1, 12);

t.test('what is said again at once is one thing, with the time of the first', async (t) => {
  const signs = new Signs();
  const told: string[] = [];
  signs.onChange((machine) => told.push(machine));
  const sent = (at: number) => signs.happened('box', 'ScriptSent', 'sent the boot script', noon + at, 300);
  t.equal(sent(0), true);
  const before = signs.of('box');
  t.equal(sent(4999), false);
  t.equal(signs.of('box'), before, 'nothing is kept');
  t.strictSame(told, ['box']);
  t.equal(sent(5000), false, 'later it is no other thing either');
  t.strictSame(
    signs.of('box')?.timeline.map(({ time }) => time),
    ['2026-11-01T12:00:05.000Z'],
    'but with its time',
  );
});

t.test('another one in between, or a clock that was set back, makes it count', async (t) => {
  const signs = new Signs();
  const sent = (stage: string, at: number) => signs.happened('box', stage, 'sent', noon + at);
  t.equal(sent('ScriptSent', 0), true);
  t.equal(sent('KernelSent', 1), true);
  t.equal(sent('ScriptSent', 2), true);
  t.equal(sent('ScriptSent', -3_600_000), false);
  t.equal(signs.of('box')?.timeline.at(-1)?.time, '2026-11-01T11:00:00.000Z');
});

t.test('parts of a medium are summed, however soon they come', async (t) => {
  const signs = new Signs();
  const sent = () => signs.happened('box', 'ContentSent', 'sent 1 kB of the medium', noon, 1000);
  t.equal(sent(), true);
  t.equal(sent(), true);
  t.equal(signs.of('box')?.timeline.length, 2, 'they become one when they are written');
});
