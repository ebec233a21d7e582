import t from 'tap';
import { ago, bytes, clock, duration, kind } from '../../../core/dashboard/filters.js';

const now = Date.parse('2026-11-28T12:00:00Z');

t.test('a span of time has at most two units', async (t) => {
  const spans = [-1, 0.25, 9.96, 59.9, 60, 3599, 3660, 86_399, 90_000];
  t.strictSame(spans.map(duration), [
    '0.0 s',
    '0.3 s',
    '10.0 s',
    '59 s',
    '1 min 00 s',
    '59 min 59 s',
    '1 h 01 min',
    '23 h 59 min',
    '1 d 01 h',
  ]);
  t.equal(duration(null), '');
});

t.test('how long ago something was has one unit', async (t) => {
  const instants = ['2026-11-28T12:00:05Z', '2026-11-28T11:59:18Z', '2026-11-28T11:58:00Z', '2026-11-28T09:00:00Z'];
  t.strictSame(
    instants.map((instant) => ago(instant, now)),
    ['just now', '42 s ago', '2 min ago', '3 h ago'],
  );
  t.equal(ago('2026-11-20T12:00:00Z', now), '8 d ago');
  t.equal(ago(null, now), 'never');
});

t.test('the time of another day has its date', async (t) => {
  t.equal(clock('2026-11-28T01:02:03.456Z', now), '01:02:03');
  t.equal(clock('2026-11-27T23:59:59Z', now), '2026-11-27 23:59:59');
  t.equal(clock(null, now), '');
});

t.test('what is not known is shown as nothing', async (t) => {
  t.strictSame([bytes(null), bytes(1_500_000), kind('Failed'), kind('Ready')], ['', '1.5 MB', 'bad', '']);
});
