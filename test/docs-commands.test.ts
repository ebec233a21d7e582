import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { buildApp } from './helpers/build-app.js';
import { commandsOf } from './helpers/commands.js';
import { inlineProblem, isValue, problemsOf } from './helpers/document-checks.js';
import { documents, root } from './helpers/documents.js';
import { patternOf, routeProblem, routeTable } from './helpers/route-table.js';

const all = documents();

t.test(
  'every command of the documents is run by a test or says why not, and could be given as it stands',
  async (t) => {
    for (const { path, blocks } of all) {
      await t.test(path, async (t) => {
        for (const block of blocks) t.strictSame(await problemsOf(block), [], block.where);
        t.pass(`${blocks.length} blocks`);
      });
    }
  },
);

t.test('every command of serabut that a sentence names exists, with its options', async (t) => {
  for (const { where, text } of all.flatMap(({ inlines }) => inlines)) t.equal(inlineProblem(text), undefined, where);
});

t.test('every value of the chart that a sentence names exists', async (t) => {
  const named = all.flatMap(({ inlines }) => inlines).filter(({ text }) => /^[a-zA-Z]+(\.[a-zA-Z]+)+$/.test(text));
  const groups = 'lan plugins resources crds server dnsmasq squid persistence images service metrics tests operator';
  const values = named.filter(
    ({ text }) => groups.split(' ').includes(text.split('.')[0] ?? '') && !text.endsWith('.conf'),
  );
  for (const { where, text } of values) t.ok(isValue(text.split('.')), `${where} ${text}`);
  t.ok(values.length > 20);
});

t.test('every URL of the server that the documents name has a route', async (t) => {
  const routes = routeTable((await buildApp(t)).server);
  t.ok(routes.length > 5);
  const first = new Set(routes.map(({ path }) => path.split(/[/:*]/)[1]).filter((word) => word !== ''));
  const said = all.flatMap(({ inlines }) =>
    inlines.flatMap(({ where, text }) => spoken(text).map((url) => ({ where, ...url }))),
  );
  const typed = all.flatMap(({ blocks }) =>
    blocks.flatMap(({ where, text, isShell }) =>
      isShell ? commandsOf(text).flatMap((words) => asked(words).map((url) => ({ where, ...url }))) : [],
    ),
  );
  // A path that begins otherwise is one of a file, such as /proc/cmdline; and so is one of GRUB.
  const urls = [
    ...said.filter(
      ({ method, url }) => method !== '' || (first.has(url.split(/[/?]/)[1] ?? '') && !url.startsWith('/boot/grub/')),
    ),
    ...typed,
  ];
  for (const { where, method, url } of urls)
    t.equal(routeProblem(routes, method || 'GET', url), undefined, `${where} ${url}`);
  t.ok(urls.length > 20);
});

interface Url {
  readonly method: string;
  readonly url: string;
}

/** `GET /boot`, or a path alone. */
function spoken(text: string): Url[] {
  const [, method = '', url] = /^(?:(GET|HEAD|POST|DELETE|PUT) )?(\/[^\s]*)$/.exec(text) ?? [];
  return url === undefined || (method === '' && /^\/[a-z]*$/.test(url)) ? [] : [{ method, url }];
}

/** What a command asks of a server on this machine or on the LAN of the examples. */
function asked(words: readonly string[]): Url[] {
  if (words[0] !== 'curl') return [];
  const at = words.findIndex((word) => word === '-X' || word === '--request');
  const method = at === -1 ? 'GET' : (words[at + 1] ?? 'GET');
  return words.flatMap((word) => {
    const [, url] = /^http:\/\/(?:127\.0\.0\.1|localhost|192\.168\.88\.2)(?::8080)?(\/.*)$/.exec(word) ?? [];
    return url === undefined ? [] : [{ method, url }];
  });
}

t.test('every route has a line in the pages of routes', async (t) => {
  const pages = all.filter(({ path }) => /^docs\/(http|api|dashboard)\.md$/.test(path));
  const named = pages.flatMap(({ inlines }) => inlines.map(({ text }) => text.replace(/^[A-Z]+ /, '')));
  const { server } = await buildApp(t);
  const readable = routeTable(server).filter(({ methods }) => methods.includes('GET'));
  for (const { path } of readable) {
    const shown = path.replaceAll(/:(\w+)/g, '{$1}').replace(/\/?\*/, '/{path}');
    const short = shown.replace(/^.*(?=\/)/, '…');
    const pattern = patternOf(path);
    t.ok(
      named.some((name) => name === short || name.startsWith(shown) || pattern.test(name)),
      `write a line for \`GET ${shown}\` in docs/http.md, api.md or dashboard.md`,
    );
  }
});

t.test('every attack of docs/security.md has a test that bears that name', async (t) => {
  const page = readFileSync(`${root}docs/security.md`, 'utf8');
  const named = [...page.matchAll(/`(test\/\S+\.ts)`: "([^"]+)"/g)];
  t.ok(named.length > 15);
  for (const [, path = '', title = ''] of named) {
    const source = existsSync(root + path) ? readFileSync(root + path, 'utf8') : '';
    t.ok(source.includes(`'${title}'`), `${path} has no test "${title}": name the one that shows it`);
  }
});

t.test('every metric that the documents name is among those of the server', async (t) => {
  const { server } = await buildApp(t);
  const { body } = await server.inject('/metrics');
  const texts = all.flatMap(({ blocks, inlines }) => [...blocks, ...inlines]);
  const names = new Set(texts.flatMap(({ text }) => text.match(/\bserabut_[a-z_]+\b/g) ?? []));
  t.ok(names.size > 8);
  for (const name of names) t.match(body, new RegExp(`^# TYPE ${name} `, 'm'), name);
});
