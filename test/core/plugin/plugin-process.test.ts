import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { plainCopy } from '../../../core/plugin/plain-copy.js';
import { PluginProcess } from '../../../core/plugin/plugin-process.js';
import { pluginLimits } from '../../../core/plugin/run.js';
import { buildApp } from '../../helpers/build-app.js';
import { makeIso } from '../../helpers/make-iso.js';
import { Sink } from '../../helpers/run-cli.js';

type Exported = Record<string, unknown>;

/** Calls one of the functions that a module exports. */
const call = (exported: Exported, name: string, ...args: unknown[]): Promise<unknown> =>
  (exported[name] as (...values: unknown[]) => Promise<unknown>)(...args);

/** What a module with this text exports, as it comes out of its process. */
async function exportedBy(t: Test, text: string): Promise<Exported> {
  const directory = t.testdir({});
  const entry = join(directory, 'index.mjs');
  writeFileSync(entry, text);
  const child = new PluginProcess({ directory, entry });
  t.teardown(() => child.close());
  return (await child.exported()) as Exported;
}

/** Makes calls end sooner than in reality, for one test. */
function hurry(t: Test, milliseconds: number): void {
  const limits = pluginLimits as { milliseconds: number };
  const { milliseconds: before } = limits;
  limits.milliseconds = milliseconds;
  t.teardown(() => {
    limits.milliseconds = before;
  });
}

t.test('data comes as it is, and functions can be called wherever they stand', async (t) => {
  const exported = await exportedBy(
    t,
    `export default { a: [1, { b: 'x', f: (n) => n + 1 }], c: null, word: 'w', g() { return this.word; },
      async h(view) { return [view.x, undefined, () => 1]; } };`,
  );
  const [one, { b, f }] = exported.a as unknown as [number, { b: string; f: (n: number) => Promise<number> }];
  t.strictSame([one, b, exported.c, await f(2), await call(exported, 'g')], [1, 'x', null, 3, 'w']);
  t.strictSame(await call(exported, 'h', { x: 'y' }), ['y', undefined, 'a function']);
});

t.test('a function alone, and what is no plain data, come over too', async (t) => {
  const { value, functions } = plainCopy({ url: new URL('file:///x'), map: new Map(), big: 1n, symbol: Symbol('s') });
  t.strictSame([value, functions], [{ url: 'file:///x', map: '[object Map]', big: '1', symbol: 'Symbol(s)' }, []]);
  t.strictSame(plainCopy(() => 1).functions, [[]]);
});

t.test('what a plugin throws is an error with its words', async (t) => {
  const exported = await exportedBy(
    t,
    'export default { f() { throw new Error("no luck"); }, g: async () => { throw 5 } }',
  );
  await t.rejects(call(exported, 'f'), { message: 'no luck' });
  await t.rejects(call(exported, 'g'), { message: '5' });
});

for (const [title, body, message] of [
  ['100 MB of text', '"x".repeat(1e8)', /^it returned more than 4194304 characters$/],
  ['a hundred thousand values', 'Array(100_000).fill(0)', /^it returned more than 50000 values$/],
  ['endless nesting', '(() => { const a = {}; a.a = a; return a; })()', /^it returned values nested deeper than 40$/],
  ['a getter that throws', '({ get x() { throw new Error("look away") } })', /^look away$/],
  ['more memory than it may have', '(() => { const a = []; for (;;) a.push(new Array(1e7).fill(a)); })()', /memory/],
  ['the end of the process', 'process.exit(3)', /^its process ended by exit code 3$/],
  [
    'an error outside of the call',
    'new Promise(() => queueMicrotask(() => { throw new Error("later") }))',
    /^its process ended by exit code 1$/,
  ],
  ['an endless loop', '(() => { for (;;); })()', /^it did not settle within 400 ms$/],
  ['a promise that never settles', 'new Promise(() => {})', /^it did not settle within 400 ms$/],
] as const) {
  t.test(`${title}: the call fails, and the next one is answered`, async (t) => {
    const exported = await exportedBy(t, `export default { f: () => ${body}, g: () => 'well' }`);
    hurry(t, /settle/.test(message.source) ? 400 : 20_000);
    await t.rejects(call(exported, 'f'), { message });
    hurry(t, 20_000);
    t.equal(await call(exported, 'g'), 'well');
  });
}

