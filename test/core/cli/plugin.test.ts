import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeIso } from '../../helpers/make-iso.js';
import { run } from '../../helpers/run-cli.js';

for (const form of ['directory', 'npm', 'yaml']) {
  t.test(`plugin new --form ${form} writes a plugin that passes its own test`, async (t) => {
    const into = t.testdir({});
    const made = run('plugin', 'new', 'moon-os', '--form', form, '--into', into);
    await made.done;
    const directory = join(into, form === 'npm' ? 'serabut-plugin-moon-os' : 'moon-os');
    t.equal(made.out.text, `${directory} is a plugin now. Next: serabut plugin test ${directory}\n`);
    t.strictSame(readdirSync(into), [directory.slice(into.length + 1)]);
    t.ok(existsSync(join(directory, 'listings/moon-os-1.0-x86_64.yaml')));
    const test = run('plugin', 'test', directory);
    await test.done;
    t.match(test.out.text, /^ok {5}the plugin "moon-os" can be loaded$/m);
    t.match(test.out.text, /^ok {5}moon-os-1\.0-x86_64\.iso is recognised as moon-os 1 installer x86_64$/m);
    t.match(test.out.text, /\n\d+ passed, 0 failed\n$/);
  });
}

t.test('plugin new refuses a name that is none, and what is there already, and leaves nothing behind', async (t) => {
  const into = t.testdir({ moon: { 'a.txt': 'mine' } });
  for (const [name, message] of [
    ['Moon', 'a plugin is called by lower-case letters, digits and dashes, not "Moon"'],
    ['../x', 'a plugin is called by lower-case letters'],
    ['moon', 'is there already'],
  ] as const) {
    await t.rejects(run('plugin', 'new', name, '--into', into).done, {
      code: 'SERABUT_ERR_BAD_REQUEST',
      message: new RegExp(message.replaceAll('.', '\\.')),
    });
  }
  await t.rejects(run('plugin', 'new', 'sun', '--into', join(into, 'nowhere')).done, {
    message: /nothing can be written below .*nowhere/,
  });
  t.strictSame(readdirSync(into), ['moon']);
  t.equal(readFileSync(join(into, 'moon/a.txt'), 'utf8'), 'mine');
});

t.test('plugin check says what the loader says, and with an ISO what a machine would get', async (t) => {
  const into = t.testdir({
    'x.iso': makeIso({ 'boot/vmlinuz': 'k', 'boot/initrd.img': 'i' }, { volumeId: 'moon_7' }),
  });
  await run('plugin', 'new', 'moon', '--into', into).done;
  const alone = run('plugin', 'check', join(into, 'moon'));
  await alone.done;
  t.equal(alone.out.text, 'ok     the plugin "moon" can be loaded\n1 passed, 0 failed\n');
  const with_ = run('plugin', 'check', join(into, 'moon'), '--iso', join(into, 'x.iso'));
  await with_.done;
  t.match(with_.out.text, 'ok     x.iso is recognised as moon 7 installer x86_64');
  t.match(with_.out.text, /^--- \/boot\/x\?profile=kit-\w+&mac=.*\n#!ipxe\necho Serabut: moon 7 installer x86_64$/m);
  t.match(
    with_.out.text,
    /^--- \/configuration\/example\/automation\/x\/answers\.cfg\?.*\n# Answers for the installer of moon/m,
  );
});

t.test('a plugin with problems ends with an error, and each problem is under what was looked at', async (t) => {
  const into = t.testdir({});
  await run('plugin', 'new', 'moon', '--form', 'yaml', '--into', into).done;
  const file = join(into, 'moon/plugin.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('apiVersion: serabut/v1', 'apiVersion: serabut/v7'));
  const test = run('plugin', 'test', join(into, 'moon'));
  await t.rejects(test.done, { code: 'SERABUT_ERR_PLUGIN_INVALID', message: '1 of 1 checks failed' });
  t.equal(
    test.out.text,
    `not ok the plugin can be loaded
       plugin "moon" has 1 finding:
         - apiVersion: expected "serabut/v1", received "serabut/v7"
       at ${file}
0 passed, 1 failed
`,
  );
});
