import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bearer, discover, mac, secrets, serve, token } from '../../helpers/api.js';
import { buildApp } from '../../helpers/build-app.js';
import { installing, secretValues, web1 } from '../../helpers/installing.js';
import { until } from '../resources/store-conformance.js';

t.test('actions are done for who has a token, and for nobody else', async (t) => {
  const api = await serve(t);
  const { store } = api.app;
  await discover(api, 'new', 2, 'web');
  const actions = [
    ['POST', '/machines/new/accept'],
    ['POST', '/machines/new/reinstall'],
    ['DELETE', '/machines/new'],
    ['POST', '/images'],
  ] as const;
  for (const [method, url] of actions) {
    for (const headers of [{}, { authorization: 'Bearer of-somebody-else' }, { cookie: 'serabut-session=x' }]) {
      const refused = await api.ask(method, url, { headers });
      t.match(refused, { status: 401, json: { code: 'SERABUT_ERR_OPERATOR_TOKEN' } }, `${method} ${url}`);
    }
  }
  t.equal(store.get('Machine', 'new')?.spec.bootProfile, null);

  const accepted = await api.ask('POST', '/machines/new/accept', { headers: bearer });
  t.match(accepted, { status: 200, json: { name: 'new', bootProfile: 'web', generation: { wanted: 1 } } });
  const again = await api.ask('POST', '/machines/new/accept', { headers: bearer });
  t.match(again, { status: 409, json: { code: 'SERABUT_ERR_MACHINE_STATE' } });
  const second = { headers: bearer, payload: { generation: 2 } };
  for (let time = 0; time < 2; time++)
    t.match((await api.ask('POST', '/machines/new/reinstall', second)).json, { generation: { wanted: 2 } });
  const misspelt = await api.ask('POST', '/machines/new/reinstall', { headers: bearer, payload: { genration: 9 } });
  t.match(misspelt, { status: 400, json: { code: 'SERABUT_ERR_BAD_REQUEST' } });
  t.equal(store.get('Machine', 'new')?.spec.install.generation, 2);
  const readOnly = await api.ask('POST', '/machines/web-1/reinstall', { headers: bearer });
  t.match(readOnly, { status: 409, json: { code: 'SERABUT_ERR_READ_ONLY', where: /all.yaml/ } });
  t.match(readOnly.json.message, /spec.install.generation to 2/);

  t.equal((await api.ask('DELETE', '/machines/new', { headers: bearer })).status, 204);
  t.equal(store.get('Machine', 'new'), undefined);
});

t.test('without tokens actions are off, and the answer says how to turn them on', async (t) => {
  const api = await serve(t, { operatorTokenFile: undefined });
  const refused = await api.ask('POST', '/machines/web-1/reinstall', { headers: bearer });
  t.match(refused, { status: 403, json: { code: 'SERABUT_ERR_ACTIONS_OFF', help: /--operator-token-file/ } });
});

t.test('a server with a file of tokens that cannot be used does not start', async (t) => {
  const start = buildApp(t, { settings: { operatorTokenFile: join(secrets, 'wrong') } });
  await t.rejects(start, { code: 'SERABUT_ERR_SECRET', message: /line 1/ });
});

t.test('what an installer logged is read with a token alone, and goes on where one was', async (t) => {
  const api = await serve(t, { identify: 'query' });
  const boot = `/boot?mac=${mac(1)}&uuid=&serial=&arch=x86_64&platform=efi&memory=65536`;
  const script = await api.app.server.inject(boot);
  const [, secret = ''] = /installations\/([\w-]{43})\//.exec(script.body) ?? [];
  t.equal(secret.length, 43);
  const lines = (...texts: string[]) => {
    for (const text of texts) api.app.installerLog.take('127.0.0.1', text);
  };
  lines('<14>Nov 28 12:00:00 main-menu[1]: first', `<14>Nov 28 12:00:01 wget[1]: GET /installations/${secret}/done`);
  t.match(await api.ask('GET', '/machines/web-1/log'), { status: 401 });
  const first = (await api.ask('GET', '/machines/web-1/log', { headers: bearer })).json;
  t.strictSame(first.lines.length, 2);
  t.match(first.lines[0], 'first');
  t.notMatch(JSON.stringify(first), secret);
  lines('<14>Nov 28 12:00:02 main-menu[1]: third');
  const next = (await api.ask('GET', `/machines/web-1/log?after=${first.next}`, { headers: bearer })).json;
  t.match(next, { lines: [/third/], next: 3 });
  t.strictSame((await api.ask('GET', '/machines/web-1/log?after=3', { headers: bearer })).json.lines, []);
  t.equal((await api.ask('GET', '/machines/web-1/log?after=99', { headers: bearer })).json.lines.length, 3);
  const view = (await api.ask('GET', '/machines/web-1')).json;
  t.match(view, { address: '127.0.0.1', decision: /Attempt 1/, installation: { attempt: 1 } });
  t.ok(view.timeline.length > 0, 'what is not written yet is shown');
});

