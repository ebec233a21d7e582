import t from 'tap';
import type { Stored } from '../../../core/resources/store.js';
import { dashboard, hostile, token } from '../../helpers/dashboard.js';

const pages = ['/', '/machines', '/machines/known', '/machines/known/preview', '/images', '/distros', '/plugins'];
const wanted = {
  'content-security-policy': /default-src 'none'.*frame-ancestors 'none'/,
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'referrer-policy': 'same-origin',
};

t.test('every page renders, with the headers that a browser needs to be safe', async (t) => {
  const { get, logIn } = await dashboard(t);
  const { cookie } = await logIn();
  for (const path of [...pages, '/login', '/machines/known/reinstall']) {
    const { statusCode, headers, body } = await get(path, { cookie });
    t.equal(statusCode, 200, path);
    t.match(headers, { ...wanted, 'content-type': 'text/html; charset=utf-8' }, path);
    t.match(body, /<html lang="en">.*<main id="main"/s, path);
    t.notMatch(body, / style=| onclick=|<script>/, 'what the policy forbids is not there');
  }
});

t.test('an error is a page, too, with the same headers', async (t) => {
  const { get, ask } = await dashboard(t);
  const missing = await get('/machines/nobody');
  t.equal(missing.statusCode, 404);
  t.match(missing.headers, wanted);
  t.match(missing.body, /SERABUT_ERR_MACHINE_NOT_FOUND/);
  const type = await ask('POST', '/login', { 'content-type': 'text/plain' });
  t.equal(type.statusCode, 400);
  t.match(type.headers, wanted);
  const long = await ask('POST', '/login', {}, { token: 'x'.repeat(10_000) });
  t.equal(long.statusCode, 400, 'a form has a bound');
});

t.test('what machines say of themselves is text on every page', async (t) => {
  const { get, discover, ask, logIn } = await dashboard(t);
  const name = await discover('52:54:00:00:00:77', { product: hostile, manufacturer: hostile });
  const { cookie, csrf } = await logIn();
  for (const path of ['/', '/machines', `/machines/${name}`, `/machines/${name}/preview`, `/machines/${name}/accept`]) {
    t.notMatch((await get(path, { cookie })).body, /<script>|\b49\b/, path);
  }
  t.match((await get(`/machines/${name}`)).body, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  await ask('POST', `/machines/${name}/accept`, { cookie }, { csrf, bootProfile: 'web' });
  const script = (await get('/boot?mac=52-54-00-00-00-77&product=x')).body;
  const [, attempt = ''] = /\/installations\/([\w-]{43})\//.exec(script) ?? [];
  await get(`/installations/${attempt}/progress?step=${encodeURIComponent(hostile)}`);
  const { body } = await get(`/machines/${name}`);
  t.match(body, /The installer says: .*&lt;script&gt;/);
  t.notMatch(body, /<script>/);
  t.notOk(body.includes(attempt), 'a token is on no page');
});

t.test('names in URLs are text, and lead nowhere else', async (t) => {
  const { get } = await dashboard(t);
  const found = await get(`/machines?search=${encodeURIComponent(hostile)}&sort=nothing&phase=nothing&page=x`);
  t.equal(found.statusCode, 200);
  t.notMatch(found.body, /<script>/);
  t.match(found.body, /No machine fits/);
  const missing = await get(`/machines/${encodeURIComponent(hostile)}`);
  t.equal(missing.statusCode, 404);
  t.notMatch(missing.body, /<script>/);
  const places = {
    '//elsewhere.example/x': '/x',
    'https://elsewhere.example/x?y': '/x?y',
    '/\\\\elsewhere.example': '/',
  };
  for (const [next, path] of Object.entries({
    ...places,
    'http://localhost//elsewhere.example': '/',
    'http:///': '/',
  })) {
    const { body } = await get(`/login?next=${encodeURIComponent(next)}`);
    t.ok(body.includes(`name="next" value="${path}"`), next);
  }
});

t.test('the list has pages', async (t) => {
  const { get, store } = await dashboard(t);
  const { spec, status } = store.get('Machine', 'known') as Stored<'Machine'>;
  for (let index = 0; index < 150; index++) {
    const macs = [`52:54:00:01:00:${index.toString(16).padStart(2, '0')}`];
    await store.create('Machine', `m-${String(index).padStart(3, '0')}`, { ...spec, macs }, status);
  }
  const rows = (body: string) => body.match(/<th scope="row"/g)?.length;
  const first = (await get('/machines')).body;
  t.equal(rows(first), 100);
  t.match(first, /href="\/machines\?page=2" rel="next"/);
  const second = (await get('/machines?page=2')).body;
  t.equal(rows(second), 51);
  t.match(second, /href="\/machines" rel="prev"/);
  t.equal(rows((await get('/machines?search=m-14')).body), 10);
  t.match((await get('/machines?page=9')).body, /No machine fits/);
});

t.test('what a page refers to is there, for ever; what it was before is not', async (t) => {
  const { get } = await dashboard(t, { settings: { closed: true } });
  const { body } = await get('/login');
  const urls = [...body.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, url]) => url ?? '');
  t.equal(urls.length, 4);
  for (const url of urls) {
    const { statusCode, headers } = await get(url);
    t.equal(statusCode, 200, url);
    t.match(headers, { 'cache-control': 'public, max-age=31536000, immutable', 'x-content-type-options': 'nosniff' });
  }
  t.equal((await get('/assets/0000000000000000/style.css')).statusCode, 404);
  t.equal((await get('/assets/x/..%2f..%2fpackage.json')).statusCode, 404);
});

t.test('a page of a server without tokens says how they are made', async (t) => {
  const { get, ask } = await dashboard(t, { settings: { operatorTokenFile: undefined } });
  t.match((await get('/machines/known')).body, /Nobody can act here.*--operator-token-file/);
  t.match((await get('/login')).body, /--operator-token-file/);
  const question = await get('/machines/known/reinstall');
  t.equal(question.statusCode, 403);
  t.match(question.body, /SERABUT_ERR_ACTIONS_OFF/);
  t.equal((await ask('POST', '/machines/known/reinstall', {}, { csrf: '' })).statusCode, 403);
  t.equal((await ask('POST', '/login', {}, { token })).statusCode, 403);
});

t.test('plugins and distros are shown with what is wrong with them', async (t) => {
  const { get } = await dashboard(t, { files: { 'plugins/odd/plugin.yaml': 'apiVersion: <b>\n' } });
  const { body } = await get('/plugins');
  t.match(body, /3 of 4 loaded/);
  t.notMatch(body, /<b>\n/);
  t.match((await get('/')).body, /odd\/plugin\.yaml/);
});
