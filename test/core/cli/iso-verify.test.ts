import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync, truncateSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { digest, sumsOf, withImplantedMd5 } from '../../helpers/checksums.js';
import { pattern } from '../../helpers/isos.js';
import { type IsoContent, makeIso } from '../../helpers/make-iso.js';
import { patched, recordAt } from '../../helpers/patch-iso.js';
import { run, runOn, Sink, TerminalSink } from '../../helpers/run-cli.js';

const files = { 'a.deb': pattern(9_000_000), 'pool/b.deb': 'b' };

async function isoFile(t: Test, content: Record<string, IsoContent>, change = (image: Buffer) => image) {
  const path = `${t.testdir({})}/test.iso`;
  await writeFile(path, change(makeIso(content)));
  return path;
}

t.test('an ISO that fits is told in two lines', async (t) => {
  const verify = run('iso', 'verify', await isoFile(t, { ...files, 'md5sum.txt': sumsOf(files) }));
  await verify.done;
  t.equal(verify.out.text, 'md5sum.txt: 2 checksums (md5)\n2 files fit, 0 differ, 0 missing, 1 without checksum\n');
  t.equal(verify.err.text, '', 'no progress where there is no terminal');
});

t.test('each finding is named, with the digests and a likely reason', async (t) => {
  const wrong = { ...files, 'pool/b.deb': 'c', 'isolinux/boot.cat': '' };
  const list = `${sumsOf(wrong)}rubbish\n`.padEnd(1000, '\nx');
  const path = await isoFile(t, { ...files, 'md5sum.txt': list }, withImplantedMd5);
  const verify = run('iso', 'verify', path);
  await t.rejects(verify.done, { code: 'SERABUT_ERR_ISO_DIFFERS', where: path });
  const unusable = list.split('\n').filter((line) => line === 'x' || line === 'rubbish').length;
  t.equal(
    verify.out.text.replace(/(UNUSABLE.*line \d+.*\n)+/, '(20 lines)\n'),
    `md5sum.txt: 3 checksums (md5)
(20 lines)
UNUSABLE  md5sum.txt: ${unusable - 20} more lines
DIFFERS   pool/b.deb
          md5 is ${digest('md5', 'b')}, md5sum.txt says ${digest('md5', 'c')}
MISSING   isolinux/boot.cat
          in md5sum.txt
          likely: the boot catalog need not have a name in the image
The implanted MD5 of the whole image fits
1 files fit, 1 differ, 1 missing, 1 without checksum
`,
  );
  t.match(verify.out.text, 'UNUSABLE  md5sum.txt, line 4: it is no checksum of a file\n');
});

t.test('--json prints all of it, and no progress even on a terminal', async (t) => {
  const path = await isoFile(t, { ...files, 'md5sum.txt': sumsOf({ ...files, c: '' }) });
  const verify = runOn(new TerminalSink(), 'iso', 'verify', '--json', path);
  await t.rejects(verify.done, { code: 'SERABUT_ERR_ISO_DIFFERS' });
  t.strictSame(JSON.parse(verify.out.text), {
    file: path,
    lists: [{ path: 'md5sum.txt', problems: [], problemCount: 0, clearSigned: false, checksums: 3 }],
    counts: { fit: 2, differ: 0, missing: 1, withoutChecksum: 1 },
    findings: [{ path: 'c', list: 'md5sum.txt', algorithm: 'md5', expected: digest('md5', ''), kind: 'missing' }],
    withoutChecksum: ['md5sum.txt'],
    notChecked: [],
    passed: false,
  });
  t.equal(verify.err.text, '');
});

