import t from 'tap';
import { answers, examine, listing, plugin, render, testMistakes } from '../../helpers/kit.js';

t.test('a plugin that is right has no problem', async (t) => {
  const { passed, problems } = await examine(t, plugin({}));
  t.strictSame(problems, []);
  t.ok(passed > 10, `${passed}`);
});

const without = (files: Record<string, string>, name: string): Record<string, string> =>
  Object.fromEntries(Object.entries(files).filter(([path]) => path !== name));

testMistakes(t, {
  'a path that the ISO lacks': [
    plugin({ module: ["'/boot/initrd'", "'/boot/initrd.img'"] }),
    'tiny-7.iso has no file /boot/initrd.img',
  ],
  'an unknown variable': [
    plugin({ files: { 'answers.liquid': `${answers}{% if url.report == null %}{{ machine.nmae }}{% endif %}` } }),
    /answers\.liquid:\d+:\d+: expected a variable that the template can see.*, received \{\{ machine\.nmae \}\}/,
  ],
  'a parameter without a schema': [
    plugin({ files: { 'answers.liquid': `${answers}{% if parameters.on %}{{ parameters.off }}{% endif %}` } }),
    /answers\.liquid:\d+:\d+: expected a parameter with a schema in "parameters", received \{\{ parameters\.off \}\}/,
  ],
  'an apiVersion from the future': [
    plugin({ module: ['serabut/v1', 'serabut/v2'] }),
    /^plugin "tiny" has 1 finding:\n {2}- apiVersion: expected "serabut\/v1", received "serabut\/v2"\nat .*index\.mjs$/,
  ],
  'a function that throws': [
    plugin(render('() => { throw new Error("no luck") }')),
    /plugin "tiny" failed at automation answers.txt: no luck/,
  ],
  'a function that never settles': [
    plugin(render('() => new Promise(() => {})')),
    /plugin "tiny" failed at automation answers.txt: it did not settle within \d+ ms/,
  ],
  'a function that never yields': [
    plugin(render('() => { for (;;); }')),
    /plugin "tiny" failed at automation answers.txt: it did not settle within \d+ ms/,
  ],
  'a function that returns 100 MB': [
    plugin(render('() => "x".repeat(1e8)')),
    /plugin "tiny" failed at automation answers.txt: it returned more than 4194304 characters/,
  ],
  'an ISO that no look fits': [
    plugin({ files: { 'listings/7.yaml': listing.replace('TINY_7', 'TINY_x') } }),
    'no look fits tiny-7.iso:\n  - recognise[0].volumeId: expected what fits ^TINY_(?<release>\\d+)$, received "TINY_x"',
  ],
  'an ISO that is taken for another': [
    plugin({ files: { 'listings/7.yaml': listing.replace('TINY_7', 'TINY_8') } }),
    'tiny-7.iso: expected release "7", received tiny 8 live x86_64',
  ],
  'an ISO that should be left alone': [
    plugin({ files: { 'listings/8.yaml': listing.replace(/expect:.*/, 'expect: null').replace('tiny-7', 'other') } }),
    'other.iso: expected nothing, it was taken for tiny 7 live x86_64',
  ],
  'no listing': [
    without(plugin({}), 'listings/7.yaml'),
    'listings/: expected at least one listing of an ISO, received none',
  ],
});

t.test('a directory without a plugin, and a broken listing, say what is wrong and leave nothing behind', async (t) => {
  t.match((await examine(t, { 'readme.txt': '' })).problems, [/^there is no plugin: expected one of index\.mjs,/]);
  await t.rejects(examine(t, plugin({ files: { 'listings/7.yaml': 'iso: x' } })), {
    code: 'SERABUT_ERR_RESOURCE_INVALID',
    message: /a listing has \d findings/,
  });
});
