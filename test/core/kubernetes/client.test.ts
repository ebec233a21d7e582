import t from 'tap';
import { ApiRefusal, Client } from '../../../core/kubernetes/client.js';
import { fakeApi } from '../../helpers/fake-api.js';
import { FakeCluster } from '../../helpers/fake-cluster.js';

t.test('it asks by TLS, with the token of the account, in its namespace', async (t) => {
  const { requests, options } = await fakeApi(t, () => ({ status: 200, text: '{"kind":"Pod"}' }));
  const server = `https://127.0.0.1:${options.port}`;
  const client = await Client.make({ server, account: options.account, namespace: 'boot' });
  t.teardown(() => client.close());
  t.equal(client.namespace, 'boot');
  t.strictSame(await client.ask('PUT', '/api/v1/a', { body: { b: 1 } }), { kind: 'Pod' });
  t.match(requests, [{ method: 'PUT', url: '/api/v1/a', authorization: 'Bearer the-token', body: '{"b":1}' }]);
});

t.test('a refusal says what the API server says', async (t) => {
  const answers = ['{"message":"the object has been modified"}', '<html>a proxy</html>'];
  const { options } = await fakeApi(t, () => ({ status: 409, text: answers.shift() ?? '' }));
  const client = await Client.make({ ...options, server: `https://127.0.0.1:${options.port}`, namespace: 'boot' });
  t.teardown(() => client.close());
  for (const message of ['409 the object has been modified', '409 <html>a proxy</html>'])
    await t.rejects(client.ask('GET', '/a'), new ApiRefusal(409, message.slice(4)));
  await t.rejects(client.lines('/a', AbortSignal.timeout(5000)).next(), { code: 409 });
});

t.test('the namespace is that of the account; without an account nothing is asked', async (t) => {
  const { options } = await FakeCluster.start(t);
  t.equal((await Client.make(options)).namespace, 'boot');
  const nowhere = { ...options, account: t.testdir() };
  await t.rejects(Client.make(nowhere), {
    code: 'SERABUT_ERR_BAD_REQUEST',
    message: /no namespace of a service account/,
  });
  await t.rejects(Client.make({ ...nowhere, namespace: 'a' }), { message: /no token of a service account/ });
});

t.test('an answer that does not come is an error after a while', async (t) => {
  const api = await FakeCluster.start(t);
  api.fault = () => 'stalled';
  const client = await Client.make({ ...api.options, timeoutMs: 50 });
  await t.rejects(client.ask('GET', '/api/v1/a'), { name: 'TimeoutError' });
});

t.test('so many requests are under way at once, and the others wait for their turn', async (t) => {
  const api = await FakeCluster.start(t);
  const client = await Client.make(api.options);
  api.add('/api/v1/namespaces/boot/secrets/a', {});
  const arrived = new Promise<void>((resolve) => {
    api.fault = () => {
      if (api.requests.length === 32) resolve();
      return 'stalled';
    };
  });
  const stalled = Array.from({ length: 32 }, () => client.ask('GET', '/api/v1/namespaces/boot/secrets/a'));
  await arrived;
  api.fault = () => undefined;
  const last = client.ask('GET', '/api/v1/namespaces/boot/secrets/a');
  t.equal(api.requests.length, 32);
  await api.down();
  await Promise.allSettled(stalled);
  await api.up();
  await last.catch(() => undefined);
  t.type(await client.ask('GET', '/api/v1/namespaces/boot/secrets/a'), 'object');
});

t.test('a line that never ends is not kept', async (t) => {
  const api = await FakeCluster.start(t);
  const client = await Client.make(api.options);
  const lines = client.lines('/apis/a/machines?watch=true&resourceVersion=2000', AbortSignal.timeout(20_000));
  t.match((await lines.next()).value, /BOOKMARK/);
  const next = lines.next();
  for (let part = 0; part < 5; part++) api.sayUnfinished('machines', 'x'.repeat(1024 * 1024));
  await t.rejects(next, /a line of more than 4194304 characters/);
});
