import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { plainCopy } from '../../../core/plugin/plain-copy.js';
import { PluginProcess } from '../../../core/plugin/plugin-process.js';
import { PluginRegistry } from '../../../core/plugin/registry.js';
import { pluginLimits } from '../../../core/plugin/run.js';
import { createRenderer } from '../../../core/render/liquid.js';
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
  await t.rejects(call(exported, 'f'), { message: /^no luck \(index\.mjs:1:\d+\)$/ });
  await t.rejects(call(exported, 'g'), { message: '5' });
});

for (const [title, body, message] of [
  ['100 MB of text', '"x".repeat(1e8)', /^it returned more than 4194304 characters$/],
  ['a hundred thousand values', 'Array(100_000).fill(0)', /^it returned more than 50000 values$/],
  ['endless nesting', '(() => { const a = {}; a.a = a; return a; })()', /^it returned values nested deeper than 40$/],
  ['a getter that throws', '({ get x() { throw new Error("look away") } })', /^look away \(index\.mjs:1:\d+\)$/],
  [
    'more memory than it may have',
    '(() => { const a = []; for (;;) a.push(new Array(1e7).fill(a)); })()',
    /^it crashed, as it does when it needs a heap of more than 128 MiB$/,
  ],
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
  const limits = pluginLimits as { loadMilliseconds: number };
  const { loadMilliseconds } = limits;
  limits.loadMilliseconds = 1_500;
  t.teardown(() => Object.assign(limits, { loadMilliseconds }));
  await t.rejects(exportedBy(t, 'for (;;); export default 1;'), { message: 'it did not settle within 1500 ms' });
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
        Object.keys(process.env).filter((name) => !/^(NODE|_TAPJS)_/.test(name)),
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
  hurry(t, 4_000);
  let isOver = false;
  const hanging = server.inject('/boot/hang').finally(() => {
    isOver = true;
  });
  for (let times = 0; times < 5; times++) {
    const answers = await Promise.all(
      ['/boot/good', '/iso/content/good.iso/k', '/boot'].map((url) => server.inject(url)),
    );
    t.strictSame(
      answers.map(({ statusCode }) => statusCode),
      [200, 200, 200],
    );
  }
  t.equal(isOver, false, 'they were answered while it hung');
  const { statusCode, body } = await hanging;
  t.equal(statusCode, 500);
  t.match(body, 'SERABUT_ERR_PLUGIN_FAILED: plugin "hang" failed at boot: it did not settle within 4000 ms');
  t.match(log.text, /"level":50.*plugin \\"hang\\" failed at boot/, 'the log names it');
});

t.test('what a process forges is refused, and harms nobody', async (t) => {
  for (const [title, send, message] of [
    ['no object', 'null', /^its process sent what nobody had asked for$/],
    ['an answer that nobody waits for', '{ id: 77, error: "x" }', /^its process sent what nobody had asked for$/],
    [
      'a way into a prototype',
      '{ id: 1, copy: { value: {}, functions: [["__proto__", "toJSON"]] } }',
      /it says that a function stands where none can/,
    ],
    [
      'a list of nothing but holes',
      '{ id: 1, copy: { value: new Array(3e6), functions: [] } }',
      /more than 50000 values/,
    ],
    ['no paths', '{ id: 1, copy: { value: {}, functions: [5] } }', /^its process sent what nobody had asked for$/],
  ] as const) {
    const exported = await exportedBy(t, `export default { f: () => { process.send(${send}); return 1; } };`);
    await t.rejects(call(exported, 'f'), { message }, title);
  }
  t.equal(Object.hasOwn(Object.prototype, 'toJSON'), false);
});

t.test('a process that had to be ended begins anew only with the files that were loaded', async (t) => {
  const directory = t.testdir({});
  const entry = join(directory, 'index.mjs');
  writeFileSync(entry, 'export default { f: () => process.exit(1), g: () => "one" };');
  const child = new PluginProcess({ directory, entry });
  t.teardown(() => child.close());
  const exported = (await child.exported()) as Exported;
  await t.rejects(call(exported, 'f'), { message: 'its process ended by exit code 1' });
  t.equal(await call(exported, 'g'), 'one');
  writeFileSync(entry, 'throw new Error("broken");');
  t.equal(await call(exported, 'g'), 'one', 'what runs goes on');
  await t.rejects(call(exported, 'f'), { message: 'its process ended by exit code 1' });
  await t.rejects(call(exported, 'g'), { message: /its files are no longer those that were loaded/ });
});

t.test('a link that leads out of the directory, and an entry outside of it, are refused', async (t) => {
  const app = await buildApp(t, {
    files: {
      'plugins/linked/index.mjs': 'export default {};',
      'plugins/outside/package.json': '{"exports":"../linked/index.mjs"}',
    },
    start: false,
  });
  symlinkSync('/etc', join(app.data, 'plugins/linked/etc'));
  for (let tries = 0; tries < 2; tries++) {
    const { failed } = await PluginRegistry.load([{ directory: join(app.data, 'plugins') }], createRenderer());
    t.match(
      failed.map(({ error }) => error.message),
      [/a link leads out of the plugin's directory/, /leads out of the plugin's directory/],
    );
  }
});
