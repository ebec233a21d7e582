import { writeFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { verifyIso } from '../../../core/checksums/verify-iso.js';
import { openVolume } from '../../../core/iso/volume.js';
import { digest, sumsOf, withApplicationUse, withImplantedMd5 } from '../../helpers/checksums.js';
import { pattern } from '../../helpers/isos.js';
import { makeIso } from '../../helpers/make-iso.js';
import { entryAt, patched, recordAt } from '../../helpers/patch-iso.js';

const files = {
  'pool/a.deb': pattern(10_000, 1),
  'pool/b.deb': pattern(300_000, 2),
  'pool/empty': '',
  'install/vmlinuz': pattern(5_000_001, 3),
};
const lists = { 'md5sum.txt': sumsOf(files) };

async function verify(t: Test, image: Buffer, options = {}) {
  const path = `${t.testdir({})}/test.iso`;
  await writeFile(path, image);
  return verifyIso(await openVolume(path), options);
}

/** The image with the first byte of some content changed. */
function altered(image: Buffer, content: Buffer): Buffer {
  const copy = Buffer.from(image);
  const at = copy.indexOf(content);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

t.test('an ISO that is as its list says passes; what no list names is counted', async (t) => {
  const result = await verify(t, makeIso({ ...files, ...lists, debian: { symlink: '.' }, 'other/file': 'x' }));
  t.match(result, { passed: true, findings: [], image: undefined, notChecked: [] });
  t.strictSame(result.counts, { fit: 4, differ: 0, missing: 0, withoutChecksum: 2 });
  t.strictSame(result.withoutChecksum, ['md5sum.txt', 'other/file']);
  t.match(result.lists, [{ path: 'md5sum.txt', clearSigned: false, problemCount: 0 }]);
});

t.test('one altered byte is found, and named with both digests', async (t) => {
  const result = await verify(t, altered(makeIso({ ...files, ...lists }), files['install/vmlinuz']));
  t.equal(result.passed, false);
  t.strictSame(result.counts, { fit: 3, differ: 1, missing: 0, withoutChecksum: 1 });
  const content = Buffer.from(files['install/vmlinuz']);
  content[0] = (content[0] ?? 0) ^ 1;
  t.match(result.findings, [
    {
      kind: 'differs',
      path: 'install/vmlinuz',
      list: 'md5sum.txt',
      algorithm: 'md5',
      expected: digest('md5', files['install/vmlinuz']),
      actual: digest('md5', content),
      likely: undefined,
    },
  ]);
});

t.test('a file that is missing, or a directory, is a finding', async (t) => {
  const { 'pool/a.deb': gone, ...rest } = files;
  const image = makeIso({
    ...rest,
    ...lists,
    'pool/a.deb/x': gone,
    'md5sum.txt': `${sumsOf(files)}${sumsOf({ nowhere: '' })}`,
  });
  const result = await verify(t, image);
  t.strictSame(result.counts, { fit: 3, differ: 0, missing: 2, withoutChecksum: 2 });
  t.strictSame(
    result.findings.map(({ kind, path }) => `${kind} ${path}`),
    ['missing pool/a.deb', 'missing nowhere'],
  );
  t.equal(result.passed, false);
});

t.test('lists of several algorithms are all compared, and a file counts once', async (t) => {
  const sums = {
    ...lists,
    'sha1sum.txt': sumsOf(files, 'sha1'),
    'sha256sum.txt': sumsOf(files, 'sha256'),
    'sha512sum.txt': sumsOf(files, 'sha512')
      .replace(/^./gm, (digit) => (digit === '0' ? '1' : '0'))
      .replace(/ {2}/g, ' *'),
  };
  const result = await verify(t, makeIso({ ...files, ...sums }));
  t.strictSame(result.counts, { fit: 0, differ: 4, missing: 0, withoutChecksum: 4 });
  t.ok(result.findings.every(({ algorithm }) => algorithm === 'sha512'));
  t.strictSame(
    result.lists.map(({ path }) => path),
    ['md5sum.txt', 'sha1sum.txt', 'sha256sum.txt', 'sha512sum.txt'],
  );
});

t.test('the .treeinfo of Fedora and the CHECKSUMS of openSUSE are lists', async (t) => {
  const images = { 'images/install.img': pattern(70_000, 4), 'boot/x86_64/loader/linux': pattern(9000, 5) };
  const treeinfo = `[checksums]\n${sumsOf(images, 'sha256').replace(/^(\w+) {2}\.\/(.*)$/gm, '$2 = sha256:$1')}[general]\n`;
  const signed = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

${sumsOf(images, 'sha256')}-----BEGIN PGP SIGNATURE-----

iQEzBAEBCAAdFiEE
-----END PGP SIGNATURE-----
`;
  for (const [path, list] of Object.entries({ '.treeinfo': treeinfo, CHECKSUMS: signed, MD5SUMS: sumsOf(images) })) {
    const image = makeIso({ ...images, [path]: list });
    const right = await verify(t, image);
    t.match(right, { passed: true, counts: { fit: 2, withoutChecksum: 1 }, lists: [{ path }] });
    t.equal(right.lists[0]?.clearSigned, path === 'CHECKSUMS');
    const wrong = await verify(t, altered(image, images['images/install.img']));
    t.match(wrong, { passed: false, findings: [{ path: 'images/install.img', list: path }] });
  }
});

t.test('hard links are read once, and one name is enough for both', async (t) => {
  const image = makeIso({ 'a.deb': files['pool/a.deb'], 'b.deb': Buffer.alloc(10_000), ...lists });
  const linked = patched(image, recordAt(image, 'B.DEB;1') + 2, image.readUInt32LE(recordAt(image, 'A.DEB;1') + 2));
  const one = await withList(t, linked, sumsOf({ 'a.deb': files['pool/a.deb'] }));
  const both = await withList(t, linked, sumsOf({ 'a.deb': files['pool/a.deb'], 'b.deb': files['pool/a.deb'] }));
  t.strictSame(one.counts, { fit: 1, differ: 0, missing: 0, withoutChecksum: 1 });
  t.strictSame(both.counts, { fit: 2, differ: 0, missing: 0, withoutChecksum: 1 });
  t.equal(one.bytes, 10_000);
  t.equal(both.bytes, 10_000);
});

/** What becomes of an image with another list, and how many bytes are read for it. */
async function withList(t: Test, image: Buffer, sums: string) {
  const copy = Buffer.from(image);
  copy.write(sums.padEnd(lists['md5sum.txt'].length, '\n'), copy.indexOf(lists['md5sum.txt']));
  let bytes = 0;
  const result = await verify(t, copy, {
    onProgress: (_: number, total: number) => {
      bytes = total;
    },
  });
  return { counts: result.counts, bytes };
}

t.test('files of several extents are hashed whole', async (t) => {
  const image = makeIso({ ...files, ...lists }, { splitAbove: 1024 * 1024 });
  t.match(await verify(t, image), { passed: true, counts: { fit: 4 } });
});

t.test('what making an image changes is named as the likely reason', async (t) => {
  const loader = pattern(20_000, 6);
  const sums = sumsOf({
    'isolinux/isolinux.bin': loader,
    'isolinux/boot.cat': 'before',
    'images/boot.iso': '',
    'x/boot.catalog': '',
  });
  const self = `${digest('md5', '')}  ./md5sum.txt\n`;
  const image = makeIso({ 'isolinux/isolinux.bin': loader, 'isolinux/boot.cat': 'after', 'md5sum.txt': sums + self });
  const at = image.indexOf(loader);
  let sum = 0;
  for (let word = 64; word < loader.length; word += 4) sum = (sum + loader.readUInt32LE(word)) >>> 0;
  for (const [index, value] of [16, at / 2048, loader.length, sum].entries())
    image.writeUInt32LE(value, at + 8 + 4 * index);
  const likely = async (bytes: Buffer) =>
    Object.fromEntries((await verify(t, bytes)).findings.map((finding) => [finding.path, finding.likely]));
  t.strictSame(await likely(image), {
    'isolinux/isolinux.bin': 'a boot info table was written into it when the image was made',
    'isolinux/boot.cat': 'the boot catalog is written when the image is made',
    'images/boot.iso': 'it is an image of its own, published beside this one',
    'x/boot.catalog': 'the boot catalog need not have a name in the image',
    'md5sum.txt': 'no list can hold its own checksum',
  });
  // A boot image that is damaged as well does not fit the sum in its table.
  image.writeUInt8((image.readUInt8(at + 10_000) + 1) % 256, at + 10_000);
  t.equal((await likely(image))['isolinux/isolinux.bin'], undefined);
});

t.test('a file that is stored compressed cannot be compared', async (t) => {
  const image = makeIso({ ...files, ...lists });
  image.write('ZF', entryAt(image, recordAt(image, 'VMLINUZ.;1'), 'TF'));
  const result = await verify(t, image);
  t.match(result, { passed: false, counts: { fit: 3, missing: 1, withoutChecksum: 1 } });
  t.match(result.findings, [
    { path: 'install/vmlinuz', likely: 'it is stored compressed or sparse, which is not read' },
  ]);
});

t.test('the MD5 that isomd5sum implants covers the whole image but for its end', async (t) => {
  const padded = (content: Record<string, string | Buffer>) => makeIso({ ...content, z: Buffer.alloc(30 * 2048) });
  const image = withImplantedMd5(padded({ 'a.rpm': files['pool/b.deb'] }));
  const right = await verify(t, image);
  t.match(right, { passed: true, lists: [], counts: { fit: 0, withoutChecksum: 2 } });
  t.equal(right.image?.actual, right.image?.expected);
  t.match(await verify(t, altered(image, files['pool/b.deb'])), { passed: false, findings: [] });
  const inSkipped = Buffer.from(image);
  inSkipped[image.length - 10] = 1;
  t.equal((await verify(t, inSkipped)).passed, true);
  const withList = await verify(t, withImplantedMd5(padded({ ...files, ...lists })));
  t.match(withList, { passed: true, counts: { fit: 4 } });
  t.ok(withList.image);
});

t.test('an implanted MD5 that makes no sense, and other checksums of whole images, are named', async (t) => {
  const image = makeIso({ ...files, ...lists });
  const named = async (text: string) => (await verify(t, withApplicationUse(image, text))).notChecked;
  const sum = digest('md5', '');
  for (const text of [
    'ISO MD5SUM = x;SKIPSECTORS = 15;',
    `ISO MD5SUM = ${sum};`,
    `ISO MD5SUM = ${sum};SKIPSECTORS = -1;`,
    `ISO MD5SUM = ${sum};SKIPSECTORS = 999999999;`,
  ]) {
    t.strictSame(await named(text), ['an implanted MD5 that makes no sense'], text);
  }
  t.strictSame(await named(`check=1;pad=150;sha256sum=${digest('sha256', '')}`), [
    "SUSE's checksum of the whole image (tagmedia)",
  ]);
  const tag = Buffer.from(image);
  tag.write('libisofs_sb_checksum_tag_v1 pos=18 range_start=0 range_size=18', 19 * 2048);
  t.strictSame((await verify(t, tag)).notChecked, ["xorriso's MD5 tags"]);
});

t.test('an ISO without checksums is an error that says so, and what there would be', async (t) => {
  const code = 'SERABUT_ERR_ISO_NO_CHECKSUMS';
  const image = makeIso({ ...files, '.treeinfo': '[general]\nfamily = Fedora\n', 'md5sum.txt': '' });
  await t.rejects(verify(t, image), { code, message: 'the ISO holds no list of checksums of its files' });
  await t.rejects(verify(t, withApplicationUse(image, 'sha256sum=0')), {
    code,
    message: /; SUSE's .* cannot be checked$/,
  });
});

t.test('a list with lines that cannot be used does not pass, and one of no use at all is an error', async (t) => {
  const odd = await verify(
    t,
    makeIso({ ...files, 'md5sum.txt': `${sumsOf(files)}${digest('md5', '')}  ../../etc/passwd\n` }),
  );
  t.match(odd, { passed: false, findings: [], counts: { fit: 4 }, lists: [{ problems: [{ line: 5 }] }] });
  const huge = makeIso({ ...files, 'md5sum.txt': '\n'.repeat(600_000) });
  await t.rejects(verify(t, huge), { code: 'SERABUT_ERR_CHECKSUM_LIST', where: /^md5sum\.txt in .*test\.iso$/ });
});

t.test('names are found by Joliet and in plain images too', async (t) => {
  const few = { 'pool/a.deb': files['pool/a.deb'], 'linux.bin': files['pool/b.deb'] };
  for (const options of [{ rockRidge: false, joliet: true }, { rockRidge: false }]) {
    const image = makeIso({ ...few, 'md5sum.txt': sumsOf(few) }, options);
    t.match(await verify(t, image), { passed: true, counts: { fit: 2 } });
  }
});