t.test('a module that never ends to load is given up', async (t) => {
  hurry(t, 600);
  await t.rejects(exportedBy(t, 'for (;;); export default 1;'), { message: 'it did not settle within 600 ms' });
});

t.test(
  'a plugin can read what lies beside it and nothing else, write nothing, start nothing, and sees no environment',
  async (t) => {
    const exported = await exportedBy(
      t,
      `import { readFileSync, writeFileSync } from 'node:fs';
    import { spawnSync } from 'node:child_process';
    import { Worker } from 'node:worker_threads';
    const attempt = (what) => { try { return String(what()); } catch (error) { return error.code; } };
    export default {
      f: () => [
        attempt(() => readFileSync(new URL(import.meta.url), 'utf8').length > 0),
        attempt(() => readFileSync('/etc/passwd')),
        attempt(() => readFileSync(new URL('../../../package.json', import.meta.url))),
        attempt(() => writeFileSync(new URL('x.txt', import.meta.url), '')),
        attempt(() => spawnSync('/bin/true').error),
        attempt(() => new Worker('0', { eval: true })),
        Object.keys(process.env).filter((name) => !name.startsWith('NODE_')),
      ],
    };`,
    );
    const denied = 'ERR_ACCESS_DENIED';
    t.strictSame(await call(exported, 'f'), ['true', denied, denied, denied, denied, denied, []]);
  },
);

t.test('what cannot be sent to the process is an error of that call', async (t) => {
  const exported = await exportedBy(t, 'export default { f: () => 1 }');
  await t.rejects(
    call(exported, 'f', () => 1),
    { message: /cannot be sent to its process/ },
  );
  t.equal(await call(exported, 'f'), 1);
});

t.test('while a plugin loops for ever, everybody else is served, and the error names it', async (t) => {
  const plugin = (id: string, render: string) => `export default {
    apiVersion: 'serabut/v1', id: '${id}', automation: {}, boot: { render: ${render} },
    recognise: [{ volumeId: '^${id}$', facts: { release: '1', edition: 'e', arch: 'x86_64' } }],
    media: [{ edition: 'e', arch: 'x86_64', kernel: '/k', initrd: '/i' }] }`;
  const log = new Sink();
  const { server } = await buildApp(t, {
    logger: { stream: log },
    files: {
      'plugins/hang/index.mjs': plugin('hang', '() => { for (;;); }'),
      'plugins/good/index.mjs': plugin('good', '() => "#!ipxe"'),
      'isos/hang.iso': makeIso({ k: '', i: '' }, { volumeId: 'hang' }),
      'isos/good.iso': makeIso({ k: '', i: '' }, { volumeId: 'good' }),
    },
  });
  hurry(t, 1_500);
  let isOver = false;
  const hanging = server.inject('/boot/hang').finally(() => {
    isOver = true;
  });
  for (let times = 0; times < 20; times++) {
    const answers = await Promise.all(
      ['/boot/good', '/iso/content/good.iso/k', '/boot'].map((url) => server.inject(url)),
    );
    t.strictSame(
      [200, 200, 200],
      answers.map(({ statusCode }) => statusCode),
    );
  }
  t.equal(isOver, false, 'they were answered while it hung');
  const { statusCode, body } = await hanging;
  t.equal(statusCode, 500);
  t.match(body, 'SERABUT_ERR_PLUGIN_FAILED: plugin "hang" failed at boot: it did not settle within 1500 ms');
  t.match(log.text, /"level":50.*plugin \\"hang\\" failed at boot/, 'the log names it');
});
