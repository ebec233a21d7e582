import t from 'tap';
import { dashboard, token } from '../../helpers/dashboard.js';

t.test('who logs in can accept, reinstall and forget', async (t) => {
  const { get, ask, logIn, discover, store } = await dashboard(t);
  const { cookie, csrf } = await logIn();
  const name = await discover('52:54:00:00:00:07');
  const question = await get(`/machines/${name}/accept`, { cookie });
  t.match(question.body, new RegExp(`The disk of ${name} will be erased`));
  t.match(question.body, /<option>web<\/option>/);
  const accepted = await ask('POST', `/machines/${name}/accept`, { cookie }, { csrf, bootProfile: 'web' });
  t.match([accepted.statusCode, accepted.headers.location], [303, `/machines/${name}`]);
  t.match(store.get('Machine', name)?.spec, { bootProfile: 'web', install: { generation: 1 } });
  t.match((await get(`/machines/${name}`, { cookie })).body, /It is to be installed as generation 1/);
  const [, next = ''] =
    /name="generation" value="(\d+)"/.exec((await get(`/machines/${name}/reinstall`, { cookie })).body) ?? [];
  for (let times = 0; times < 2; times++) {
    await ask('POST', `/machines/${name}/reinstall`, { cookie }, { csrf, generation: next });
  }
  t.equal(store.get('Machine', name)?.spec.install.generation, 2, 'a form that is sent twice asks once');
  const other = await discover('52:54:00:00:00:08');
  t.match((await get(`/machines/${other}/forget`, { cookie })).body, /is discovered again/);
  const forgotten = await ask('POST', `/machines/${other}/forget`, { cookie }, { csrf });
  t.equal(forgotten.headers.location, '/machines');
  t.equal(store.get('Machine', other), undefined);
});

t.test('a machine in a file is changed there, and the page says how', async (t) => {
  const { ask, logIn } = await dashboard(t);
  const { cookie, csrf } = await logIn();
  const { statusCode, body } = await ask('POST', '/machines/known/reinstall', { cookie }, { csrf });
  t.equal(statusCode, 409);
  t.match(body, /set spec\.install\.generation to 1 there/);
  t.match(body, /all\.yaml/);
  t.match(body, /href="\/machines\/known">Back/);
});

t.test('a form of another page, or without its session, does nothing', async (t) => {
  const { ask, logIn, discover, store } = await dashboard(t);
  const name = await discover('52:54:00:00:00:09');
  const { cookie, csrf } = await logIn();
  const other = await logIn();
  const tries: [Record<string, string>, string, number][] = [
    [{}, csrf, 401],
    [{ cookie: `serabut-session=${'x'.repeat(43)}` }, csrf, 401],
    [{ cookie }, '', 403],
    [{ cookie }, 'x'.repeat(43), 403],
    [{ cookie }, other.csrf, 403],
    [{ cookie, origin: 'http://elsewhere.example' }, csrf, 403],
    [{ cookie, origin: 'null' }, csrf, 403],
    [{ cookie, 'sec-fetch-site': 'cross-site' }, csrf, 403],
    [{ cookie, 'sec-fetch-site': 'same-site' }, csrf, 403],
    [{ authorization: `Bearer ${token}` }, csrf, 401],
  ];
  for (const [headers, field, status] of tries) {
    for (const action of ['accept', 'reinstall', 'forget']) {
      const answer = await ask('POST', `/machines/${name}/${action}`, headers, { csrf: field, bootProfile: 'web' });
      t.equal(answer.statusCode, status, `${action} ${JSON.stringify(headers)}`);
    }
    t.equal((await ask('POST', '/logout', headers, { csrf: field })).statusCode, status, 'logout');
  }
  t.match(store.get('Machine', name)?.spec, { bootProfile: null, install: { generation: 0 } });
  t.equal((await ask('GET', `/machines/${name}/accept`, { cookie })).statusCode, 200, 'the session goes on');
});

t.test('a login needs the token, and comes from a page of this server', async (t) => {
  const { ask } = await dashboard(t);
  const wrong = await ask('POST', '/login', {}, { token: 'something-else-of-sixteen' });
  t.equal(wrong.statusCode, 401);
  t.equal(wrong.headers['set-cookie'], undefined);
  t.match(wrong.body, /It is not the token of an operator\./);
  const foreign = await ask('POST', '/login', { origin: 'http://elsewhere.example' }, { token });
  t.equal(foreign.statusCode, 403);
  const right = await ask('POST', '/login', {}, { token, next: '/machines/known?x=1' });
  t.equal(right.headers.location, '/machines/known?x=1');
  t.match(
    right.headers['set-cookie'],
    /^serabut-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
  );
  const elsewhere = await ask('POST', '/login', {}, { token, next: 'https://elsewhere.example' });
  t.equal(elsewhere.headers.location, '/');
  for (let guess = 0; guess < 70; guess++) await ask('POST', '/login', {}, { token: 'something-else-of-sixteen' });
  t.equal((await ask('POST', '/login', {}, { token })).statusCode, 429);
});

t.test('who logs out has no session any more', async (t) => {
  const { ask, get, logIn } = await dashboard(t);
  const { cookie, csrf } = await logIn();
  t.match((await get('/', { cookie })).body, /Log out/);
  const out = await ask('POST', '/logout', { cookie }, { csrf });
  t.match(out.headers['set-cookie'], /Max-Age=0/);
  t.match((await get('/', { cookie })).body, /href="\/login"/);
});

t.test('where reading is closed every page leads to the login, and back', async (t) => {
  const { get, logIn } = await dashboard(t, { settings: { closed: true } });
  for (const path of ['/', '/machines?phase=Failed', '/machines/known', '/machines/known/preview', '/images']) {
    const { statusCode, headers } = await get(path);
    t.match([statusCode, headers.location], [303, `/login?${new URLSearchParams({ next: path })}`]);
  }
  const script = { 'hx-request': 'true', 'hx-current-url': 'http://10.0.0.2:8080/machines?phase=Failed' };
  const live = await get('/machines', script);
  t.match([live.statusCode, live.headers['hx-redirect']], [204, '/login?next=%2Fmachines%3Fphase%3DFailed']);
  t.equal((await get('/', { ...script, 'hx-current-url': 'nonsense:' })).statusCode, 204);
  const { cookie } = await logIn();
  t.equal((await get('/machines/known', { cookie })).statusCode, 200);
  t.equal((await get('/boot?mac=52-54-00-00-00-01&product=')).statusCode, 200, 'machines are asked for no token');
});
