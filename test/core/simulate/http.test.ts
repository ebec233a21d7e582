import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { ask, bytesOf } from '../../../core/simulate/http.js';

const patience = { quietMs: 200, triesNotReady: 0, pauseMs: 1 };

/** A server that promises 100 bytes, sends four, and is silent. */
async function silent(t: Test): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half');
  }).listen(0, '127.0.0.1');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

t.test('a body that stops is a fault that says how long nothing came', async (t) => {
  const url = await silent(t);
  const message = `${url} breaks off after 4 bytes, before its Content-Length: nothing came for 0.2 s`;
  await t.rejects(bytesOf(await ask(url, patience), url), { code: 'length-wrong', message });
});

t.test('one that nobody reads ends without a word', async (t) => {
  const { body } = await ask(await silent(t), patience);
  await sleep(3 * patience.quietMs);
  t.ok(body.destroyed);
});
