import t from 'tap';
import { evaluate, isRangeWanted } from '../../../core/http/conditional.js';

const validators = { etag: '"v1"', modified: new Date('2026-03-04T05:06:07.890Z') };
const sameSecond = 'Wed, 04 Mar 2026 05:06:07 GMT';
const secondBefore = 'Wed, 04 Mar 2026 05:06:06 GMT';
const secondAfter = 'Wed, 04 Mar 2026 05:06:08 GMT';

const cases: [headers: Record<string, string>, expected: string][] = [
  [{}, 'send'],

  [{ 'if-none-match': '"v1"' }, 'not-modified'],
  [{ 'if-none-match': 'W/"v1"' }, 'not-modified'],
  [{ 'if-none-match': '"v0", W/"v1"' }, 'not-modified'],
  [{ 'if-none-match': '"v0","v1","v2"' }, 'not-modified'],
  [{ 'if-none-match': '"a,b" , "v1"' }, 'not-modified'],
  [{ 'if-none-match': '*' }, 'not-modified'],
  [{ 'if-none-match': '"v0"' }, 'send'],
  [{ 'if-none-match': '"x,"' }, 'send'],
  [{ 'if-none-match': 'v1' }, 'send'],
  [{ 'if-none-match': '' }, 'send'],

  [{ 'if-modified-since': sameSecond }, 'not-modified'],
  [{ 'if-modified-since': secondAfter }, 'not-modified'],
  [{ 'if-modified-since': secondBefore }, 'send'],
  [{ 'if-modified-since': 'yesterday' }, 'send'],
  [{ 'if-modified-since': '2099' }, 'send'],
  [{ 'if-none-match': '"v0"', 'if-modified-since': sameSecond }, 'send'],
  [{ 'if-none-match': '"v1"', 'if-modified-since': secondBefore }, 'not-modified'],

  [{ 'if-match': '"v1"' }, 'send'],
  [{ 'if-match': '"v0", "v1"' }, 'send'],
  [{ 'if-match': '*' }, 'send'],
  [{ 'if-match': 'W/"v1"' }, 'failed'],
  [{ 'if-match': '"v0"' }, 'failed'],
  [{ 'if-match': '' }, 'failed'],

  [{ 'if-unmodified-since': sameSecond }, 'send'],
  [{ 'if-unmodified-since': secondAfter }, 'send'],
  [{ 'if-unmodified-since': secondBefore }, 'failed'],
  [{ 'if-unmodified-since': 'yesterday' }, 'send'],
  [{ 'if-match': '"v1"', 'if-unmodified-since': secondBefore }, 'send'],
  [{ 'if-match': '"v0"', 'if-unmodified-since': sameSecond }, 'failed'],

  [{ 'if-match': '"v1"', 'if-none-match': '"v1"' }, 'not-modified'],
  [{ 'if-match': '"v0"', 'if-none-match': '"v1"' }, 'failed'],
  [{ 'if-unmodified-since': secondBefore, 'if-none-match': '"v1"' }, 'failed'],
  [{ 'if-unmodified-since': sameSecond, 'if-modified-since': sameSecond }, 'not-modified'],
];

for (const [headers, expected] of cases) {
  t.test(`${expected}: ${JSON.stringify(headers)}`, async (t) => t.equal(evaluate(headers, validators), expected));
}

t.test('whether a range counts', async (t) => {
  const ranges: [headers: Record<string, string>, expected: boolean][] = [
    [{}, true],
    [{ 'if-range': '"v1"' }, true],
    [{ 'if-range': '"v0"' }, false],
    [{ 'if-range': 'W/"v1"' }, false],
    [{ 'if-range': '"v0", "v1"' }, false],
    [{ 'if-range': sameSecond }, true],
    [{ 'if-range': secondBefore }, false],
    [{ 'if-range': secondAfter }, false],
    [{ 'if-range': 'v1' }, false],
  ];
  const later = Date.parse('2026-03-05T00:00:00Z');
  for (const [headers, expected] of ranges)
    t.equal(isRangeWanted(headers, validators, later), expected, JSON.stringify(headers));
});

t.test('a date of less than a minute ago does not identify a version', async (t) => {
  const soon = validators.modified.getTime() + 59_000;
  t.equal(isRangeWanted({ 'if-range': sameSecond }, validators, soon), false);
  t.equal(isRangeWanted({ 'if-range': '"v1"' }, validators, soon), true);
});
