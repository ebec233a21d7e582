import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { SyslogReceiver } from '../../../core/lan/syslog.js';

/** A receiver on loopback, and what it took. */
async function receiver(t: Test) {
  const taken: string[] = [];
  let wake = (): void => {};
  const clock = { now: 0 };
  const onMessage = (address: string, message: string): void => {
    taken.push(`${address} ${message}`);
    wake();
  };
  const syslog = await SyslogReceiver.listen({ host: '127.0.0.1', port: 0, onMessage, now: () => clock.now });
  t.teardown(() => syslog.close());
  /** Resolves when as many messages have come. */
  const count = async (wanted: number): Promise<string[]> => {
    while (taken.length < wanted) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return taken;
  };
  const tcp = async (): Promise<Socket> => {
    const socket = connect(syslog.port, '127.0.0.1').on('error', () => {});
    t.teardown(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  const udp = createSocket('udp4');
  t.teardown(() => udp.close());
  const send = (message: string | Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      udp.send(message, syslog.port, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
    });
  return { syslog, taken, count, tcp, send, clock };
}

t.test('a datagram is a message, of which the beginning counts', async (t) => {
  const { send, count } = await receiver(t);
  await send('<13>a: b');
  await count(1);
  await send(Buffer.alloc(30_000, 'x'));
  const [first, second] = await count(2);
  t.equal(first, '127.0.0.1 <13>a: b');
  t.equal(second, `127.0.0.1 ${'x'.repeat(2048)}`);
});

t.test('lines come over TCP, in whatever pieces', async (t) => {
  const { tcp, count } = await receiver(t);
  const socket = await tcp();
  socket.setNoDelay(true).write('<13>one\n<1');
  await count(1);
  socket.write('3>two\n');
  await count(2);
  socket.write(`${'x'.repeat(100_000)}\nthree\nthe last, without an end`);
  socket.end();
  t.strictSame(await count(5), [
    '127.0.0.1 <13>one',
    '127.0.0.1 <13>two',
    `127.0.0.1 ${'x'.repeat(2048)}`,
    '127.0.0.1 three',
    '127.0.0.1 the last, without an end',
  ]);
});

t.test('a client that sends too much loses the rest, until a while has passed', async (t) => {
  const { tcp, count, taken, clock } = await receiver(t);
  const socket = await tcp();
  socket.write(`${'m\n'.repeat(3000)}`);
  await count(2000);
  clock.now = 1000;
  socket.write(`${'n\n'.repeat(300)}`);
  socket.end();
  await once(socket, 'close');
  t.equal(taken.filter((line) => line.endsWith('m')).length, 2000);
  t.equal(taken.filter((line) => line.endsWith('n')).length, 200);
});

t.test('one client has few connections', async (t) => {
  const { tcp, count } = await receiver(t);
  const sockets = [];
  for (let i = 0; i < 4; i++) sockets.push(await tcp());
  const fifth = await tcp();
  await once(fifth, 'close');
  sockets[0]?.destroy();
  sockets[3]?.write('one of the first\n');
  t.match(await count(1), [/one of the first/]);
});

t.test('a port that somebody has is an error that names it', async (t) => {
  const { syslog } = await receiver(t);
  const again = SyslogReceiver.listen({ host: '127.0.0.1', port: syslog.port, onMessage: () => {}, now: () => 0 });
  await t.rejects(again, {
    code: 'SERABUT_ERR_BAD_REQUEST',
    message: new RegExp(`^cannot receive syslog at 127\\.0\\.0\\.1 port ${syslog.port}: .*EADDRINUSE`),
  });
});
