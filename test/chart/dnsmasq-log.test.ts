import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';

const template = readFileSync(
  fileURLToPath(new URL('../../../chart/templates/deployment.yaml', import.meta.url)),
  'utf8',
);
/** What the container runs, out of the template: it has no variable in it. */
const command = / {14}: > \/run\/serabut\/dnsmasq\.log\n(?: {14}.*\n)+/.exec(template)?.[0] ?? '';

/** Runs it with a program of the test's own in the place of dnsmasq. */
function start(t: Test, dnsmasq: string) {
  const directory = t.testdir({ dnsmasq: `#!/bin/bash\nlog=${t.testdirName}/dnsmasq.log\n${dnsmasq}` });
  const log = join(directory, 'dnsmasq.log');
  writeFileSync(log, 'of the container before\n');
  const script = command
    .replaceAll('/run/serabut', directory)
    .replace('exec dnsmasq', `exec bash ${directory}/dnsmasq`)
    .replace('2> /dev/null', `2> ${directory}/of-tail`);
  const env = { ...process.env, LC_ALL: 'C' };
  const child = spawn('bash', ['-c', script], { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env });
  t.teardown(() => process.kill(-(child.pid ?? 0), 'SIGKILL'));
  let out = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  const shows = async (text: () => string, pattern: RegExp): Promise<void> => {
    for (let tries = 0; !pattern.test(text()) && tries < 500; tries++) await sleep(20);
    t.match(text(), pattern);
  };
  const said = (pattern: RegExp) => shows(() => out, pattern);
  // Only what is appended after tail has seen that the file is shorter is shown from its beginning.
  const sawTruncation = () => shows(() => readFileSync(join(directory, 'of-tail'), 'utf8'), /file truncated/);
  return { child, log, said, sawTruncation, out: () => out };
}

t.test('what dnsmasq logs is in the file, and is the log of the container', async (t) => {
  const { child, log, said, sawTruncation, out } = start(
    t,
    'echo one >> $log; read line; echo "two $line" >> $log; read line',
  );
  await said(/^one$/m);
  truncateSync(log, 0);
  await sawTruncation();
  child.stdin.write('more\n');
  await said(/^two more$/m);
  t.equal(readFileSync(log, 'utf8'), 'two more\n', 'it goes on in the file that was emptied');
  t.notMatch(out(), 'before');
});

t.test('dnsmasq is the process that the kubelet ends, and its last words are not lost', async (t) => {
  const { child } = start(t, 'echo "pid $$" >&2; exit 3');
  const [[said], [code]] = await Promise.all([once(child.stderr, 'data'), once(child, 'exit')]);
  t.equal(String(said), `pid ${child.pid}\n`);
  t.equal(code, 3);
});

t.test('without a server the file ends at 8 MiB, and dnsmasq goes on', async (t) => {
  const { child, log } = start(t, 'head -c 20000000 /dev/zero 2> /dev/null >> $log; echo "still here" >&2; read line');
  const [said] = await once(child.stderr, 'data');
  t.equal(String(said), 'still here\n');
  t.equal(statSync(log).size, 8 * 1024 ** 2);
});
