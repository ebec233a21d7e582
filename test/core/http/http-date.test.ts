import t from 'tap';
import { parseHttpDate } from '../../../core/http/http-date.js';

const at = Date.parse('1994-11-06T08:49:37Z');

t.test('the three forms of a date', async (t) => {
  t.equal(parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT'), at);
  t.equal(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT'), at);
  t.equal(parseHttpDate('Sun Nov  6 08:49:37 1994'), at);
});

t.test('a year of two digits lies at most fifty years ahead', async (t) => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  t.equal(parseHttpDate('Sunday, 06-Nov-76 08:49:37 GMT', now), Date.parse('2076-11-06T08:49:37Z'));
  t.equal(parseHttpDate('Saturday, 06-Nov-77 08:49:37 GMT', now), Date.parse('1977-11-06T08:49:37Z'));
});

t.test('what is no HTTP date is none, whatever Date.parse says of it', async (t) => {
  const others = [
    undefined,
    '',
    '0',
    '2026',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 28:49:37 GMT',
    'yesterday',
  ];
  for (const text of others) t.equal(parseHttpDate(text), undefined, String(text));
});
