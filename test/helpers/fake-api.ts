import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

/** A request as the API server got it. */
export interface ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** An API server with a certificate of its own, and the directory of a service account that trusts it. Needs openssl. */
export async function fakeApi(t: Test, answer: (request: ApiRequest) => { status: number; text: string }) {
  const account = t.testdir({ token: 'the-token' });
  const files = ['-keyout', `${account}/key`, '-out', `${account}/ca.crt`];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=x', '-addext', 'subjectAltName=IP:127.0.0.1', ...files], { stdio: 'ignore' }); // biome-ignore format: one command
  const requests: ApiRequest[] = [];
  const tls = { key: readFileSync(`${account}/key`), cert: readFileSync(`${account}/ca.crt`) };
  const server = createServer(tls, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    const seen = { method, url, authorization: headers.authorization, body: Buffer.concat(chunks).toString() };
    requests.push(seen);
    const { status, text } = answer(seen);
    response.writeHead(status).end(text);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo;
  return { requests, options: { host: '127.0.0.1', port, account } };
}