t.test('an Image is added once, as a file that the store reads', async (t) => {
  const api = await serve(t);
  const { store, data } = api.app;
  const image = { name: 'fresh', url: 'http://127.0.0.1:1/fresh.iso', sha256: 'ab'.repeat(32) };
  const add = (payload: object) => api.ask('POST', '/images', { headers: bearer, payload });
  const added = await add(image);
  t.match(added, { status: 201, json: { name: 'fresh', where: 'image-fresh.yaml' } });
  await until(store, () => store.snapshot.has('Image', 'fresh'));
  t.match(store.snapshot.get('Image', 'fresh')?.spec, { type: 'iso', url: image.url, sha256: image.sha256 });
  const text = readFileSync(join(data, 'resources/image-fresh.yaml'), 'utf8');
  t.match(await add({ ...image, url: 'http://127.0.0.1:1/other.iso' }), {
    status: 409,
    json: { code: 'SERABUT_ERR_IMAGE_EXISTS' },
  });
  t.equal(readFileSync(join(data, 'resources/image-fresh.yaml'), 'utf8'), text);
  t.match(await add({ ...image, name: 'mini' }), { status: 409 }, 'one of another file has the name');
  for (const wrong of [
    { ...image, name: '../x' },
    { ...image, name: 'no-digest', sha256: 'short' },
    { ...image, name: 'no-url', url: 'file:///etc/passwd' },
    { ...image, name: 'both', checksums: { url: 'http://127.0.0.1:1/SUMS' } },
    { name: 'nothing' },
    { ...image, name: 'other', owner: 'me' },
  ])
    t.match(await add(wrong), { status: 400, json: { code: 'SERABUT_ERR_BAD_REQUEST' } }, JSON.stringify(wrong));
  t.strictSame(readdirSync(join(data, 'resources')).sort(), ['all.yaml', 'image-fresh.yaml']);
});

t.test('no token, no hash of one and no secret is in any answer, at any moment, even for an operator', async (t) => {
  const { app, ask, boot, tokens } = await installing(t, { settings: { operatorTokenFile: join(secrets, 'tokens') } });
  const urls = ['overview', 'machines', 'machines/web-1', 'machines/web-1/log', 'machines/web-2', 'images', 'distros'];
  const look = async (moment: string): Promise<void> => {
    const answers = [...urls, 'profiles', 'plugins', 'openapi.json'].map(async (url) => {
      const { statusCode, body } = await app.server.inject({ url: `/api/v1/${url}`, headers: bearer });
      t.equal(statusCode, 200, `${moment}: ${url}`);
      return body;
    });
    const said = (await Promise.all(answers)).join('');
    t.match(said, 'web-1');
    const hashes = [...app.store.all('Installation')].flatMap(({ status }) => status.tokenHash ?? []);
    for (const hidden of [...Object.values(secretValues), ...tokens, ...hashes, token])
      t.notOk(said.includes(hidden), `${moment}: ${hidden.slice(0, 8)}…`);
  };
  await look('pending');
  const opened = await boot(web1);
  t.equal(opened.length, 43);
  app.installerLog.take(
    web1.address,
    `<14>Nov 28 12:00:01 wget[1]: GET /installations/${opened}/automation/preseed.cfg`,
  );
  await look('installing');
  const report = { payload: `see http://10.0.0.2/installations/${opened}/done` };
  t.equal((await ask(web1, `/installations/${opened}/progress`, 'POST', report)).statusCode, 200);
  await look('reported');
  t.equal((await ask(web1, `/installations/${opened}/failed`, 'POST', report)).statusCode, 200);
  await look('failed');
});
