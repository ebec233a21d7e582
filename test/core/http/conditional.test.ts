import t from 'tap';
import { isNotModified, isRangeWanted } from '../../../core/http/conditional.js';

const validators = { etag: '"v1"', modified: new Date('2026-03-04T05:06:07.890Z') };
const sameSecond = 'Wed, 04 Mar 2026 05:06:07 GMT';
const secondBefore = 'Wed, 04 Mar 2026 05:06:06 GMT';

t.test('whether the client already has this version', async (t) => {
  const cases: [headers: Record<string, string>, expected: boolean][] = [
    [{}, false],
    [{ 'if-none-match': '"v1"' }, true],
    [{ 'if-none-match': '"v0", W/"v1"' }, true],
    [{ 'if-none-match': '*' }, true],
    [{ 'if-none-match': '"v0"' }, false],
    [{ 'if-none-match': '"v0"', 'if-modified-since': sameSecond }, false],
    [{ 'if-modified-since': sameSecond }, true],
    [{ 'if-modified-since': secondBefore }, false],
    [{ 'if-modified-since': 'yesterday' }, false],
  ];
  for (const [headers, expected] of cases)
    t.equal(isNotModified(headers, validators), expected, JSON.stringify(headers));
});

t.test('whether a range counts', async (t) => {
  const cases: [headers: Record<string, string>, expected: boolean][] = [
    [{}, true],
    [{ 'if-range': '"v1"' }, true],
    [{ 'if-range': '"v0"' }, false],
    [{ 'if-range': 'W/"v1"' }, false],
    [{ 'if-range': sameSecond }, true],
    [{ 'if-range': secondBefore }, false],
  ];
  for (const [headers, expected] of cases)
    t.equal(isRangeWanted(headers, validators), expected, JSON.stringify(headers));
});