t.test('names out of an ISO reach no terminal as they are', async (t) => {
  const name = 'a\u001b[2J\u009b\u202e.deb';
  const path = await isoFile(t, { [name]: 'x', 'md5sum.txt': sumsOf({ [name]: 'y', 'gone\u0007': '' }) });
  for (const args of [[], ['--json']]) {
    const verify = runOn(new TerminalSink(), 'iso', 'verify', path, ...args);
    await t.rejects(verify.done, { code: 'SERABUT_ERR_ISO_DIFFERS' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    t.notMatch(verify.out.text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    t.match(verify.out.text, 'a\\u001b[2J\\u009b\\u202e.deb');
    t.match(verify.out.text, 'gone\\u0007');
    if (args.length > 0) t.match(JSON.parse(verify.out.text).findings, [{ path: name }, { path: 'gone\u0007' }]);
  }
});

t.test('on a terminal a bar shows how far it is, and goes away', async (t) => {
  const path = await isoFile(t, { ...files, 'md5sum.txt': sumsOf(files) });
  for (const columns of [80, 40]) {
    const verify = runOn(new TerminalSink(columns), 'iso', 'verify', path);
    await verify.done;
    const first = verify.err.text.split('\u001b[1G')[1]?.split('\u001b')[0] ?? '';
    t.match(first, columns === 80 ? /^█*░+ \d+% of 9 MB {2}- MB\/s {2}-:-- left$/ : /^█*░+ \d+% of/);
    t.ok(first.length <= columns);
    t.match(verify.err.text, /█{30} 100% of 9/);
    t.ok(verify.err.text.endsWith('\u001b[2K'), 'the line is cleared');
    t.notOk(verify.err.text.includes('\u001b[?'), 'no mode of the terminal is changed');
    t.match(verify.out.text, '2 files fit');
  }
});

t.test('asked to end, it clears the bar and says nothing of the ISO', async (t) => {
  const path = await isoFile(t, { ...files, 'md5sum.txt': sumsOf(files) });
  const err = new TerminalSink();
  const verify = runOn(err, 'iso', 'verify', path);
  const reason = new Error('asked to end');
  err.onText = () => verify.stop.abort(reason);
  t.equal(await verify.done.catch((error: unknown) => error), reason);
  t.equal(verify.out.text, '');
  t.match(err.text, '%');
  t.ok(err.text.endsWith('\u001b[2K'));
});

t.test('an ISO without checksums, and a file that is no ISO, are errors', async (t) => {
  const none = run('iso', 'verify', await isoFile(t, files));
  await t.rejects(none.done, { code: 'SERABUT_ERR_ISO_NO_CHECKSUMS' });
  t.equal(none.out.text, '');
  await t.rejects(run('iso', 'verify', '/nonexistent.iso').done, { code: 'SERABUT_ERR_ISO_NOT_FOUND' });
});

function serabut(...args: string[]): { child: ChildProcess; err: Sink } {
  const main = fileURLToPath(new URL('../../../core/main.js', import.meta.url));
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const err = new Sink();
  child.stderr?.pipe(err);
  return { child, err };
}

t.test('the exit code is 0 only if all fits, and 1 for findings and errors', async (t) => {
  const right = serabut('iso', 'verify', await isoFile(t, { ...files, 'md5sum.txt': sumsOf(files) }));
  t.strictSame(await once(right.child, 'close'), [0, null]);
  t.equal(right.err.text, '');
  const wrong = serabut('iso', 'verify', await isoFile(t, { 'a.deb': 'x', 'md5sum.txt': sumsOf(files) }));
  t.strictSame(await once(wrong.child, 'close'), [1, null]);
  t.match(wrong.err.text, /^SERABUT_ERR_ISO_DIFFERS: .*\n {2}at .*test\.iso\n/);
  const none = serabut('iso', 'verify', await isoFile(t, files));
  t.strictSame(await once(none.child, 'close'), [1, null]);
  t.match(none.err.text, /^SERABUT_ERR_ISO_NO_CHECKSUMS: /);
});

/** Whether a process has a file open. */
function hasOpen({ pid }: ChildProcess, path: string): boolean {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).some((fd) => {
    try {
      return readlinkSync(`${directory}/${fd}`) === path;
    } catch {
      return false;
    }
  });
}

t.test(
  'Ctrl-C ends it at once, as the shell expects',
  { skip: process.platform !== 'linux' && 'no /proc' },
  async (t) => {
    // A file of 3 GiB, nearly all of it a hole: longer to hash than the test can take to notice that it has begun.
    const size = 3 * 2 ** 30;
    const path = await isoFile(t, { 'z.bin': 'z', 'md5sum.txt': sumsOf({ 'z.bin': 'z' }) }, (image) =>
      patched(image, recordAt(image, 'Z.BIN;1') + 10, size),
    );
    truncateSync(path, size + 2 ** 20);
    const { child, err } = serabut('iso', 'verify', path);
    while (!hasOpen(child, path)) await sleep(10);
    const closed = once(child, 'close');
    child.kill('SIGINT');
    t.strictSame(await closed, [130, null]);
    t.equal(err.text, '');
  },
);
