import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Fastify, { type FastifyRequest } from 'fastify';
import t, { type Test } from 'tap';
import { errorText } from '../../../core/http/error-text.js';
import { endedCookie, OperatorAccess, sessionCookie } from '../../../core/http/operator-access.js';

const anna = 'correct-horse-battery';
const bert = 'another-token-of-bert';

/** A server whose routes do nothing but ask who it is. */
async function serve(t: Test, tokens: string | undefined = `# who\nanna:${anna}\n\nbert:${bert}\n`, isClosed = false) {
  const directory = t.testdir({});
  const tokenFile = tokens === undefined ? undefined : join(directory, 'tokens');
  const write = (text: string) => writeFileSync(join(directory, 'tokens'), text);
  if (tokens !== undefined) write(tokens);
  const clock = { now: 1_000_000 };
  const access = new OperatorAccess({ tokenFile, isClosed }, () => clock.now);
  const app = Fastify();
  await app.register(errorText);
  const route = (url: string, handler: (request: FastifyRequest) => Promise<unknown>) => app.get(url, handler);
  route('/read', async (request) => {
    await access.requireReader(request);
    return 'read';
  });
  route('/act', async (request) => (await access.requireOperator(request)).operator);
  app.get('/sign-in/:token', async (request, reply) => {
    const session = await access.signIn((request.params as { token: string }).token, request);
    return reply.header('set-cookie', sessionCookie(session)).send(session.csrf);
  });
  app.get('/form/:csrf', async (request) => {
    const { csrf } = request.params as { csrf: string };
    return (await access.requireForm(request, csrf)).operator;
  });
  app.get('/sign-out', async (request, reply) => {
    const session = await access.sessionOf(request);
    if (session !== undefined) access.signOut(session);
    return reply.header('set-cookie', endedCookie).send('out');
  });
  t.teardown(() => app.close());
  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });
  const code = async (url: string, headers: Record<string, string> = {}) => {
    const { statusCode, body } = await get(url, headers);
    return statusCode === 200 ? body : body.split(':')[0];
  };
  const signIn = async (token: string) => {
    const { headers, body } = await get(`/sign-in/${token}`);
    const cookie = String(headers['set-cookie']);
    return { cookie, csrf: body, headers: { cookie: `other=1; ${cookie.split(';')[0]}` } };
  };
  return { access, clock, write, get, code, signIn };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

t.test('who has a token may act, and the log can say who it is', async (t) => {
  const { code, get } = await serve(t);
  t.equal(await code('/act', bearer(anna)), 'anna');
  t.equal(await code('/act', bearer(bert)), 'bert');
  t.equal(await code('/act', { authorization: `bearer  ${bert}` }), 'bert');
  for (const headers of [{}, bearer('wrong'), bearer(`${anna}x`), { authorization: `Basic ${anna}` }])
    t.equal(await code('/act', headers), 'SERABUT_ERR_OPERATOR_TOKEN');
  const refused = await get('/act');
  t.equal(refused.statusCode, 401);
  t.match(refused.headers['www-authenticate'], /^Bearer/);
});

t.test('without a file of tokens nobody acts, and everybody reads', async (t) => {
  const directory = await serve(t, undefined);
  const app = new OperatorAccess({ tokenFile: undefined, isClosed: false }, () => 0);
  t.equal(app.hasActions, false);
  await t.resolves(app.check());
  await t.rejects(app.requireOperator(fakeRequest(anna)), { code: 'SERABUT_ERR_ACTIONS_OFF', status: 403 });
  await t.rejects(app.signIn(anna, fakeRequest('')), { code: 'SERABUT_ERR_ACTIONS_OFF' });
  await t.rejects(app.requireForm(fakeRequest(''), ''), { code: 'SERABUT_ERR_ACTIONS_OFF' });
  await t.resolves(app.requireReader(fakeRequest('')));
  t.equal(directory.access.isClosed, false);
});

function fakeRequest(token: string): FastifyRequest {
  return { headers: token === '' ? {} : bearer(token), ip: '10.0.0.1' } as FastifyRequest;
}

t.test('where reading is closed it wants a token or a session', async (t) => {
  const { code, signIn } = await serve(t, `anna:${anna}\n`, true);
  t.equal(await code('/read'), 'SERABUT_ERR_OPERATOR_TOKEN');
  t.equal(await code('/read', bearer('wrong')), 'SERABUT_ERR_OPERATOR_TOKEN');
  t.equal(await code('/read', bearer(anna)), 'read');
  const { headers } = await signIn(anna);
  t.equal(await code('/read', headers), 'read');
  t.equal(await code('/act', headers), 'SERABUT_ERR_OPERATOR_TOKEN', 'a cookie does not act by the API');
});

