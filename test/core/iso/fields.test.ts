import t from 'tap';
import { longDate, shortDate } from '../../../core/iso/dates.js';
import { checkedName, decodeText, jolietName, plainName } from '../../../core/iso/names.js';

const DAMAGED = { code: 'SERABUT_ERR_ISO_DAMAGED' };
const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');

t.test('dates of seven bytes', async (t) => {
  t.same(shortDate(hex('7e 0b 17 0a 14 1e 00'), 0), new Date('2026-11-23T10:20:30Z'));
  t.same(shortDate(hex('ff 7e 0b 17 0a 14 1e ec'), 1), new Date('2026-11-23T15:20:30Z'), 'five hours west');
  t.same(shortDate(hex('7e 0b 17 0a 14 1e 16'), 0), new Date('2026-11-23T04:50:30Z'), 'five and a half hours east');
  for (const none of ['00 00 00 00 00 00 00', '7e 00 17 0a 14 1e 00', '7e 0d 17 0a 14 1e 00', '7e 0b 20 0a 14 1e 00'])
    t.same(shortDate(hex(none), 0), new Date(0));
});

t.test('dates of seventeen bytes', async (t) => {
  t.same(longDate(Buffer.from('2026112310203099\x04'), 0), new Date('2026-11-23T09:20:30Z'));
  t.same(longDate(Buffer.from('0000000000000000\0'), 0), new Date(0));
  t.same(longDate(Buffer.from('2026 12310203099\0'), 0), new Date(0));
});

t.test('plain names lose version and trailing dot and become lower case', async (t) => {
  for (const [recorded, shown] of [
    ['README.TXT;1', 'readme.txt'],
    ['README.;1', 'readme'],
    ['README', 'readme'],
    ['A.B;32767', 'a.b'],
    ['A;B', 'a;b'],
  ] as const)
    t.equal(plainName(Buffer.from(recorded)), shown);
});

t.test('Joliet names are big-endian Unicode', async (t) => {
  t.equal(jolietName(hex('0041 00fc 65e5 002e 0074 003b 0031')), 'Aü日.t');
  t.equal(jolietName(hex('d83d de00')), '😀');
  t.throws(() => jolietName(hex('0041 00')), DAMAGED);
});

t.test('text is UTF-8, or else one character per byte', async (t) => {
  t.equal(decodeText(hex('c3bc')), 'ü');
  t.equal(decodeText(hex('fc')), 'ü');
});

t.test('no name that means something else in a path is accepted', async (t) => {
  for (const name of ['', '.', '..', 'a/b', '/', 'a\0'])
    t.throws(() => checkedName(name), DAMAGED, JSON.stringify(name));
  for (const name of ['...', '.a', ' ', 'a\\b', '__proto__', 'a\nb']) t.equal(checkedName(name), name);
  t.throws(() => plainName(Buffer.from('..;1')), DAMAGED);
  t.throws(() => plainName(Buffer.from(';1')), DAMAGED);
  t.throws(() => jolietName(hex('002f')), DAMAGED);
});
