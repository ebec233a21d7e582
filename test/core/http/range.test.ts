import t from 'tap';
import { parseRange } from '../../../core/http/range.js';

const cases: [header: string | undefined, length: number, expected: unknown][] = [
  [undefined, 10, undefined],
  ['bytes=0-0', 10, { start: 0, end: 1 }],
  ['bytes=0-9', 10, { start: 0, end: 10 }],
  ['bytes=9-9', 10, { start: 9, end: 10 }],
  ['bytes=3-', 10, { start: 3, end: 10 }],
  ['bytes=3-99999', 10, { start: 3, end: 10 }],
  ['bytes=-1', 10, { start: 9, end: 10 }],
  ['bytes=-99', 10, { start: 0, end: 10 }],
  ['BYTES=1-2', 10, { start: 1, end: 3 }],
  ['bytes=5-4', 10, undefined],
  ['bytes=u-u', 10, undefined],
  ['bytes=-', 10, undefined],
  ['bytes=', 10, undefined],
  ['items=0-1', 10, undefined],
  ['bytes=0-1,3-4', 10, undefined],
  ['bytes=0-1, 90-95', 10, undefined],
  ['bytes=0-1,', 10, { start: 0, end: 2 }],
  ['bytes=, 0-1', 10, { start: 0, end: 2 }],
  ['bytes= 0-1 ', 10, { start: 0, end: 2 }],
  ['bytes=0 - 1', 10, undefined],
  ['bytes=--1', 10, undefined],
  ['bytes=-5', 0, undefined],
  [`bytes=0-${'9'.repeat(400)}`, 10, { start: 0, end: 10 }],
];

for (const [header, length, expected] of cases) {
  t.test(`Range: ${header} of ${length} bytes`, async (t) => t.strictSame(parseRange(header, length), expected));
}

for (const [header, length] of [
  ['bytes=10-', 10],
  ['bytes=10-12', 10],
  ['bytes=-0', 10],
  ['bytes=0-', 0],
  ['bytes=-0', 0],
  [`bytes=${'9'.repeat(400)}-`, 10],
] as const) {
  t.test(`Range: ${header} of ${length} bytes lies outside`, async (t) => {
    const headers = { 'content-range': `bytes */${length}` };
    t.throws(() => parseRange(header, length), { code: 'SERABUT_ERR_RANGE', status: 416, headers });
  });
}
