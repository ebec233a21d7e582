import { join } from 'node:path';
import t, { type Test } from 'tap';
import { walk } from '../../../core/iso/lookup.js';
import { openVolume } from '../../../core/iso/volume.js';
import { makeIso } from '../../helpers/make-iso.js';
import { entryAt, patched, patchedHex, recordAt } from '../../helpers/patch-iso.js';

const DAMAGED = { code: 'SERABUT_ERR_ISO_DAMAGED' };
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
    const at = recordAt(image, identifier);
    await t.rejects(volumeOf(t, patched(image, at + 2, 0x7fffffff)), DAMAGED, identifier);
    await t.rejects(volumeOf(t, patched(image, at + 10, 0xffffffff)), { ...DAMAGED, message: /beyond the end/ });
  }
});

t.test('the location of an empty file means nothing', async (t) => {
  const image = makeIso({ 'a.txt': '' });
  t.match(await volumeOf(t, patched(image, recordAt(image, 'A.TXT;1') + 2, 0x7fffffff)), { fileCount: 1 });
});

t.test('relocated directories are found where CL says', async (t) => {
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
});
