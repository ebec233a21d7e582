import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import type { ServerSettings } from '../../core/routes/services.js';
import { buildApp, type TestApp } from './build-app.js';
import { pattern } from './isos.js';
import { makeIso } from './make-iso.js';
import { openFiles } from './open-files.js';
import { rawClient, requestText } from './raw-client.js';

/** More than the sockets of both sides hold. */
export const large = pattern(24_000_000, 5);
export const image = makeIso({ large, small: 'a few bytes' });
/** The URL of `large`, without the host. */
export const path = '/iso/content/a.iso/large';

/** An application with one ISO, `a.iso`, that holds `large` and `small`. */
export const largeApp = (t: Test, settings: Partial<ServerSettings> = {}) =>
  buildApp(t, { files: { 'isos/a.iso': image }, settings });

/** Waits until no transfer holds anything any more, nor begins to: a request may still be on its way. */
export async function requireNothingLeft(t: Test, { server, data }: TestApp): Promise<void> {
  const { buffers, files } = server.sender;
  const open = () => openFiles().filter((file) => file.startsWith(data) && file.endsWith('.iso'));
  let quiet = 0;
  for (let tries = 0; quiet < 5 && tries < 500; tries++) {
    await sleep(20);
    quiet = buffers.lentBytes + files.openCount + open().length === 0 ? quiet + 1 : 0;
  }
  t.equal(buffers.lentBytes, 0, 'no buffer is left');
  t.equal(files.openCount, 0, 'no file is left');
  t.same(open(), [], 'nor is one for the system');
}

/** A client that has asked for the large file and taken some of it, and takes no more. */
export async function startedClient(url: string): Promise<Socket> {
  const socket = rawClient(url);
  socket.write(requestText(path));
  await once(socket, 'data');
  socket.pause();
  return socket;
}
