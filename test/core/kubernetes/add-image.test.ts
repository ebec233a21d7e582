import t from 'tap';
import { addImage } from '../../../core/kubernetes/add-image.js';
import { ApiRefusal, Client } from '../../../core/kubernetes/client.js';
import { FakeCluster } from '../../helpers/fake-cluster.js';

const spec = { type: 'iso', url: 'http://mirror/a.iso', sha256: 'ab'.repeat(32) };

t.test('an Image is made as an object, once', async (t) => {
  const { options } = await FakeCluster.start(t);
  const client = await Client.make(options);
  t.teardown(() => client.close());
  t.equal(await addImage(client, 'debian', spec), 'images.serabut.io/debian in namespace boot');
  await t.rejects(addImage(client, 'debian', spec), { code: 'SERABUT_ERR_IMAGE_EXISTS' });
  await t.rejects(addImage(client, 'other', { url: 'ftp://x' }), { code: 'SERABUT_ERR_BAD_REQUEST' });
});

/** A client whose API server says the same to everything. */
function refusing(code: number): Client {
  const ask = async () => Promise.reject(new ApiRefusal(code, 'no'));
  return { namespace: 'boot', ask } as unknown as Client;
}

t.test('without the right to, the error holds the command for a person', async (t) => {
  const refused = { code: 'SERABUT_ERR_NOT_PERMITTED', message: /kubectl apply --namespace boot .*kind: Image.*END$/s };
  await t.rejects(addImage(refusing(403), 'debian', spec), refused);
  await t.rejects(addImage(refusing(500), 'debian', spec), { code: 'SERABUT_ERR_STORE' });
});
