import t from 'tap';
import { fatEntries } from '../../../../core/iso/boot/fat-directory.js';
import { longSlots, slot } from '../../../helpers/make-fat.js';

const file = (short: string) => slot(short, 0x20, 5, 9);
const names = (...slots: Buffer[]) => [...fatEntries(Buffer.concat(slots))].map(({ name }) => name);

t.test('an entry is read field by field', async (t) => {
  const modified = new Date('2026-01-02T03:04:06Z');
  t.strictSame(
    [...fatEntries(slot('KERNEL  EFI', 0x20, 0x12345, 77))],
    [{ name: 'KERNEL.EFI', isDirectory: false, cluster: 0x12345, size: 77, modified }],
  );
  t.match([...fatEntries(slot('BOOT       ', 0x10, 3, 0))], [{ name: 'BOOT', isDirectory: true, cluster: 3 }]);
});

t.test('a date that makes no sense is none', async (t) => {
  const undated = file('A          ');
  undated.fill(0, 22, 26);
  t.match([...fatEntries(undated)], [{ modified: new Date(0) }]);
});

t.test('short names are in lower case where Windows NT says so', async (t) => {
  const flagged = (flags: number) => {
    const entry = file('README  TXT');
    entry[12] = flags;
    return names(entry);
  };
  t.strictSame([0, 0x08, 0x10, 0x18].map(flagged), [['README.TXT'], ['readme.TXT'], ['README.txt'], ['readme.txt']]);
});

t.test('deleted entries, labels, the directory itself and its parent are no files', async (t) => {
  const none = [file('\u00e5OLD    TXT'), slot('LABEL      ', 0x08, 0, 0), slot('.          ', 0x10, 2, 0)];
  t.strictSame(names(...none, slot('..         ', 0x10, 0, 0), file('A          ')), ['A']);
  t.strictSame(names(file('\u0005X         ')), ['\u00e5X'], 'a byte that stands for the mark of deletion');
});

t.test('a zero byte ends a directory, and so does its end', async (t) => {
  t.strictSame(names(file('A          '), Buffer.alloc(32), file('B          ')), ['A']);
  t.strictSame(names(file('A          '), file('B          ').subarray(0, 31)), ['A']);
});

t.test('long names of any length are put together', async (t) => {
  for (const name of ['grub.cfg', 'exactly13.txt', 'fourteen14.txt', 'n'.repeat(255), '日本語 ünï.efi', '😀']) {
    t.strictSame(names(...longSlots(name, 'SHORT~1    '), file('SHORT~1    ')), [name]);
  }
});

t.test('a long name that is not whole, or of another entry, does not count', async (t) => {
  const [third, second, first] = longSlots('a long name of three pieces.txt', 'SHORT~1    ') as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const own = file('SHORT~1    ');
  for (const slots of [[second, first], [third, first], [third, second], [third, first, second], [first]]) {
    t.strictSame(names(...slots, own), ['SHORT~1']);
  }
  t.strictSame(names(third, second, first, file('OTHER      ')), ['OTHER'], 'the checksum is of another name');
  t.strictSame(names(third, second, first, file('\u00e5DELETED   '), own), ['SHORT~1']);
  t.strictSame(names(second, third, second, first, own), ['a long name of three pieces.txt'], 'stray ones before');
});

t.test('letters that are no UTF-16 are replaced', async (t) => {
  t.strictSame(names(...longSlots('a\ud800b.txt', 'SHORT~1    '), file('SHORT~1    ')), ['a\ufffdb.txt']);
});

t.test('a name that would be part of a path is damage', async (t) => {
  for (const name of ['a/b', '..', '.']) {
    const slots = Buffer.concat([...longSlots(name, 'SHORT~1    '), file('SHORT~1    ')]);
    t.throws(() => [...fatEntries(slots)], { code: 'SERABUT_ERR_ISO_DAMAGED' });
  }
  t.throws(() => [...fatEntries(file('           '))], { code: 'SERABUT_ERR_ISO_DAMAGED' });
});
