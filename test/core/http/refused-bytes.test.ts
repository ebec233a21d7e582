import { once } from 'node:events';
import t from 'tap';
import { buildApp } from '../../helpers/build-app.js';
import { path as large, largeApp } from '../../helpers/large-app.js';
import { bodyOf, rawClient, received, requestText } from '../../helpers/raw-client.js';

const refusal = 'SERABUT_ERR_BAD_REQUEST: this is no request of HTTP/1.1\n  Correct the request as the message says.\n';

/** All that is answered to some bytes. */
async function answered(url: string, text: string): Promise<string> {
  const socket = rawClient(url);
  socket.write(text);
  return (await received(socket)).toString('latin1');
}

t.test('bytes that are no request are answered as every error is', async (t) => {
  const { url } = await buildApp(t);
  const answer = await answered(url, 'nonsense\r\n\r\n');
  t.match(answer, /^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\nCache-Control: no-store\r\n/);
  t.equal(answer.split('\r\n\r\n')[1], refusal);
  const long = await answered(url, requestText('/', `X: ${'a'.repeat(20_000)}\r\n`));
  t.match(long, /SERABUT_ERR_BAD_REQUEST: the head of the request is too long\n/);
});

t.test('an answer that is on its way is not broken by what comes behind its request', async (t) => {
  const { url } = await largeApp(t);
  const socket = rawClient(url);
  socket.write(`${requestText(large)}nonsense\r\n\r\n`);
  const bytes = await received(socket);
  const body = bodyOf(bytes);
  const [, length] = /content-length: (\d+)/i.exec(bytes.toString('latin1', 0, 1000)) ?? [];
  t.match(body.toString('latin1', Number(length)), /^HTTP\/1\.1 400 Bad Request/, 'behind the last byte');
  t.notOk(body.subarray(0, Number(length)).includes('SERABUT_ERR'), 'and not before');
});

t.test('of a client that sends nonsense on and on nothing is kept, and its answer is not broken', async (t) => {
  const { server, url } = await largeApp(t);
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on('warning', warn);
  t.teardown(() => process.off('warning', warn));
  const socket = rawClient(url);
  socket.write(requestText(large));
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.pause();
  for (let left = 15; left > 0; left--) {
    const complaint = once(server.server, 'clientError');
    socket.write('nonsense\r\n\r\n');
    await complaint;
  }
  const bytes = Buffer.concat([first, await received(socket)]);
  t.equal(bytes.toString('latin1').split('SERABUT_ERR_BAD_REQUEST').length, 2, 'it is said once');
  t.strictSame(warnings, []);
});

t.test('no text comes behind the head of an answer to HEAD', async (t) => {
  const { url } = await buildApp(t);
  const answer = await answered(url, `HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n`);
  t.match(answer, /^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nHTTP\/1\.1 400 Bad Request\r\n/s);
});

t.test('a body that breaks the rules ends the connection, whether something was answered or not', async (t) => {
  const { url } = await buildApp(t);
  const head = `Host: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n`;
  t.match(await answered(url, `POST /login HTTP/1.1\r\n${head}`), /SERABUT_ERR_BAD_REQUEST/);
  t.equal(await answered(url, `HEAD /boot HTTP/1.1\r\n${head}`), '');
});

t.test('a client that has gone is not answered', async (t) => {
  const { server, url } = await buildApp(t);
  const refused = once(server.server, 'clientError');
  const socket = rawClient(url);
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n');
  await once(server.server, 'connection');
  socket.resetAndDestroy();
  await refused;
  t.match(await answered(url, requestText('/healthz', 'Connection: close\r\n')), /^HTTP\/1\.1 200 OK/);
});

t.test('a client that waits with its body is bidden to go on, where that breaks no other answer', async (t) => {
  const { url } = await largeApp(t);
  const expecting = requestText('/iso/content/a.iso/small', 'Expect: 100-continue\r\nConnection: close\r\n');
  t.match(
    await answered(url, expecting),
    /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n.*\r\n\r\na few bytes$/s,
  );
  const behind = await answered(url, requestText('/healthz') + expecting);
  t.match(behind, /\r\n\r\nok\nHTTP\/1\.1 200 OK\r\n[^\0]*\r\n\r\na few bytes$/);
  t.notMatch(behind, /100 Continue/);
});
