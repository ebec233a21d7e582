import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { buildApp, resources } from '../../helpers/build-app.js';
import { smallConfiguration } from '../../helpers/isos.js';
import { makeIso } from '../../helpers/make-iso.js';
import { bodiesOf, countInstalled, makePayload } from './data.js';
import { type Order, simulate, storm } from './order.js';

// The whole of it is `npm run bench:storm`, with up to a thousand machines.
const payload = makePayload(300_000, 500_000, 100_000);
const bodies = bodiesOf(payload);
/** The last one is slow. */
const machines = simulate(10).slice(5);
const order = (origin: string, more: Partial<Order> = {}): Order => {
  return { origin, server: 'Serabut', machines, bodies, slowSeconds: 0.5, ...more };
};

function server(t: Test) {
  const { kernel, initrd, firmware } = payload;
  const info = 'Debian GNU/Linux 13 amd64 - netboot mini.iso 20250803+deb13u8';
  const documents = machines.map(({ mac }, index) => {
    return {
      kind: 'Machine',
      name: `m${index}`,
      spec: { macs: [mac], bootProfile: 'web', install: { generation: 1 } },
    };
  });
  return buildApp(t, {
    settings: { identify: 'query' },
    files: {
      'isos/mini.iso': makeIso({ linux: kernel, 'initrd.gz': initrd, '.disk/info': info }, { volumeId: 'ISOIMAGE' }),
      'firmware/debian/13/firmware.cpio.gz': firmware,
      'resources/all.yaml': resources(
        { kind: 'Configuration', name: 'small', spec: smallConfiguration },
        { kind: 'BootProfile', name: 'web', spec: { distro: 'mini', configuration: 'small' } },
        ...documents,
      ),
    },
  });
}

t.test('five machines that switch on at once are installed, and boot their disks', async (t) => {
  const { url, data, close } = await server(t);
  let slowLeft = false;
  const lives = await storm(order(url), () => {
    slowLeft = true;
  });
  t.strictSame(
    lives.map(({ problem }) => problem),
    Array(5).fill(undefined),
  );
  t.strictSame(
    lives.map(({ isSlow }) => isSlow),
    [false, false, false, false, true],
  );
  t.ok(slowLeft);
  t.ok(lives.every(({ answersMs, reportsMs }) => answersMs.length === 3 && reportsMs.length === 5));
  await close();
  t.equal(countInstalled(data), 5);
});

t.test('a machine waits when it is told to, tries again what was lost, and takes nothing that is wrong', async (t) => {
  const [kernel = Buffer.alloc(0)] = bodies;
  const other = Buffer.from(kernel).fill(1, 0, 1);
  /** A machine that gets these statuses, and then a script and a body; 0 is a connection that is lost. */
  const life = async (statuses: number[], body: Uint8Array = kernel) => {
    const plain = createServer((request, response) => {
      const status = statuses.shift() ?? 200;
      if (status === 0) request.socket.destroy();
      else if (request.url === '/k') response.writeHead(200, { 'content-length': body.length }).end(body);
      else response.writeHead(status, { 'retry-after': '0' }).end('#!ipxe\nkernel /k\ninitrd /i\n');
    }).listen(0, '127.0.0.1');
    t.teardown(() => plain.close());
    await once(plain, 'listening');
    const origin = `http://127.0.0.1:${(plain.address() as AddressInfo).port}`;
    return (await storm(order(origin, { server: 'Matchbox', machines: machines.slice(0, 1) })))[0];
  };
  const initrd = /\/i of 600000 bytes was answered with/;
  t.match(await life([503, 503]), { waits: 2, retries: 0, problem: initrd });
  t.match(await life([0]), { waits: 0, retries: 1, problem: initrd });
  t.match(await life([404]), { retries: 0, problem: /was answered with 404/ });
  t.match(await life([], other), { problem: /\/k has other bytes at 0 than it should/ });
  t.match(await life([], kernel.subarray(1)), { problem: /\/k of 300000 bytes was answered with/ });
});
