import t from 'tap';
import { runScript, type ScriptEnd } from '../../../core/ipxe/script.js';

const server = 'http://192.0.2.1';

/** Runs `/start` of a server that has these files; what is not there is 404. */
async function run(
  files: Record<string, string>,
  settings: Record<string, string> = {},
): Promise<ScriptEnd & { asked: string[] }> {
  const asked: string[] = [];
  const fetch = async (url: string) => {
    const path = url.slice(server.length);
    asked.push(path);
    const text = files[path];
    return text === undefined ? { status: 404, text: 'not here\n' } : { status: 200, text };
  };
  return { ...(await runScript(`${server}/start`, { settings, fetch })), asked };
}

/** The same for a script of these lines, with a kernel and an initrd on the server. */
const script = (lines: string[], settings: Record<string, string> = {}) =>
  run({ '/start': ['#!ipxe', ...lines, ''].join('\n'), '/k': '', '/i': '' }, settings);

t.test('a kernel and initrds are loaded and started, with what is filled into their arguments', async (t) => {
  const end = await script(
    ['kernel /k initrd=i mac=${net0/mac:hexhyp} serial=${serial:uristring} none=${none}.', 'initrd --name i i', 'boot'],
    { mac: '52:54:00:00:00:01', serial: 'a b' },
  );
  t.equal(end.kind, 'boot');
  t.strictSame(end.kernel, { url: `${server}/k`, args: 'initrd=i mac=52-54-00-00-00-01 serial=a%20b none=.' });
  t.strictSame(end.initrds, [`${server}/i`]);
  t.strictSame(end.asked, ['/start', '/k', '/i']);
});

t.test('what fails ends the script, and the line is said', async (t) => {
  for (const [lines, reason] of [
    [['kernel /nothing'], `line 2 of ${server}/start: ${server}/nothing answers 404: not here`],
    [['echo a', 'boot'], `line 3 of ${server}/start: boot: no kernel was loaded`],
    [['goto nowhere'], `${server}/start has no label nowhere`],
    [['imgverify x'], `line 2 of ${server}/start: imgverify: no command that every build of iPXE has`],
    [['prompt x'], `line 2 of ${server}/start: prompt: no key was pressed`],
  ] as const) {
    const end = await script([...lines]);
    t.equal(end.kind, 'failed');
    t.equal(end.reason, reason);
  }
  t.match((await run({})).reason, /answers 404/);
  t.match((await run({ '/start': 'kernel /k' })).reason, 'is no iPXE script: it does not begin with #!ipxe');
});

t.test('operators, as in iPXE: the last command that ran decides, and an empty one goes well', async (t) => {
  const { screen, kind } = await script(
    [
      'isset ${none} && echo no ||',
      'isset ${none} || echo one',
      'isset ${none} && echo no || echo two',
      'isset ${mac} || echo no && echo three',
      'iseq a a && iseq a b || echo four',
      '# echo no',
      'echo five # said',
      'exit',
    ],
    { mac: '1' },
  );
  t.equal(kind, 'exit');
  t.strictSame(screen, ['one', 'two', 'three', 'four', 'five']);
});

t.test('a loop counts, and one without an end is seen as such', async (t) => {
  const counted = await script([
    'set n:int32 0',
    ':again',
    'inc n',
    'echo ${n}',
    'iseq ${n} 3 || goto again',
    'clear n',
    'isset ${n} || exit 1',
  ]);
  t.strictSame([counted.kind, counted.screen], ['exit', ['1', '2', '3']]);
  t.equal((await script([':again', 'goto again'])).kind, 'endless');
  t.equal((await script([':again', 'chain /start', 'goto again'])).kind, 'endless');
});

t.test('nobody chooses in a menu: the default is taken, or else the first entry', async (t) => {
  const menu = ['menu Which?', 'item --gap -- Systems', 'item one The first', 'item two The second'];
  const ends = [':one', 'echo one', 'exit', ':two', 'echo two', 'exit'];
  t.strictSame((await script([...menu, 'choose --default two --timeout 5000 it && goto ${it}', ...ends])).screen, [
    'two',
  ]);
  t.strictSame((await script([...menu, 'choose it && goto ${it}', ...ends])).screen, ['one']);
});

t.test('a chained script takes the place of the one before it, or comes back to it', async (t) => {
  const files = { '/inner/script': '#!ipxe\necho inner\nexit ${code}', '/k': '' };
  const start = (command: string) => ({ ...files, '/start': `#!ipxe\n${command} && echo back || echo failed\n` });
  t.strictSame((await run(start('chain inner/script'), { code: '0' })).screen, ['inner', 'back']);
  t.strictSame((await run(start('chain inner/script'), { code: '1' })).screen, ['inner', 'failed']);
  t.strictSame((await run(start('chain --replace --autofree inner/script'))).screen, ['inner']);
  t.strictSame((await run(start('chain /nothing'))).screen, ['failed']);
});

t.test('the other ends', async (t) => {
  for (const [line, kind] of [
    ['sanboot --no-describe --drive 0x80', 'disk'],
    ['shell', 'shell'],
    ['reboot', 'exit'],
    ['exit 1', 'exit'],
    ['sleep 3', 'exit'],
  ] as const)
    t.equal((await script([line])).kind, kind);
  const freed = await script(['kernel /k', 'initrd /i', 'imgfree', 'boot || shell']);
  t.strictSame([freed.kind, freed.kernel, freed.initrds], ['shell', undefined, []]);
});
