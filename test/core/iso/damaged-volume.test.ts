import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { walk } from '../../../core/iso/lookup.js';
import { openVolume } from '../../../core/iso/volume.js';
import { makeIso } from '../../helpers/make-iso.js';
import { entryAt, patched, patchedHex, recordAt } from '../../helpers/patch-iso.js';

const DAMAGED = { code: 'SERABUT_ERR_ISO_DAMAGED' };
const UNSUPPORTED = { code: 'SERABUT_ERR_ISO_UNSUPPORTED' };
const SECTOR = 2048;
const PVD = 16 * SECTOR;

const volumeOf = (t: Test, image: Buffer) => openVolume(join(t.testdir({ 'test.iso': image }), 'test.iso'));

t.test('a truncated image is damaged, and the message says by how much', async (t) => {
  const image = makeIso({ 'a.bin': Buffer.alloc(3_000_000), 'b.bin': Buffer.alloc(2000) });
  await t.rejects(volumeOf(t, image.subarray(0, image.length - 2_000_000)), {
    ...DAMAGED,
    message: `the image is truncated: 2000000 of ${image.length} bytes are missing`,
  });
  await t.rejects(volumeOf(t, image.subarray(0, image.length - 49)), {
    ...DAMAGED,
    message: '"b.bin" ends 1 bytes beyond the end of the image: it is truncated',
  });
  t.match(await volumeOf(t, image.subarray(0, image.length - 48)), { fileCount: 2 }, 'only padding is missing');
});

t.test('missing padding is accepted up to a limit', async (t) => {
  const image = makeIso({ 'a.txt': 'text' });
  const sectors = (count: number) => patched(image, PVD + 80, image.length / SECTOR + count);
  t.match(await volumeOf(t, sectors(512)), { fileCount: 1 });
  await t.rejects(volumeOf(t, sectors(513)), { ...DAMAGED, message: /1050624 of \d+ bytes are missing/ });
});

t.test('images cut anywhere fail with a typed error or are read', async (t) => {
  const image = makeIso({ 'boot/grub.cfg': 'menu', latest: { symlink: 'boot' } }, { joliet: true });
  for (let length = 0; length < image.length; length += 1021) {
    await volumeOf(t, image.subarray(0, length)).catch((error: unknown) => t.match(error, DAMAGED));
  }
});

t.test('a file or directory beyond the end of the image is damage', async (t) => {
  const image = makeIso({ 'dir/a.txt': 'text' });
  for (const identifier of ['A.TXT;1', 'DIR']) {
    const record = recordAt(image.subarray(20 * SECTOR), identifier) + 20 * SECTOR;
    const at = identifier === 'DIR' ? recordAt(image, 'DIR') : record;
    await t.rejects(volumeOf(t, patched(image, at + 2, 0x7fffffff)), DAMAGED, identifier);
    await t.rejects(volumeOf(t, patched(image, at + 10, 0xffffffff)), { ...DAMAGED, message: /beyond the end/ });
  }
});

t.test('the location of an empty file means nothing', async (t) => {
  const image = makeIso({ 'a.txt': '' });
  t.match(await volumeOf(t, patched(image, recordAt(image, 'A.TXT;1') + 2, 0x7fffffff)), { fileCount: 1 });
});

t.test('a directory of tens of megabytes is refused before it is read', async (t) => {
  const path = join(t.testdir({ 'test.iso': patched(makeIso({}), PVD + 166, 0x02000001) }), 'test.iso');
  await truncate(path, 0x04000000);
  await t.rejects(openVolume(path), { ...UNSUPPORTED, message: /33554433 bytes/ });
});

t.test('records are counted, also those that make no file of their own', async (t) => {
  const bytes = makeIso({}, { rockRidge: false });
  const file = recordAt(makeIso({ 'a.txt': '' }, { rockRidge: false }), 'A.TXT;1');
  const record = (flags: number, identifier: number) => {
    const copy = Buffer.from(makeIso({ 'a.txt': '' }, { rockRidge: false }).subarray(file, file + 34));
    copy.set([34, 0], 0);
    copy.set([flags], 25);
    copy.set([1, identifier], 32);
    return copy;
  };
  const flood = (one: Buffer) => {
    const sector = Buffer.concat(Array.from({ length: 60 }, () => one));
    const sectors = Buffer.concat(Array.from({ length: 8400 }, () => Buffer.concat([sector, Buffer.alloc(8)])));
    const image = Buffer.concat([bytes, sectors]);
    return patched(patched(image, PVD + 158, bytes.length / SECTOR), PVD + 166, sectors.length);
  };
  for (const [name, one] of [
    ['of itself', record(0x02, 0)],
    ['associated files', record(0x04, 0x41)],
    ['further extents', record(0x80, 0x41)],
    ['files', record(0x00, 0x41)],
  ] as const) {
    await t.rejects(volumeOf(t, flood(one)), { ...UNSUPPORTED, message: /more than 500000 directory records/ }, name);
  }
});

t.test('directories that contain themselves are damage', async (t) => {
  const image = makeIso({ 'a/b/c.txt': 'text' });
  const root = image.readUInt32LE(PVD + 158);
  const a = image.readUInt32LE(recordAt(image, 'A') + 2);
  await t.rejects(volumeOf(t, patched(image, recordAt(image, 'A') + 2, root)), { ...DAMAGED, message: /loop/ });
  await t.rejects(volumeOf(t, patched(image, recordAt(image, 'B') + 2, a)), { ...DAMAGED, message: /loop/ });
});

t.test('relocated directories are found where CL says, and loops of them are damage', async (t) => {
  const image = makeIso({ 'real/c.txt': 'text', 'placeholder-with-a-long-name': '' });
  const record = recordAt(image, 'PLACEHOLDER_WITH_A_L.;1');
  const name = entryAt(image, record, 'NM');
  const target = image.readUInt32LE(recordAt(image, 'REAL') + 2);
  const link = (block: number) => patchedHex(patched(image, name + 4, block), name, '434c 0c 01');
  const relocated = (block: number) => {
    const hidden = patchedHex(link(block), entryAt(image, recordAt(image, 'REAL'), 'TF'), '5245 0c 01');
    return patchedHex(hidden, name + 12, '00'.repeat(16));
  };
  const volume = await volumeOf(t, relocated(target));
  t.same(
    [...walk(volume.root)].map(({ path }) => path),
    ['placeholder_with_a_l', 'placeholder_with_a_l/c.txt'],
  );
  await t.rejects(volumeOf(t, relocated(image.readUInt32LE(PVD + 158))), { ...DAMAGED, message: /loop/ });
  await t.rejects(volumeOf(t, relocated(0x7fffffff)), DAMAGED);
  await t.rejects(volumeOf(t, relocated(16)), DAMAGED, 'no directory there');
});

t.test('a directory of several extents, or an empty root, is damage', async (t) => {
  const image = makeIso({ a: { directory: true }, b: { directory: true } });
  const several = patchedHex(patchedHex(image, recordAt(image, 'A') + 25, '82'), recordAt(image, 'B') + 33, '41');
  await t.rejects(volumeOf(t, several), { ...DAMAGED, message: /several extents/ });
  await t.rejects(volumeOf(t, patched(image, PVD + 166, 0)), DAMAGED);
  const hollow = await volumeOf(t, patched(image, recordAt(image, 'A') + 10, 0));
  t.same(
    [...walk(hollow.root)].map(({ path }) => path),
    ['a', 'b'],
  );
});
