import t from 'tap';
import { checkForeign, describeFinding, listFindings } from '../../../core/check.js';
import { checkPlugin } from '../../../core/plugin/check.js';
import { validPlugin } from '../../helpers/plugins.js';

const findingsOf = (change: object): string[] => checkPlugin({ ...validPlugin, ...change }).map(describeFinding);

t.test('a whole plugin has no findings', async (t) => t.strictSame(findingsOf({}), []));

const medium = validPlugin.media[0];
const cases: [title: string, change: object, expected: string[]][] = [
  [
    'an apiVersion from the future',
    { apiVersion: 'serabut/v9' },
    ['apiVersion: expected "serabut/v1", received "serabut/v9"'],
  ],
  [
    'an id that is no URL segment',
    { id: 'My Distro' },
    ['id: expected lower-case letters, digits and dashes, received "My Distro"'],
  ],
  ['no look of an ISO', { recognise: [] }, ['recognise: expected a list of at least one look of an ISO, received []']],
  [
    'a broken pattern',
    { recognise: [{ volumeId: '(' }] },
    ['recognise[0].volumeId: expected a regular expression, received "("'],
  ],
  [
    'a relative kernel',
    { media: [{ ...medium, kernel: 'boot/vmlinuz' }] },
    ['media[0].kernel: expected an absolute path inside the ISO, received "boot/vmlinuz"'],
  ],
  [
    'a kernel outside',
    { media: [{ ...medium, kernel: '/../vmlinuz' }] },
    ['media[0].kernel: expected an absolute path inside the ISO, received "/../vmlinuz"'],
  ],
  [
    'an unknown architecture',
    { media: [{ ...medium, arch: 'amd64' }] },
    ['media[0].arch: expected one of "x86_64", "arm64", received "amd64"'],
  ],
  [
    'a template outside of the directory',
    { boot: { template: '../secret' } },
    ['boot.template: expected a relative path inside the plugin\'s directory, received "../secret"'],
  ],
  [
    'both a template and a function',
    { boot: { template: 'a', render: () => '' } },
    ['boot: expected either { template } or { render }, received {"template":"a","render":a function}'],
  ],
  ['a function that is none', { boot: { render: 'x' } }, ['boot.render: expected a function, received "x"']],
  [
    'parameters that are no schema',
    { parameters: { type: 'objct' } },
    ['parameters: expected a JSON schema, received {"type":"objct"}'],
  ],
  [
    'an overlay that would replace a link of a merged-usr initrd',
    { media: [{ ...medium, overlay: [{ to: '/lib/firmware/x', text: '' }] }] },
    [
      'media[0].overlay[0].to: expected an absolute path in the initrd, with /usr in front of /bin, /sbin and /lib, received "/lib/firmware/x"',
    ],
  ],
  [
    'an overlay at the root, and one that leads out of it',
    {
      media: [
        {
          ...medium,
          overlay: [
            { to: '/', from: '/a' },
            { to: '/a/../../b', text: '' },
          ],
        },
      ],
    },
    [
      'media[0].overlay[0].to: expected an absolute path in the initrd, with /usr in front of /bin, /sbin and /lib, received "/"',
      'media[0].overlay[1].to: expected an absolute path in the initrd, with /usr in front of /bin, /sbin and /lib, received "/a/../../b"',
    ],
  ],
  [
    'a file of an overlay with two contents',
    { media: [{ ...medium, overlay: [{ to: '/a', from: '/b', text: 'c' }] }] },
    [
      'media[0].overlay[0]: expected a file of the initrd: { to } and one of { from }, { text }, { template } and { render }, received {"to":"/a","from":"/b","text":"c"}',
    ],
  ],
  [
    'an unknown field',
    { frimware: [] },
    ['frimware: expected a known field (did you mean "firmware"?), received an unknown one'],
  ],
];

for (const [title, change, expected] of cases) {
  t.test(title, async (t) => t.strictSame(findingsOf(change), expected));
}

t.test('a missing field is one finding', async (t) => {
  const { boot: _, ...rest } = validPlugin;
  t.strictSame(checkPlugin(rest).map(describeFinding), [
    'boot: expected either { template } or { render }, received nothing',
  ]);
});

t.test('what is no object at all is one finding, and one that throws when it is read is no crash', async (t) => {
  t.strictSame(checkPlugin(undefined).map(describeFinding), [
    '(whole): expected an object as default export, received nothing',
  ]);
  const hostile = {
    get id(): string {
      throw new Error('do not look');
    },
  };
  t.match(checkPlugin(hostile).map(describeFinding)[0], 'do not look');
});

t.test(
  'a schema of parameters that nobody can wait for is refused, and one without end fails as a value',
  async (t) => {
    t.match(findingsOf({ parameters: { $async: true, required: ['disk'] } }), [
      /^parameters: expected a JSON schema, received /,
    ]);
    const withFunction = { properties: { disk: { default: () => {} } } };
    t.match(findingsOf({ parameters: withFunction }), [/^parameters: expected a JSON schema, received /]);
    const endless = { allOf: [{ $ref: '#' }] };
    t.strictSame(findingsOf({ parameters: endless }), []);
    t.match(checkForeign(endless, {}).findings.map(describeFinding), [
      /a value that its schema can check, .*call stack/,
    ]);
  },
);

t.test('of very many findings the first are listed, cut and harmless to a terminal', async (t) => {
  const some = Array.from({ length: 60 }, (_, index) => `${index} \u001b[2J\u202e\ud800${'a'.repeat(2000)}`);
  const lines = listFindings(some).split('\n');
  t.equal(lines.length, 52);
  t.equal(lines[0], '60 findings:');
  t.match(lines[1], /^ {2}- 0 \\u001b\[2J\\u202e\ufffda+$/);
  t.equal(lines[51], '  - and 10 more');
  t.ok(lines.every((line) => line.length < 1050));
});