t.test('a token that is taken out of the file opens nothing from then on, nor do its sessions', async (t) => {
  const { code, signIn, write } = await serve(t, `anna:${anna}\nbert:${bert}\n`, true);
  const { headers } = await signIn(anna);
  write(`bert:${bert}\n`);
  t.equal(await code('/act', bearer(anna)), 'SERABUT_ERR_OPERATOR_TOKEN');
  t.equal(await code('/read', headers), 'SERABUT_ERR_OPERATOR_TOKEN');
  t.equal(await code('/act', bearer(bert)), 'bert');
  write(`anna:${anna}\n`);
  t.equal(await code('/read', headers), 'SERABUT_ERR_OPERATOR_TOKEN', 'it has ended for good');
});

t.test('a form acts with its session, its field, and from a page of this server', async (t) => {
  const { code, signIn } = await serve(t);
  const { headers, csrf, cookie } = await signIn(anna);
  t.match(cookie, /^serabut-session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
  t.equal(await code(`/form/${csrf}`, headers), 'anna');
  const own = { ...headers, host: 'boot:8080', origin: 'http://boot:8080' };
  t.equal(await code(`/form/${csrf}`, own), 'anna');
  t.equal(await code(`/form/${csrf}`, { ...own, 'sec-fetch-site': 'same-origin' }), 'anna');
  for (const foreign of [
    { ...own, origin: 'http://evil' },
    { ...own, origin: 'null' },
    { ...own, 'sec-fetch-site': 'cross-site' },
    { ...own, 'sec-fetch-site': 'same-site' },
  ])
    t.equal(await code(`/form/${csrf}`, foreign), 'SERABUT_ERR_FOREIGN_FORM');
  t.equal(await code('/form/wrong', headers), 'SERABUT_ERR_FOREIGN_FORM');
  const other = await signIn(bert);
  t.equal(await code(`/form/${csrf}`, other.headers), 'SERABUT_ERR_FOREIGN_FORM', 'the field of another session');
  t.equal(await code(`/form/${csrf}`), 'SERABUT_ERR_OPERATOR_TOKEN', 'no session');
});

t.test('a session ends by signing out and after twelve hours', async (t) => {
  const { code, signIn, clock } = await serve(t);
  const [first, second] = [await signIn(anna), await signIn(anna)];
  t.equal(await code('/sign-out', first.headers), 'out');
  t.equal(await code(`/form/${first.csrf}`, first.headers), 'SERABUT_ERR_OPERATOR_TOKEN');
  clock.now += 12 * 3_600_000 - 1;
  t.equal(await code(`/form/${second.csrf}`, second.headers), 'anna');
  clock.now += 1;
  t.equal(await code(`/form/${second.csrf}`, second.headers), 'SERABUT_ERR_OPERATOR_TOKEN');
});

t.test('who guesses has to wait, even with the right token', async (t) => {
  const { code, clock } = await serve(t);
  for (let guess = 0; guess < 60; guess++) await code('/act', bearer(`guess-${guess}`));
  t.equal(await code('/act', bearer('one more')), 'SERABUT_ERR_OPERATOR_TOKEN', 'a blank makes it no token at all');
  t.equal(await code('/act', bearer(anna)), 'SERABUT_ERR_TOO_MANY_GUESSES');
  t.equal(await code(`/sign-in/${anna}`), 'SERABUT_ERR_TOO_MANY_GUESSES');
  clock.now += 60_000;
  t.equal(await code('/act', bearer(anna)), 'anna');
});

t.test('a file that cannot be used is refused at the start, and never shown', async (t) => {
  for (const [text, message] of [
    ['anna:too-short', /line 1 is not NAME:TOKEN/],
    [`# fine\n\nanna ${anna}`, /line 3/],
    [`anna:has a blank in it`, /line 1/],
    ['', /no token/],
    [Array.from({ length: 101 }, (_, n) => `user${n}:${anna}`).join('\n'), /more than 100/],
  ] as const) {
    const { access } = await serve(t, text === '' ? '\n' : text);
    const refused = await access.check().then(
      () => undefined,
      (error: Error) => error,
    );
    t.match(refused, { code: 'SERABUT_ERR_SECRET', message });
    t.notMatch(refused?.message, anna);
  }
  const closed = new OperatorAccess({ tokenFile: undefined, isClosed: true }, () => 0);
  await t.rejects(closed.check(), { code: 'SERABUT_ERR_BAD_REQUEST', message: /--operator-token-file/ });
  const missing = new OperatorAccess({ tokenFile: '/nowhere/tokens', isClosed: false }, () => 0);
  await t.rejects(missing.check(), { code: 'SERABUT_ERR_SECRET', message: /cannot be read/ });
});
