import { execFileSync, spawnSync } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { verifyIso } from '../../../core/checksums/verify-iso.js';
import { openVolume } from '../../../core/iso/volume.js';
import { contents, missing, writeTree } from '../../helpers/trees.js';

/** What `md5sum -c` says of each name, in the extracted tree. */
function checkedByCoreutils(directory: string): Record<string, string> {
  const { stdout } = spawnSync('md5sum', ['-c', 'md5sum.txt'], {
    cwd: directory,
    env: { LC_ALL: 'C' },
    encoding: 'utf8',
  });
  const words: Record<string, string> = { OK: 'fits', FAILED: 'differs', 'FAILED open or read': 'missing' };
  const lines = stdout.split('\n').filter((line) => line !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', said = ''] = /^(?:\.\/)?(.*): (OK|FAILED|FAILED open or read)$/.exec(line) ?? [];
      return [name, words[said] ?? line];
    }),
  );
}

t.test(
  'an image of xorriso, damaged in places, is judged as md5sum judges the tree that xorriso extracts',
  { skip: missing('xorriso', 'md5sum') },
  async (t) => {
    const directory = t.testdir({ source: {} });
    const [source, image, tree] = [join(directory, 'source'), join(directory, 'test.iso'), join(directory, 'tree')];
    await writeTree(source, { ...contents(), 'boot/loader.bin': Buffer.alloc(30_000, 'loader') });
    const list = execFileSync('sh', ['-c', 'find . -type f -exec md5sum {} +'], { cwd: source });
    await writeFile(join(source, 'md5sum.txt'), `${list}d41d8cd98f00b204e9800998ecf8427e  ./no/such\n`);
    const boot = ['-b', 'boot/loader.bin', '-c', 'boot/boot.cat', '-no-emul-boot', '-boot-info-table'];
    execFileSync('xorriso', ['-as', 'mkisofs', '-r', '-J', '--md5', ...boot, '-o', image, source], { stdio: 'ignore' });
    await damage(image, 'package 7\n');
    await damage(image, 'serabut');
    execFileSync('xorriso', ['-osirrox', 'on', '-indev', image, '-extract', '/', tree], { stdio: 'ignore' });
    execFileSync('chmod', ['-R', 'u+rwX', tree]);

    const theirs = checkedByCoreutils(tree);
    const result = await verifyIso(await openVolume(image));
    const ours: Record<string, string> = Object.fromEntries(Object.keys(theirs).map((name) => [name, 'fits']));
    for (const { path, kind } of result.findings) ours[path] = kind;
    t.strictSame(ours, theirs);
    const names = result.findings.map(({ path, likely }) => `${path}${likely === undefined ? '' : `: ${likely}`}`);
    t.strictSame(names.sort(), [
      'boot/loader.bin: a boot info table was written into it when the image was made',
      'large.bin',
      'no/such',
      'pool/main/h/package-7_1.0-7_amd64.deb',
    ]);
    t.strictSame(result.notChecked, ["xorriso's MD5 tags"]);
    t.equal(result.counts.fit, Object.values(theirs).filter((said) => said === 'fits').length);
  },
);

/** Changes a byte where a text is first found in a file. */
async function damage(path: string, text: string): Promise<void> {
  await using file = await open(path, 'r+');
  const at = (await file.readFile()).indexOf(text);
  await file.write('#', at + 1);
}

t.test(
  'the MD5 that implantisomd5 puts into an image is judged as checkisomd5 judges it',
  { skip: missing('xorriso') || (spawnSync('implantisomd5').error ? 'isomd5sum not installed' : false) },
  async (t) => {
    const directory = t.testdir({ source: {} });
    const image = join(directory, 'test.iso');
    await writeTree(join(directory, 'source'), contents());
    execFileSync('xorriso', ['-as', 'mkisofs', '-r', '-o', image, join(directory, 'source')], { stdio: 'ignore' });
    execFileSync('implantisomd5', [image], { stdio: 'ignore' });
    const judged = async () => {
      const { image: whole, passed } = await verifyIso(await openVolume(image));
      t.ok(whole);
      return { passed, theirs: spawnSync('checkisomd5', [image]).status };
    };
    t.strictSame(await judged(), { passed: true, theirs: 0 });
    await damage(image, 'serabut');
    t.strictSame(await judged(), { passed: false, theirs: 1 });
  },
);
