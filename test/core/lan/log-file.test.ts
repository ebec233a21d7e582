import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { LogFile } from '../../../core/lan/log-file.js';

/** Follows a log in a directory of its own; it is looked at when the test says so. */
async function follow(t: Test, content?: string, mostBytes = 1000) {
  const path = join(t.testdir({}), 'dnsmasq.log');
  if (content !== undefined) writeFileSync(path, content);
  const lines: string[] = [];
  const log = await LogFile.follow({ path, onLine: (line) => lines.push(line), mostBytes, pollMs: 3_600_000 });
  t.teardown(() => log.close());
  return { path, lines, log };
}

t.test('lines are told when they are whole, from the start on', async (t) => {
  const { path, lines, log } = await follow(t, 'old\n');
  await log.look();
  appendFileSync(path, 'one\ntw');
  await log.look();
  t.strictSame(lines, ['one']);
  appendFileSync(path, 'o\n\nthree\n');
  await log.look();
  t.strictSame(lines, ['one', 'two', '', 'three']);
});

t.test('a file that comes later is read from its beginning, and one that was begun anew too', async (t) => {
  const { path, lines, log } = await follow(t);
  await log.look();
  writeFileSync(path, 'one\ntwo\n');
  await log.look();
  writeFileSync(path, 'three\n');
  await log.look();
  t.strictSame(lines, ['one', 'two', 'three']);
});

t.test('a file that has grown is emptied, and whoever appends to it goes on', async (t) => {
  const { path, lines, log } = await follow(t, '', 20);
  const writer = openSync(path, 'a');
  for (let round = 0; round < 3; round++) {
    writeSync(writer, `${round} ${'x'.repeat(30)}\n`);
    await log.look();
    t.equal(readFileSync(path, 'latin1'), '', 'nothing is left, and no hole');
  }
  writeSync(writer, 'short\n');
  await log.look();
  t.strictSame(
    lines.map((line) => line.slice(0, 2)),
    ['0 ', '1 ', '2 ', 'sh'],
  );
});

t.test('many lines are read at once, and one without an end is dropped', async (t) => {
  const { path, lines, log } = await follow(t, '', 1e9);
  appendFileSync(path, `${'a line of a log\n'.repeat(20_000)}${'x'.repeat(500_000)}`);
  await log.look();
  appendFileSync(path, 'y\nnext\n');
  await log.look();
  t.equal(lines.filter((line) => line === 'a line of a log').length, 20_000);
  t.strictSame(lines.slice(20_000), ['y', 'next']);
});

t.test('a link, a directory and a pipe in its place are left alone', async (t) => {
  const { path, lines, log } = await follow(t, undefined, 1);
  const other = `${path}.other`;
  writeFileSync(other, 'of somebody else\n');
  symlinkSync(other, path);
  await log.look();
  t.equal(readFileSync(other, 'latin1'), 'of somebody else\n');
  execFileSync('rm', [path]);
  mkdirSync(path);
  await log.look();
  execFileSync('rmdir', [path]);
  execFileSync('mkfifo', [path]);
  await log.look();
  t.strictSame(lines, []);
});

t.test('the file is looked at again and again, until the end', async (t) => {
  const path = join(t.testdir({ 'dnsmasq.log': '' }), 'dnsmasq.log');
  const { promise, resolve } = Promise.withResolvers<string>();
  // The poll alone keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  t.teardown(() => clearInterval(alive));
  const log = await LogFile.follow({ path, onLine: resolve, pollMs: 5 });
  appendFileSync(path, 'one\n');
  t.equal(await promise, 'one');
  await log.close();
});
