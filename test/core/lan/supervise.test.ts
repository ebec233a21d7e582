import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type ChildOptions, SupervisedChild } from '../../../core/lan/supervise.js';

/** A child that runs a piece of JavaScript, and the lines that it prints. */
function child(t: Test, code: string, options: Partial<ChildOptions> = {}) {
  const lines: string[] = [];
  const supervised = new SupervisedChild({
    name: 'sample',
    command: process.execPath,
    args: ['-e', code],
    package: 'some-package',
    onLine: (line) => lines.push(line),
    settleMs: 1500,
    pauseMs: { first: 10, longest: 50 },
    ...options,
  });
  t.teardown(() => supervised.stop());
  return { supervised, lines };
}

async function until(condition: () => boolean): Promise<boolean> {
  for (let tries = 0; !condition() && tries < 500; tries++) await sleep(20);
  return condition();
}

t.test('a child that lives counts as started; its lines are passed on; it is ended', async (t) => {
  const { supervised, lines } = child(
    t,
    'console.log("pid", process.pid); console.error("and"); setInterval(() => {}, 1000)',
  );
  await supervised.start();
  t.ok(await until(() => lines.length === 2));
  const pid = Number(lines.find((line) => line.startsWith('pid'))?.slice(4));
  t.ok(process.kill(pid, 0));
  await supervised.stop();
  t.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});

t.test('a child that ends at once is an error with its last lines', async (t) => {
  const { supervised } = child(t, 'console.error("port 67 is taken"); process.exit(2)', { settleMs: 20_000 });
  await t.rejects(supervised.start(), {
    code: 'SERABUT_ERR_CHILD_FAILED',
    message: 'sample ended with exit code 2\n  | port 67 is taken',
  });
});

t.test('a program that is not there is an error with its package', async (t) => {
  const { supervised } = child(t, '', { command: '/nonexistent/program', settleMs: 20_000 });
  const message = 'there is no program /nonexistent/program; install the package some-package';
  await t.rejects(supervised.start(), { code: 'SERABUT_ERR_CHILD_FAILED', message });
});

t.test('a child that dies later is started again, and not any more once it was stopped', async (t) => {
  const { supervised, lines } = child(t, 'console.log("run"); setTimeout(() => process.exit(3), 100)', {
    settleMs: 10,
  });
  await supervised.start();
  t.ok(await until(() => lines.filter((line) => line === 'run').length >= 3));
  t.ok(lines.some((line) => /^sample ended with exit code 3; it is started again in [\d.]+ s$/.test(line)));
  await supervised.stop();
  const count = lines.length;
  await sleep(300);
  t.equal(lines.length, count);
});

t.test('a child is started anew when that is wanted, without a pause, also in the middle of one', async (t) => {
  const pauseMs = { first: 600_000, longest: 600_000 };
  const { supervised, lines } = child(t, 'console.log("run"); setInterval(() => {}, 1000)', { settleMs: 10, pauseMs });
  const runs = () => lines.filter((line) => line === 'run').length;
  await supervised.start();
  t.ok(await until(() => runs() === 1));
  supervised.restart();
  t.ok(await until(() => runs() === 2));
  t.match(lines, ['run', 'sample ended with SIGTERM; it is started again in 0 s', 'run']);
  const dying = child(t, 'console.log("run"); setTimeout(() => process.exit(3), 100)', { settleMs: 10, pauseMs });
  await dying.supervised.start();
  t.ok(await until(() => dying.lines.some((line) => /again in 600 s$/.test(line))));
  dying.supervised.restart();
  t.ok(await until(() => dying.lines.filter((line) => line === 'run').length === 2));
});
