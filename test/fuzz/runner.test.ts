import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type FuzzOptions, fuzz, summary } from './runner.js';

const module = new URL('./failing-target.js', import.meta.url);

/** Runs the target that does with an input what its seed says. */
const run = (seed: string, directory: string, options: Partial<FuzzOptions> = {}) =>
  fuzz({ module, seeds: [{ name: seed, bytes: Buffer.from(seed) }], seed: 5, count: 40, directory, ...options });

t.test('inputs that are read and refused are counted, whatever the number of processes', async (t) => {
  const [one, two] = await Promise.all([run('count', t.testdirName), run('count', t.testdirName, { processes: 2 })]);
  t.match(one, { inputs: 40, failures: [] });
  t.same([two.read, two.refused], [one.read, one.refused]);
  t.ok(one.read > 0 && one.refused > 0);
});

t.test('inputs that break an invariant are kept, a few of each kind', async (t) => {
  const report = await run('throw', t.testdir({}));
  t.match(report, { inputs: 40, read: 0, refused: 0 });
  t.equal(report.failures.length, 40);
  const files = report.failures.map(({ file }) => file).filter((file) => file !== undefined);
  t.equal(files.length, 3);
  t.match(report.failures[0], { index: 0, error: /does not hold/ });
  t.equal(readFileSync(files[0] ?? '', 'latin1').slice(0, 5), 'throw');
  t.match(readFileSync(`${files[0]}.txt`, 'utf8'), /seed 5, input 0\n.*does not hold/s);
  t.match(summary(report), /^40 inputs, 0 refused, 0 read, 40 failed/);
});

t.test('an input that hangs is given up, and the next one is tried', async (t) => {
  const report = await run('hang', t.testdir({}), { count: 3, hangMs: 2000 });
  t.match(report, { inputs: 3, read: 2, failures: [{ index: 1, error: 'hangs' }] });
  t.ok(existsSync(join(t.testdirName, '5-1')));
});

t.test('an input that takes too much memory is given up, and the next one is tried', async (t) => {
  const report = await run('memory', t.testdir({}), { count: 3 });
  t.match(report, { inputs: 3, read: 2, failures: [{ index: 1, error: /^died/ }] });
});

t.test('an input that takes too long is a failure', async (t) => {
  t.match(await run('slow', t.testdir({}), { count: 2 }), {
    read: 1,
    failures: [{ index: 1, error: /seconds of CPU/ }],
  });
});

t.test('a run ends when its time is over', async (t) => {
  const report = await run('count', t.testdir({}), { count: undefined, seconds: 1 });
  t.ok(report.inputs > 0 && report.seconds < 20);
});
