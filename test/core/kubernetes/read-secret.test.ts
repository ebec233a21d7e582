import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import t from 'tap';
import type { SerabutError } from '../../../core/errors.js';
import { Client } from '../../../core/kubernetes/client.js';
import { readSecret } from '../../../core/kubernetes/read-secret.js';
import { FakeCluster } from '../../helpers/fake-cluster.js';

t.test('a value of a Secret is read when it is asked for', async (t) => {
  const api = await FakeCluster.start(t);
  const client = await Client.make(api.options);
  const path = '/api/v1/namespaces/boot/secrets/root';
  api.add(path, { data: { hash: Buffer.from('$6$a$b').toString('base64') } });
  t.equal(String(await readSecret(client, 'root', 'hash')), '$6$a$b');
  api.change(path, (secret) => {
    secret.data = { hash: '', large: Buffer.alloc(65_537).toString('base64') };
  });
  t.equal(String(await readSecret(client, 'root', 'hash')), '');
  for (const [name, key, why] of [
    ['root', 'other', /Secret "root", key "other": the Secret has no such key/],
    ['root', 'toString', /no such key/],
    ['root', 'large', /larger than 65536 bytes/],
    ['none', 'hash', /no such Secret in the namespace/],
    ['..', 'hash', /no name of a Secret/],
    ['root/status', 'hash', /no name of a Secret/],
    ['root', 'a/b', /no name of a Secret/],
  ] as const)
    await t.rejects(readSecret(client, name, key), { code: 'SERABUT_ERR_SECRET', message: why });
  api.fault = () => 403;
  await t.rejects(readSecret(client, 'root', 'hash'), { message: /may not read this Secret: name it in the value/ });
});

t.test('what the API server does not say now is asked for again, and no message has what it said', async (t) => {
  const api = await FakeCluster.start(t);
  const client = await Client.make(api.options);
  const later = { code: 'SERABUT_ERR_STORE', status: 503, retryAfter: 10 };
  for (const fault of [429, 500, 401, 'reset'] as const) {
    api.fault = () => fault;
    await t.rejects(readSecret(client, 'root', 'hash'), { ...later, message: /the API server does not give it/ });
  }
  const secret = Buffer.from('hunter2').toString('base64');
  const garbled = createServer((_request, response) => response.end(`${secret} and more`));
  await once(garbled.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => garbled.close());
  const server = `http://127.0.0.1:${(garbled.address() as AddressInfo).port}`;
  const misled = await Client.make({ ...api.options, server });
  t.teardown(() => misled.close());
  const error = await readSecret(misled, 'root', 'hash').catch((error: SerabutError) => error);
  t.match(error, later);
  t.notMatch(inspect(error, { depth: 9 }), secret.slice(0, 4), 'nor has any cause of it');
});
