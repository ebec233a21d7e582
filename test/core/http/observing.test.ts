import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import Fastify from 'fastify';
import t, { type Test } from 'tap';
import { ContentSums, observing } from '../../../core/http/observing.js';
import { requestMetrics } from '../../../core/http/request-metrics.js';
import type { Saw } from '../../../core/machines/sightings.js';

/** A body that begins and does not go on. */
function endless(): Readable {
  const body = new Readable({ read() {} });
  body.push('the first part');
  return body;
}

/** A server with the routes of machines that answers as told, and what it tells of them. */
async function observed(t: Test, sumMs?: number) {
  const told: string[] = [];
  const waiting = new Set<() => void>();
  const saw: Saw = ({ address }, stage, message) => {
    told.push(`${address} ${stage}: ${message}`);
    for (const wake of waiting) wake();
  };
  const app = Fastify({ forceCloseConnections: true });
  await app.register(requestMetrics);
  await app.register(observing, { saw, now: () => 0, ...(sumMs === undefined ? {} : { sumMs }) });
  for (const url of [
    '/boot',
    '/boot/:distro',
    '/with-firmware/:distro/initrd.gz',
    '/configuration/:config/automation/:distro/:file',
    '/installations/:token/automation/:file',
    '/iso/content/:iso/*',
    '/ipxe/:file',
    '/healthz',
  ]) {
    app.get<{ Querystring: { status?: string; hangs?: string } }>(url, async (request, reply) => {
      if (request.query.hangs) return reply.send(endless());
      return reply.code(Number(request.query.status ?? 200)).send('x'.repeat(100_000));
    });
  }
  t.teardown(() => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  /** Resolves when as many things are told. */
  const count = async (wanted: number): Promise<string[]> => {
    while (told.length < wanted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.add(resolve);
      await promise;
    }
    return told;
  };
  const get = async (path: string, headers = {}) => (await fetch(url + path, { headers })).text();
  return { app, url, told, count, get };
}

t.test('a machine that starts and installs is told of, stage by stage', async (t) => {
  const { app, count, get } = await observed(t, 3_600_000);
  await get('/ipxe/snponly.efi');
  await count(1);
  await get('/boot?mac=52:54:00:12:34:56');
  await count(2);
  await get('/boot/debian');
  await count(3);
  await get('/iso/content/a.iso/install.amd/vmlinuz', { 'user-agent': 'iPXE/1.21.1+' });
  await count(4);
  await get('/with-firmware/debian/initrd.gz');
  await count(5);
  await get('/installations/secret/automation/preseed.cfg'); // Of which its route tells.
  await get('/configuration/web/automation/debian/preseed.cfg');
  await count(6);
  await get('/iso/content/a.iso/pool/a.deb', { 'user-agent': 'Debian APT-HTTP/1.3' });
  await get('/iso/content/a.iso/pool/b.deb');
  await get('/healthz');
  await app.close();
  t.strictSame(await count(7), [
    '127.0.0.1 LoaderSent: sent snponly.efi by HTTP',
    '127.0.0.1 ScriptSent: sent the boot script',
    '127.0.0.1 ScriptSent: sent the boot script of debian',
    '127.0.0.1 KernelSent: sent the kernel install.amd/vmlinuz of a.iso',
    '127.0.0.1 InitrdSent: sent the initrd of debian',
    '127.0.0.1 AnswersSent: sent preseed.cfg',
    '127.0.0.1 ContentSent: sent 201 kB of the medium',
  ]);
  const text = await app.metrics.getSingleMetricAsString('serabut_boot_stage_bytes_total');
  t.match(text, /\{stage="ContentSent"\} 200\d\d\d$/m);
  t.match(text, /\{stage="InitrdSent"\} 100\d\d\d$/m);
  t.notMatch(text, /secret|127\.0\.0\.1|debian/);
});

t.test('what is refused is told once, and what cloud-init only tries is not', async (t) => {
  const { told, count, get } = await observed(t);
  for (let tries = 0; tries < 3; tries++) await get('/with-firmware/debian/initrd.gz?status=503');
  await get('/installations/secret/automation/vendor-data?status=404');
  await get('/installations/secret/automation/user-data?status=403');
  await count(2);
  t.strictSame(told, [
    '127.0.0.1 TransferFailed: asked for the initrd of debian, answered with 503',
    '127.0.0.1 TransferFailed: asked for user-data, answered with 403',
  ]);
});

t.test('a machine that leaves amid a transfer is told of', async (t) => {
  const { url, count } = await observed(t);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET /with-firmware/debian/initrd.gz?hangs=1 HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  t.match(await count(1), [/^127\.0\.0\.1 TransferFailed: broke the initrd of debian off after \d kB$/]);
});

t.test('of a medium sums are told, client by client, after a while', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const told: [string | undefined, number | undefined][] = [];
  const sums = new ContentSums((who, _, __, bytes) => {
    told.push([who.address, bytes]);
    if (told.length === 2) resolve();
  }, 1);
  sums.add('192.0.2.8', 5);
  sums.add('192.0.2.9', 1);
  sums.add('192.0.2.8', 6);
  const alive = setInterval(() => {}, 1000);
  t.teardown(() => clearInterval(alive));
  await promise;
  t.strictSame(told, [
    ['192.0.2.9', 1],
    ['192.0.2.8', 11],
  ]);
  sums.tell();
  t.equal(told.length, 2, 'nothing is told twice');
});
