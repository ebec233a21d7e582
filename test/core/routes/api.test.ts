import { Validator } from '@seriousme/openapi-schema-validator';
import t from 'tap';
import { bearer, discover, mac, serve } from '../../helpers/api.js';
import type { TestApp } from '../../helpers/build-app.js';
import { routeTable } from '../../helpers/route-table.js';

t.test('the document is OpenAPI 3.1 and has every route of the API', async (t) => {
  const { document, app } = await serve(t);
  const { valid, errors } = await new Validator().validate(
    structuredClone(document) as object as Record<string, unknown>,
  );
  t.ok(valid, JSON.stringify(errors));
  t.match(document, { openapi: '3.1.0', info: { title: 'Serabut' } });
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  t.strictSame(described.sort(), routesOf(app));
  t.ok(described.length >= 14);
});

/** `METHOD /api/v1/path` of each route of the server that is below there. */
function routesOf({ server }: TestApp): string[] {
  return routeTable(server)
    .filter(({ path }) => path.startsWith('/api/v1/'))
    .flatMap(({ path, methods }) => {
      const template = path.replace(/:(\w+)/g, '{$1}');
      return methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${template}`);
    })
    .sort();
}

t.test('what can be read fits what is described', async (t) => {
  const api = await serve(t);
  await discover(api, 'new', 2, 'web');
  const overview = (await api.ask('GET', '/overview')).json;
  const kinds = overview.problems.map(({ kind }: { kind: string }) => kind);
  for (const kind of ['Plugin', 'Image', 'Distro']) t.ok(kinds.includes(kind), kind);
  t.match(overview, { isActing: true, machines: { Discovered: 1 }, distros: { ready: 1 }, plugins: { failed: 1 } });
  t.match(overview.discovered, [{ name: 'new', acceptable: true, proposal: { bootProfile: 'web' } }]);

  const machines = (await api.ask('GET', '/machines?search=NEW&limit=1')).json;
  t.match(machines, { total: 1, items: [{ name: 'new', macs: [mac(2)] }] });
  t.match((await api.ask('GET', '/machines/web-1')).json, { generation: { wanted: 1 }, where: /all.yaml/ });
  const images = (await api.ask('GET', '/images')).json.items;
  t.match(byName(images, 'absent'), { declared: true, file: 'absent.iso', verified: null });
  t.match(byName(images, 'odd.iso'), { declared: false, state: 'failed', problem: /odd.iso/ });
  const distros = (await api.ask('GET', '/distros')).json.items;
  t.match(byName(distros, 'debian-13'), { state: 'ready', plugin: 'debian', profiles: ['bare', 'web'], problem: null });
  t.match(byName(distros, 'odd'), { state: 'failed', problem: { code: /^SERABUT_ERR_ISO/, help: /./ } });
  const profiles = (await api.ask('GET', '/profiles')).json.items;
  t.match(byName(profiles, 'web'), { ready: true, problem: null });
  t.match(byName(profiles, 'lost'), { ready: false, problem: /no distro "gone"/ });
  t.match(byName(profiles, 'bare'), { ready: false, problem: /Configuration "none"/ });
  const plugins = (await api.ask('GET', '/plugins')).json.items;
  t.match(plugins[0], {
    id: null,
    state: 'failed',
    problem: { code: 'SERABUT_ERR_PLUGIN_INVALID', message: /finding/ },
  });
  t.match(plugins.at(-1), { state: 'loaded', problem: null });
});

function byName(items: { name: string }[], name: string) {
  return items.find((item) => item.name === name);
}

t.test('the state of an Image is that of its conditions', async (t) => {
  const api = await serve(t);
  const { store } = api.app;
  const state = async () => byName((await api.ask('GET', '/images')).json.items, 'absent');
  const set = async (conditions: object, details: object = {}) => {
    const all = Object.entries(conditions).map(([type, [status, reason, message = 'why']]) => {
      return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00.000Z' };
    });
    await store.applyStatus('Image', 'absent', { conditions: all, ...details });
    return state();
  };
  t.match(await set({ Downloaded: ['False', 'Missing'] }), { state: 'missing', problem: 'why' });
  const details = { downloadedBytes: 5, size: 10, speed: 2.5 };
  const downloading = await set({ Downloaded: ['False', 'Downloading'] }, details);
  t.match(downloading, { state: 'downloading', problem: null, message: 'why', ...details });
  t.match(await set({ Downloaded: ['False', 'Waiting'] }), { state: 'waiting', problem: null });
  t.match(await set({ Downloaded: ['False', 'ImageDownload'] }), { state: 'failed', problem: 'why' });
  const bad = { Downloaded: ['True', 'Downloaded'], Verified: ['False', 'ImageDiffers', 'bad'] };
  t.match(await set(bad), { state: 'failed', problem: 'bad', verified: false });
  const fresh = {
    Downloaded: ['True', 'Present'],
    Verified: ['True', 'ChecksumMatches'],
    Indexed: ['Unknown', 'Preparing'],
  };
  t.match(await set(fresh), { state: 'preparing', verified: true });
  const done = { Downloaded: ['True', 'Present'], Verified: ['Unknown', 'NoChecksum'], Indexed: ['True', 'Indexed'] };
  t.match(await set(done, { digest: 'sha256:aa' }), { state: 'ready', verified: null, digest: 'sha256:aa' });
});

t.test('errors are JSON with a code, a sentence and what to do', async (t) => {
  const api = await serve(t);
  const missing = await api.ask('GET', '/machines/nobody');
  t.equal(missing.status, 404);
  const { code, message, where, help } = missing.json;
  t.strictSame([code, message, where], ['SERABUT_ERR_MACHINE_NOT_FOUND', 'there is no Machine "nobody"', null]);
  t.match(help, /serabut get machines/);
  for (const query of ['limit=0', 'limit=501', 'offset=-1', 'phase=None', 'sort=x', `search=${'x'.repeat(129)}`]) {
    const refused = await api.ask('GET', `/machines?${query}`);
    t.match(refused, { status: 400, json: { code: 'SERABUT_ERR_BAD_REQUEST' } }, query);
  }
  const nothing = await api.app.server.inject('/api/v1/nothing');
  t.equal(nothing.statusCode, 404);
  t.match(nothing.json(), { code: 'SERABUT_ERR_ROUTE_NOT_FOUND' });
  const elsewhere = await api.app.server.inject('/nothing');
  t.match(elsewhere.body, /^SERABUT_ERR_ROUTE_NOT_FOUND: /, 'what machines ask is answered as text');
});

t.test('every answer says to browsers what a page of it may do', async (t) => {
  const api = await serve(t);
  for (const url of ['/machines', '/machines/nobody']) {
    const { headers } = await api.ask('GET', url);
    t.match(headers['content-security-policy'], /^default-src 'none'/);
    t.match(headers, { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
  }
});

t.test('closed, reading wants the token, but probes and machines do not', async (t) => {
  const api = await serve(t, { closed: true });
  for (const url of [
    '/overview',
    '/machines',
    '/machines/web-1',
    '/images',
    '/distros',
    '/profiles',
    '/plugins',
    '/events',
  ]) {
    t.match(await api.ask('GET', url), { status: 401 }, url);
  }
  t.match(await api.ask('GET', '/machines', { headers: bearer }), { status: 200 });
  for (const url of ['/healthz', '/readyz', '/metrics', '/boot', '/boot/debian-13', '/api/v1/openapi.json'])
    t.equal((await api.app.server.inject(url)).statusCode, 200, url);
});
