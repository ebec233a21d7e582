import { Agent, request } from 'node:http';
import t from 'tap';
import { newToken } from '../../../core/machines/tokens.js';
import type { TestApp } from '../../helpers/build-app.js';
import { installing, secretValues, stateOf, web1, web2 } from '../../helpers/installing.js';
import { routeTable } from '../../helpers/route-table.js';
import { until } from '../resources/store-conformance.js';

/** What a second host on the LAN puts in the place of a parameter. It knows all names, and what the server keeps. */
const known: Readonly<Record<string, readonly string[]>> = {
  ':distro': ['debian-13', 'mini', '..'],
  ':config': ['vault', '..%2fvault'],
  ':file': ['preseed.cfg', 'after-install.sh', 'before-install.sh', '..%2f..%2fsecrets%2fvault%2froot', 'ipxe.efi'],
  ':name': ['web-1', '..%2f..%2fstate%2fInstallation%2fweb-1-1'],
  ':iso': ['mini.iso', '..', '..%2fsecrets'],
  '*': ['/', '/..%2f..%2fsecrets/vault/root', '/%2e%2e/%2e%2e/secrets/vault/root', '/../../state'],
};
const identity = `mac=${web1.mac.replaceAll(':', '-')}&uuid=&serial=&arch=x86_64&platform=efi&memory=65536`;
const queries = ['', `?${identity}`, `?${identity}&profile=vault`, `?${identity}&configuration=vault`];
/** What is said of a machine matters to what is made for one. */
function queriesOf(path: string): readonly string[] {
  if (path.startsWith('/boot')) return queries;
  return /^\/(configuration|installations)/.test(path) ? queries.slice(0, 2) : [''];
}
/** What a client says that would like to be another, or to have a part. */
const pretence = {
  'x-forwarded-for': web1.address,
  forwarded: `for=${web1.address}`,
  'x-real-ip': web1.address,
  range: 'bytes=0-99',
};

function filled(path: string, tokens: readonly string[]): string[] {
  const [place] = /:\w+|\*/.exec(path) ?? [];
  if (place === undefined) return [path];
  const values = place === ':token' ? tokens : (known[place] ?? ['x']);
  return values.flatMap((value) =>
    filled(
      path.replace(place, () => value),
      tokens,
    ),
  );
}

/** Every request that the second host makes in one moment. */
function attacks(app: TestApp, tokens: readonly string[]) {
  const routes = routeTable(app.server).flatMap(({ path, methods }) =>
    filled(path, tokens).flatMap((url) => queriesOf(path).map((query) => ({ url: url + query, methods }))),
  );
  const tricks = tokens.flatMap((token) =>
    [
      `//installations/${token}/automation/preseed.cfg`,
      `/installations//${token}/automation/preseed.cfg`,
      `/x/../installations/${token}/automation/preseed.cfg`,
      `/installations/${token}/automation/../automation/preseed.cfg`,
      `/INSTALLATIONS/${token}/automation/preseed.cfg`,
      `/%69nstallations/${token}/automation/preseed.cfg`,
      `/installations/${token}/automation/preseed.cfg/`,
      `/installations/${token};x/automation/preseed.cfg`,
      `/installations/${token}%00/automation/preseed.cfg`,
      `http://127.0.0.1/installations/${token}/automation/preseed.cfg`,
      '/secrets/vault/root',
      '/state/Installation/web-1-1.json',
      '/../secrets/vault/root',
    ].map((url) => ({ url, methods: ['GET'] })),
  );
  const written = [...routes, ...tricks];
  return [
    ...written.flatMap(({ url, methods }) => methods.map((method) => ({ url, method, headers: {} }))),
    ...written.map(({ url }) => ({ url, method: 'GET', headers: pretence })),
    ...tokens.flatMap((token) =>
      ['HEAD', 'POST', 'PUT', 'OPTIONS'].map((method) => {
        return { url: `/installations/${token}/automation/preseed.cfg`, method, headers: pretence };
      }),
    ),
  ];
}

