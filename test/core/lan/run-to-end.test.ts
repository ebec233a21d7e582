import { writeFileSync } from 'node:fs';
import t from 'tap';
import { runToEnd } from '../../../core/lan/run-to-end.js';
import { missing } from '../../helpers/trees.js';

const node = (code: string) =>
  runToEnd({ name: 'sample', command: process.execPath, args: ['-e', code], package: 'some-package' });

t.test('a program that ends well is waited for, whatever it prints', async (t) => {
  const started = performance.now();
  await node('console.error("a warning"); setTimeout(() => {}, 200)');
  t.ok(performance.now() - started >= 200);
});

t.test('one that fails is an error with the last lines that it printed', async (t) => {
  await t.rejects(node('console.log("out"); console.error("no such\\n\\nuser"); process.exit(3)'), {
    code: 'SERABUT_ERR_CHILD_FAILED',
    message: 'sample ended with exit code 3\n  | out\n  | no such\n  | user',
    where: 'sample',
  });
  await t.rejects(node('for (let n = 0; n < 50; n++) console.error(n); process.kill(process.pid)'), {
    message: /^sample ended with SIGTERM\n {2}\| 40\n.*\n {2}\| 49$/s,
  });
});

t.test('one that is not there, or is no program, cannot be run', async (t) => {
  const file = `${t.testdir({ text: 'x' })}/text`;
  const run = (command: string) => runToEnd({ name: 'sample', command, args: [], package: 'some-package' });
  await t.rejects(run('/nonexistent/program'), {
    message: 'there is no program /nonexistent/program; install the package some-package',
  });
  await t.rejects(run(file), { code: 'SERABUT_ERR_CHILD_FAILED', message: /^sample could not be run: .*EACCES/ });
});

t.test('what squid -z says of a configuration that it refuses is shown', { skip: missing('squid') }, async (t) => {
  const conf = `${t.testdir({})}/squid.conf`;
  writeFileSync(conf, 'http_access allow nobody\n');
  const squid = runToEnd({ name: 'squid -z', command: 'squid', package: 'squid', args: ['-N', '-z', '-f', conf] });
  await t.rejects(squid, { code: 'SERABUT_ERR_CHILD_FAILED', message: /^squid -z ended with .*\n.*nobody/s });
});
