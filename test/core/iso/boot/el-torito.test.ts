import t from 'tap';
import { parseBootCatalog } from '../../../../core/iso/boot/el-torito.js';
import { bootCatalog } from '../../../helpers/make-boot.js';

const DAMAGED = { code: 'SERABUT_ERR_ISO_DAMAGED' };
const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const blank = (bytes: number) => '00'.repeat(bytes);

/** Entries of a catalog in a sector of their own, as they are read. */
const sector = (...entries: string[]) =>
  Buffer.concat([hex(entries.join('')), Buffer.alloc(2048 - 32 * entries.length)]);

const VALIDATION = `01 00 0000 ${blank(24)} aa55 55aa`;
/** Not emulated, at sector 0x22, four times 512 bytes. */
const BIOS = `88 00 0000 00 00 0400 22000000 ${blank(20)}`;
const EFI = `88 00 0000 00 00 0000 33000000 ${blank(20)}`;

t.test('a catalog of a BIOS and a UEFI image is read field by field', async (t) => {
  t.strictSame(parseBootCatalog(sector(VALIDATION, BIOS, `91 ef 0100 ${blank(28)}`, EFI)), [
    { platform: 'bios', media: 0, offset: 0x22 * 2048, loadLength: 2048 },
    { platform: 'efi', media: 0, offset: 0x33 * 2048, loadLength: 0 },
  ]);
});

t.test('the platform of the first entry is that of the catalog', async (t) => {
  const [only, ...others] = parseBootCatalog(bootCatalog([{ platform: 0xef, image: '', sector: 7, loadSize: 3 }]));
  t.strictSame(only, { platform: 'efi', media: 0, offset: 7 * 2048, loadLength: 1536 });
  t.equal(others.length, 0);
});

t.test('sections go on until the last one', async (t) => {
  const more = `90 ef 0200 ${blank(28)}`;
  const last = `91 ef 0100 ${blank(28)}`;
  const platforms = (...entries: string[]) =>
    parseBootCatalog(sector(VALIDATION, BIOS, ...entries)).map((e) => e.platform);
  t.strictSame(platforms(more, EFI, EFI, last, EFI), ['bios', 'efi', 'efi', 'efi']);
  t.strictSame(platforms(last, EFI, last, EFI), ['bios', 'efi'], 'nothing follows the last one');
  t.strictSame(platforms(blank(32), last, EFI), ['bios'], 'nothing follows a gap');
});

t.test('extensions of an entry are passed over', async (t) => {
  const extended = EFI.replace('88 00', '88 20');
  const catalog = sector(
    VALIDATION,
    BIOS,
    `91 ef 0200 ${blank(28)}`,
    extended,
    `44 20 ${blank(30)}`,
    `44 00 ${blank(30)}`,
    EFI,
  );
  t.equal(parseBootCatalog(catalog).length, 3);
});

t.test('what cannot be booted, or on no platform of ours, is left out', async (t) => {
  const idle = BIOS.replace('88', '00');
  t.strictSame(parseBootCatalog(sector(VALIDATION, idle, `91 02 0100 ${blank(28)}`, EFI)), []);
});

t.test('emulated disks have their media type', async (t) => {
  const floppy = bootCatalog([{ platform: 0, image: '', sector: 7, media: 2 }]);
  floppy[33] = 0xf2;
  t.match(parseBootCatalog(floppy), [{ media: 2 }]);
});

t.test('a catalog that is damaged is told by what is wrong', async (t) => {
  const sections = `91 ef ffff ${blank(28)}`;
  for (const [catalog, message] of [
    [Buffer.alloc(2048), 'it does not begin with a validation entry'],
    [Buffer.from([1]), 'it does not begin with a validation entry'],
    [sector(VALIDATION.replace('aa55 55aa', 'aa55 aa55'), BIOS), 'its validation entry does not end with 55 AA'],
    [sector(VALIDATION.replace('01 00', '01 01'), BIOS), 'the checksum of its validation entry is wrong'],
    [sector(VALIDATION, BIOS.replace('88', '77')), 'an entry begins with 119'],
    [sector(VALIDATION, BIOS, sections, ...Array(61).fill(EFI)), 'its entries are more than fit into a sector'],
    [hex(VALIDATION), 'its entries are more than fit into a sector'],
  ] as const) {
    t.throws(() => parseBootCatalog(catalog), { ...DAMAGED, message });
  }
});