/** Over a real connection from 127.0.0.1, with the path as it is written: everything that comes back. */
function send(app: TestApp, { url, method, headers: extra }: ReturnType<typeof attacks>[number]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { port: new URL(app.url).port, host: '127.0.0.1', path: url, method, headers: extra, agent };
    const asked = request(options, (response) => {
      const pieces = [`${response.statusCode}\n${response.rawHeaders.join('\n')}\n`];
      const finish = () => resolve(pieces.join(''));
      response.setEncoding('latin1').on('data', (piece) => pieces.push(piece));
      response.once('end', finish).once('error', reject);
      // Events have no end: what comes at once must do.
      if (response.headers['content-type']?.startsWith('text/event-stream'))
        response.once('data', () => {
          finish();
          response.destroy();
        });
    });
    asked.once('error', reject).end();
  });
}

const agent = new Agent({ keepAlive: true, maxSockets: 24 });
t.teardown(() => agent.destroy());

const secrets = Object.values(secretValues);

/** What of a second host's requests gave away something, or did something, and how many there were. */
async function tryAll(app: TestApp, guesses: readonly string[], tokens: readonly string[]) {
  const gave: string[] = [];
  const waiting = attacks(app, guesses);
  const count = waiting.length;
  const work = async (): Promise<void> => {
    for (let attack = waiting.pop(); attack !== undefined; attack = waiting.pop()) {
      const { url, method } = attack;
      const answer = await send(app, attack);
      const kept = [...tokens, ...guesses].filter((token) => token.length > 4 && !url.includes(token));
      const leaks = [...secrets, ...kept].some((text) => answer.includes(text));
      if (leaks || (url.includes('/installations/') && answer.startsWith('2')))
        gave.push(`${method} ${url}: ${answer}`);
    }
  };
  await Promise.all(Array.from({ length: 24 }, work));
  return { gave, count };
}

t.test('a second host that knows everything but the token gets no secret and no token at any moment', async (t) => {
  const {
    app,
    ask,
    boot,
    known: network,
    tokens,
    log,
  } = await installing(t, {
    settings: { identify: 'neighbour' },
  });
  t.ok(routeTable(app.server).length >= 14);
  t.ok(routeTable(app.server).some(({ path }) => path === '/installations/:token/automation/:file'));
  t.ok(routeTable(app.server).some(({ path }) => path === '/boot/:distro'));
  const statusOf = () => app.store.get('Installation', 'web-1-1')?.status;

  /** The second host tries everything, with a MAC address of its own or with none. */
  const attack = async (moment: string, mac: string | null, stolen: readonly string[] = []): Promise<void> => {
    if (mac === null) network.delete('127.0.0.1');
    else network.set('127.0.0.1', mac);
    const before = JSON.stringify(statusOf());
    const { gave, count } = await tryAll(app, [newToken(), statusOf()?.tokenHash ?? 'none', ...stolen], tokens);
    t.strictSame(gave, [], `${moment}: ${count} requests`);
    t.ok(count > 300);
    t.equal(JSON.stringify(statusOf()), before, `${moment}: nothing has changed`);
  };
  const own = '52:54:00:00:00:66';

  await attack('pending', own);
  const token = await boot(web1);
  t.equal(token.length, 43);
  // Then what the machine itself did is written, and a change is somebody else's.
  await until(app.store, () => statusOf()?.lastHeard !== statusOf()?.attemptStarted);
  await attack('installing', own, [token]);
  await attack('installing', null, [token]);
  t.equal((await ask(web1, `/installations/${token}/automation/preseed.cfg`)).statusCode, 200);
  await attack('answers sent', own, [token]);
  network.set('127.0.0.1', web1.mac);
  const url = `/installations/${token}/automation/preseed.cfg`;
  t.match(
    await send(app, { url, method: 'GET', headers: {} }),
    secretValues['vault/disk'],
    'the machine itself gets it',
  );
  t.equal((await ask(web1, `/installations/${token}/done`, 'POST')).statusCode, 200);
  await attack('installed', null, [token]);
  const other = await boot(web2);
  for (let attempt = 0; attempt < 2; attempt++) {
    const of = attempt === 0 ? other : await boot(web2);
    t.equal((await ask(web2, `/installations/${of}/failed`, 'POST', { payload: 'no disk' })).statusCode, 200);
  }
  t.equal(app.store.get('Installation', 'web-2-1')?.status.phase, 'Failed');
  await attack('failed', own, [...tokens]);

  const said = `${log.join('')}${await app.server.metrics.metrics()}${stateOf(app)}`;
  t.match(said, 'web-1-1');
  for (const secret of [...secrets, ...tokens]) t.notOk(said.includes(secret), 'kept or logged');
});
