import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A connection on which a test does what no HTTP client would. Errors of it are the test's own doing. */
export function rawClient(url: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  return socket.on('error', () => {});
}

export function requestText(path: string, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: test\r\n${headers}\r\n`;
}

/** All that arrives until the other side has ended, or the connection is closed in another way, if need be before this. */
export async function received(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk)).resume();
  // A reset that comes while nothing is read takes what has arrived with it, and tells nobody twice.
  if (!socket.closed && !socket.readableEnded) await Promise.race([once(socket, 'end'), once(socket, 'close')]);
  return Buffer.concat(chunks);
}

/** The body of the first response in what arrived. */
export function bodyOf(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.indexOf('\r\n\r\n') + 4);
}

/** Ways of leaving without having got the body. Each begins when the request was sent. */
export const abortions: Readonly<Record<string, (socket: Socket) => Promise<unknown>>> = {
  'a reset at once': async (socket) => socket.resetAndDestroy(),
  'a close at once': async (socket) => socket.destroy(),
  'a reset between head and body': async (socket) => {
    await once(socket, 'readable');
    socket.resetAndDestroy();
  },
  'a close in the middle': async (socket) => {
    await once(socket, 'data');
    socket.destroy();
  },
  'a reset in the middle': async (socket) => {
    for (let count = 0; count < 4; count++) await once(socket, 'data');
    socket.resetAndDestroy();
  },
  'half a close, then a reset': async (socket) => {
    socket.end();
    await once(socket, 'data');
    socket.resetAndDestroy();
  },
  'a stall, then a reset': async (socket) => {
    await once(socket, 'readable');
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.resetAndDestroy();
  },
};

/** Asks for a path `count` times, `atOnce` at a time, and leaves in all the ways in turn. */
export async function abortMany(url: string, path: string, count: number, atOnce: number): Promise<void> {
  const ways = Object.values(abortions);
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) {
      const way = ways[next++ % ways.length];
      const socket = rawClient(url);
      await once(socket, 'connect');
      socket.write(requestText(path));
      await way?.(socket);
      if (!socket.closed) await once(socket, 'close');
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
