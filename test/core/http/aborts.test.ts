import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { smallestBuffer } from '../../../core/http/buffer-pool.js';
import { large, largeApp, path, requireNothingLeft, startedClient } from '../../helpers/large-app.js';
import { abortions, abortMany, rawClient, received, requestText } from '../../helpers/raw-client.js';

t.test('in whatever way a client leaves, nothing is left behind', async (t) => {
  const served = await largeApp(t);
  const { buffers } = served.server.sender;
  for (const [name, abort] of Object.entries(abortions)) {
    const socket = rawClient(served.url);
    await once(socket, 'connect');
    socket.write(requestText(path));
    await abort(socket);
    await sleep(50);
    for (let tries = 0; buffers.lentBytes > 0 && tries < 500; tries++) await sleep(20);
    t.equal(buffers.lentBytes, 0, name);
  }
  await requireNothingLeft(t, served);
});

t.test('hundreds of clients that leave in the middle leave nothing behind', async (t) => {
  const served = await largeApp(t);
  await abortMany(served.url, path, 400, 40);
  await requireNothingLeft(t, served);
  t.ok(served.server.sender.buffers.idleBytes > 0, 'buffers were used, and came back');
});

t.test('clients that stop reading hold little, and nobody else has to wait for them', async (t) => {
  const served = await largeApp(t);
  const { buffers } = served.server.sender;
  const stalled = await Promise.all(Array.from({ length: 60 }, () => startedClient(served.url)));
  await sleep(300);
  t.ok(buffers.lentBytes > 0);
  t.ok(buffers.lentBytes <= 12 * 1024 * 1024 + 60 * smallestBuffer, `${buffers.lentBytes} bytes are held`);
  t.equal(served.server.sender.files.openCount, 1, 'one open file for all');
  const response = await fetch(served.url + path);
  t.ok(Buffer.from(await response.arrayBuffer()).equals(large), 'another one gets all of it');
  for (const socket of stalled) socket.destroy();
  await requireNothingLeft(t, served);
});

t.test('a client that takes nothing for long is cut off', async (t) => {
  const served = await largeApp(t, { stallMs: 300 });
  const socket = await startedClient(served.url);
  await requireNothingLeft(t, served);
  t.ok((await received(socket)).length < large.length);
});

t.test('a client that takes a little now and then is not', async (t) => {
  const served = await largeApp(t, { stallMs: 500 });
  const began = performance.now();
  const socket = await startedClient(served.url);
  let length = 0;
  socket.on('data', (chunk) => {
    length += chunk.length;
    if (performance.now() - began > 1500) return;
    socket.pause();
    setTimeout(() => socket.resume(), 5);
  });
  socket.resume();
  for (let tries = 0; length < large.length - 65_536 && tries < 500; tries++) await sleep(20);
  t.ok(performance.now() - began > 1500, 'it took longer than a stall may');
  t.ok(length >= large.length - 65_536, `it got ${length} bytes`);
  socket.destroy();
});
