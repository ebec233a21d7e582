import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Fastify from 'fastify';
import t from 'tap';
import { bytesSource, fileSource, identityOf, joinSources, readSource } from '../../../core/http/byte-source.js';
import { sourcePlan } from '../../../core/http/plan.js';
import { readable } from '../../../core/http/readable.js';
import { sending } from '../../../core/http/send.js';
import { large, largeApp, path, requireNothingLeft } from '../../helpers/large-app.js';
import { bodyOf, rawClient, received, requestText } from '../../helpers/raw-client.js';

t.test('a client that ends its own direction after the request gets the whole body', async (t) => {
  const { url } = await largeApp(t);
  const socket = rawClient(url);
  socket.end(requestText(path));
  t.ok(bodyOf(await received(socket)).equals(large));
});

t.test('requests sent without waiting for the answers get their bodies in order', async (t) => {
  const served = await largeApp(t);
  const socket = rawClient(served.url);
  const small = '/iso/content/a.iso/small';
  socket.write(requestText(path) + requestText(small) + requestText(small, 'Connection: close\r\n'));
  const bytes = await received(socket);
  t.ok(bodyOf(bytes).subarray(0, large.length).equals(large));
  t.equal(bytes.toString('latin1').split('\r\n\r\na few bytes').length, 3, 'and two small ones');
  const leaving = rawClient(served.url);
  leaving.write(requestText(path).repeat(20));
  await once(leaving, 'data');
  leaving.resetAndDestroy();
  await requireNothingLeft(t, served);
});

t.test('a body of all kinds of segments is sent whole and in part', async (t) => {
  const file = join(t.testdir({ file: '' }), 'file');
  writeFileSync(file, large.subarray(0, 2_000_001));
  const identity = identityOf(file, statSync(file, { bigint: true }));
  const parts = [fileSource(identity), bytesSource(large.subarray(0, 3_000_001)), fileSource(identity, 7, 999_999)];
  const source = joinSources(parts, 200_000);
  const whole = await readSource(source, 10_000_000);
  const server = Fastify({ forceCloseConnections: true });
  t.teardown(() => server.close());
  await server.register(sending);
  readable(server, '/joined', {}, (request) => sourcePlan(source, 'application/octet-stream', request));
  const url = `${await server.listen({ host: '127.0.0.1', port: 0 })}/joined`;
  t.ok(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(whole));
  for (const [start, end] of [
    [1_999_000, 2_300_000],
    [2_000_001, 2_000_002],
    [2_200_001, 5_200_100],
    [4_999_999, whole.length],
  ] as const) {
    const response = await fetch(url, { headers: { range: `bytes=${start}-${end - 1}` } });
    t.ok(Buffer.from(await response.arrayBuffer()).equals(whole.subarray(start, end)), `${start} to ${end}`);
  }
});

t.test('a connection is kept for longer than iPXE keeps one', async (t) => {
  const { url } = await largeApp(t);
  const socket = rawClient(url);
  socket.write(requestText('/healthz'));
  const [head] = (await once(socket, 'data')) as [Buffer];
  t.match(head.toString(), /keep-alive: timeout=75/i);
  socket.destroy();
});
