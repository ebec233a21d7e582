import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = globSync('{core,plugins}/**/*.ts', { cwd: root }).map((path) => ({
  path,
  text: readFileSync(root + path, 'utf8'),
}));
const having = (pattern: RegExp) => sources.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

t.test('there are sources to look at', async (t) => t.ok(sources.length > 50));

t.test('the container is known to compose.ts alone', async (t) => {
  t.strictSame(having(/from 'tsyringe'/), ['core/compose.ts']);
});

t.test('one module writes to sockets', async (t) => {
  t.strictSame(having(/\.hijack\(|\.raw\.(write|end|destroy)/), ['core/http/send.ts']);
});

t.test('arguments, signals and the exit code are read where a process begins, the environment nowhere', async (t) => {
  t.strictSame(having(/process\.(argv|exitCode)|process\.(on|once)\((?!'exit')/), [
    'core/main.ts',
    'core/plugin/plugin-process-main.ts',
  ]);
  t.strictSame(having(/process\.env/), []);
});

t.test(
  'plugins import types of the contract, their own files and libraries, and nothing else of the core',
  async (t) => {
    const contract = /^type \{[\w, ]+\} from '\.\.\/\.\.\/core\/plugin\/contract\.js';$/;
    const ownFile = /^\{[\w, ]+\} from '\.\/[\w-]+\.js';$|^\w+ from '\.\/[\w/-]+\.json' with \{ type: 'json' \};$/;
    const library = /^\{ \w+ \} from '[\w-]+';$/;
    for (const { path, text } of sources.filter(({ path }) => path.startsWith('plugins/'))) {
      const imports = [...text.matchAll(/^import (.*)$/gm)].map(([, rest]) => rest ?? '');
      const foreign = imports.filter((rest) => ![contract, ownFile, library].some((kind) => kind.test(rest)));
      t.strictSame(foreign, [], path);
    }
  },
);

t.test('below the routes nothing knows Fastify, but for what plans and errors are carried out with', async (t) => {
  const allowed = /^core\/(routes|cli|http)\/|^core\/(server|compose)\.ts$/;
  t.strictSame(
    having(/from 'fastify/).filter((path) => !allowed.test(path)),
    [],
  );
});

t.test('no file is longer than 250 lines', async (t) => {
  t.strictSame(
    sources.filter(({ text }) => text.split('\n').length > 251).map(({ path }) => path),
    [],
  );
});
