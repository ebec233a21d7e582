import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { fakeApi } from '../../helpers/fake-api.js';
import { run } from '../../helpers/run-cli.js';

const distro = { metadata: { name: 'web', uid: 'u', resourceVersion: '5' }, spec: { plugin: 'debian', image: 'web' } };

t.test('serve --kubernetes takes its resources from the API server', async (t) => {
  const { requests, options } = await fakeApi(t, ({ method, url }) => {
    const items = url.includes('/distros?') ? [distro] : [];
    if (url.includes('watch=true')) return { status: 200, text: '' };
    if (!url.includes('/leases'))
      return { status: 200, text: JSON.stringify({ metadata: { resourceVersion: '5' }, items }) };
    return { status: method === 'GET' && requests.every(({ method }) => method !== 'POST') ? 404 : 200, text: '{}' };
  });
  const api = ['--api-host', '127.0.0.1', '--api-port', String(options.port), '--account', options.account];
  const serve = run('serve', '--data', `${options.account}/data`, '--host', '127.0.0.1', '--port', '0', '--kubernetes', '--namespace', 'boot', ...api); // biome-ignore format: one line
  for (let tries = 0; !serve.out.text.includes('no ISO') && tries < 500; tries++) await sleep(20);
  t.match(serve.out.text, 'Cannot be booted: web: there is no Image "web" of type iso');
  serve.stop.abort();
  await serve.done;
  t.ok(requests.every(({ authorization }) => authorization === 'Bearer the-token'));
  const asked = requests.map(({ method, url }) => `${method} ${url.split('?')[0]}`);
  for (const one of ['GET /apis/serabut.io/v1alpha1/namespaces/boot/machines', 'POST /apis/coordination.k8s.io/v1/namespaces/boot/leases']) t.ok(asked.includes(one), one); // biome-ignore format: one line
});

t.test('while the API server is away it waits, and ends when it is asked to', async (t) => {
  const account = t.testdir({ account: { token: 'a', 'ca.crt': '', namespace: 'boot' } });
  const api = ['--api-host', '::1', '--api-port', '1', '--account', `${account}/account`];
  const serve = run('serve', '--data', `${account}/data`, '--host', '127.0.0.1', '--port', '0', '--kubernetes', ...api);
  for (let tries = 0; !serve.err.text.includes('it is tried again') && tries < 500; tries++) await sleep(20);
  t.match(serve.err.text, '/apis/serabut.io/v1alpha1/namespaces/boot/machines cannot be read, it is tried again');
  serve.stop.abort();
  await serve.done;
});

t.test('outside of a pod it says what it lacks', async (t) => {
  const args = ['--data', t.testdir({}), '--port', '0', '--kubernetes', '--account', '/nonexistent'];
  await t.rejects(run('serve', ...args).done, {
    code: 'SERABUT_ERR_BAD_REQUEST',
    message: /no namespace of a service account/,
  });
});
