import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { fakeApi } from '../../helpers/fake-api.js';
import { without } from '../../helpers/programs.js';
import { run } from '../../helpers/run-cli.js';

const skip = without('openssl');

/** `serabut pod check` against an API server that answers this. */
async function cluster(t: Test, answers: (path: string) => unknown) {
  const { requests, options } = await fakeApi(t, ({ url }) => {
    const answer = answers(url);
    return answer === undefined ? { status: 403, text: 'forbidden' } : { status: 200, text: JSON.stringify(answer) };
  });
  const { account, port } = options;
  const check = (...more: string[]) =>
    run('pod', 'check', '--name', 'serabut', '--namespace', 'boot', '--selector', 'a=b,c=d', '--api-host', '127.0.0.1', '--api-port', String(port), '--account', account, '--wait', '0', ...more); // biome-ignore format: one command
  return { account, requests, check };
}

const ready = { metadata: { name: 'p' }, spec: {}, status: { conditions: [{ type: 'Ready', status: 'True' }] } };

t.test('a pod that is ready is good, and only pods of the release are asked for', { skip }, async (t) => {
  const { check, requests } = await cluster(t, () => ({ items: [ready] }));
  const checking = check();
  await checking.done;
  t.equal(checking.out.text, 'ok - the pod p is ready\n');
  t.strictSame(
    requests.map(({ authorization, url }) => `${authorization} ${url}`),
    ['Bearer the-token /api/v1/namespaces/boot/pods?labelSelector=a%3Db%2Cc%3Dd'],
  );
});

t.test('a pod that is not ready is diagnosed by its Events and by what it says itself', { skip }, async (t) => {
  const server = createHttpServer((_, response) => response.writeHead(503).end('SERABUT_ERR_LAN_LOST: no address\n'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  const pod = { metadata: { name: 'p' }, spec: {}, status: { podIP: '127.0.0.1' } };
  let events: unknown[] = [];
  const { check } = await cluster(t, (path) => ({ items: path.includes('/events') ? events : [pod] }));
  const port = String((server.address() as AddressInfo).port);
  await t.rejects(check('--http-port', port).done, {
    code: 'SERABUT_ERR_POD_NOT_READY',
    message: 'the pod is not ready: SERABUT_ERR_LAN_LOST: no address',
  });
  events = [{ type: 'Warning', reason: 'FailedMount', message: 'no disk', involvedObject: { kind: 'Pod', name: 'p' } }];
  await t.rejects(check('--http-port', '1').done, { message: 'a volume cannot be had: no disk' });
});

t.test('a cluster that refuses, or whose certificate is another one, is named', { skip }, async (t) => {
  const { check, account } = await cluster(t, () => undefined);
  await t.rejects(check().done, {
    code: 'SERABUT_ERR_POD_NOT_READY',
    message: 'the cluster cannot be asked: 403 forbidden',
    where: /\/api\/v1\/namespaces\/boot\/pods/,
  });
  writeFileSync(`${account}/ca.crt`, '');
  await t.rejects(check().done, { message: /^the cluster cannot be asked: .*certificate/ });
});

t.test('a cluster that refuses for a moment is asked again within the time', { skip }, async (t) => {
  let count = 0;
  const { check } = await cluster(t, () => (count++ === 0 ? undefined : { items: [ready] }));
  const checking = check('--wait', '60');
  await checking.done;
  t.equal(checking.out.text, 'ok - the pod p is ready\n');
});

t.test('outside a pod it is said what is missing', async (t) => {
  const account = t.testdir({});
  const checking = run('pod', 'check', '--name', 'a', '--namespace', 'b', '--selector', 'c=d', '--account', account);
  await t.rejects(checking.done, { message: /^there is no token of a service account/, where: account });
});
