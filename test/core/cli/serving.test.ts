import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import t from 'tap';
import { run } from '../../helpers/run-cli.js';

/** As many as Linux allows at most, which is what a server can have waiting. */
const allowed = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
const clients = 600;

/** How many connections of clients to a port are in a state; the columns are those of proc_net_tcp in the kernel's documentation. */
function connections(port: number, state: string): number {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  return lines.filter((line) => line.trim().split(/\s+/).slice(2, 4).join(' ') === `${remote} ${state}`).length;
}

t.test(
  'the connections of a site that switches on at once all find a place while the server does something else',
  { skip: allowed < clients && 'net.core.somaxconn is too small here' },
  async (t) => {
    const serving = run('serve', '--data', t.testdir({}), '--host', '127.0.0.1', '--port', '0', '--plugins', 'debian');
    const url = await new Promise<URL>((resolve) => {
      serving.out.onText = (text) => {
        const found = /^Can be booted|There is no ISO yet/m.test(text) && /^Serabut listens on (\S+)$/m.exec(text)?.[1];
        if (found) resolve(new URL(found));
      };
    });
    const port = Number(url.port);
    const sockets = Array.from({ length: clients }, () => connect(port, '127.0.0.1').on('error', () => {}));
    // All of them have asked for their connection by then, and this process, whose server it is, has taken none.
    const [waiting, established] = await new Promise<number[]>((resolve) =>
      process.nextTick(() => resolve([connections(port, '02'), connections(port, '01')])),
    );
    t.equal(waiting, 0);
    t.equal(established, clients);
    for (const socket of sockets) socket.destroy();
    serving.stop.abort();
    await serving.done;
  },
);
