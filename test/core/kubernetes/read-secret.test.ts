import t from 'tap';
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
  api.fault = () => 'reset';
  await t.rejects(readSecret(client, 'root', 'hash'), { message: /the API server does not give it/ });
});
