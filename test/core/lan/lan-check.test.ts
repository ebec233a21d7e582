import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import t, { type Test } from 'tap';
import { encodeQuestion } from '../../../core/lan/dhcp-packet.js';
import { checkLan, type LanCheckOptions } from '../../../core/lan/lan-check.js';

/** Loopback stands for the LAN: its broadcast address leads back to this machine. */
const lan = { interface: 'lo', address: '127.0.0.1', netmask: '255.0.0.0', network: '127.0.0.0', prefix: 8 };

async function udp(t: Test, port = 0): Promise<Socket> {
  const socket = createSocket('udp4').bind(port);
  await once(socket, 'listening');
  t.teardown(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return socket;
}

interface Lan {
  /** What the proxy says to iPXE; a URL of the HTTP server by default. */
  readonly url?: string;
  readonly isProxyThere?: boolean;
  readonly isRouterThere?: boolean;
  readonly routerClass?: string;
  readonly isPxePortOpen?: boolean;
  readonly program?: string;
  readonly script?: RequestListener;
  readonly squid?: boolean;
}

/** A LAN with a router, a proxyDHCP server, TFTP and HTTP, as far as they are there. */
async function makeLan(t: Test, wanted: Lan = {}): Promise<LanCheckOptions & { said: string[] }> {
  const { isProxyThere = true, isRouterThere = true, isPxePortOpen = true, program = 'MZ program' } = wanted;
  const http = createServer(wanted.script ?? ((request, response) => response.end(`#!ipxe\n# ${request.url}`)));
  await once(http.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => new Promise((resolve) => http.close(resolve)));
  const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const { url = `${base}/boot?mac=\${mac}&arch=\${buildarch}` } = wanted;
  const [dhcp, pxe, tftp] = [await udp(t), await udp(t), await udp(t)];
  const proxied = (asked: Buffer) => answer(asked, { vendorClass: 'PXEClient', file: isIpxe(asked) ? url : '' });
  dhcp.on('message', (asked, from) => {
    if (isProxyThere) dhcp.send(proxied(asked), from.port, from.address);
    const offer = { address: '127.0.0.50', vendorClass: wanted.routerClass };
    if (isRouterThere) dhcp.send(answer(asked, offer), from.port, from.address);
    // Somebody else's transaction is not for this client.
    dhcp.send(answer(encodeQuestion({ type: 1, mac: '02:00:00:00:00:01' }), offer), from.port, from.address);
  });
  pxe.on('message', (asked, from) => {
    const named = answer(asked, { vendorClass: 'PXEClient', file: 'snponly.efi' });
    if (isPxePortOpen) pxe.send(named, from.port, from.address);
  });
  tftp.on('message', (asked, from) => void serveTftp(tftp, asked, from, Buffer.from(program)));
  const proxyPort = wanted.squid === undefined ? undefined : await squidPort(t, wanted.squid);
  const free = await udp(t);
  const client = free.address().port + 1;
  const said: string[] = [];
  return {
    lan,
    proxyPort,
    report: (sentence) => said.push(sentence),
    asking: { waitMs: 60, ports: { client, dhcp: dhcp.address().port, proxy: pxe.address().port } },
    tftp: { port: tftp.address().port, waitMs: 60 },
    httpMs: 2000,
    said,
  };
}

async function squidPort(t: Test, isThere: boolean): Promise<number> {
  const server = createTcpServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  if (isThere) t.teardown(close);
  const { port } = server.address() as AddressInfo;
  if (!isThere) await close();
  return port;
}

function isIpxe(asked: Buffer): boolean {
  return asked.includes(Buffer.from([77, 4, ...Buffer.from('iPXE')]));
}

/** An answer is a question with another first byte and some fields filled in. */
function answer(asked: Buffer, fields: { address?: string; vendorClass?: string | undefined; file?: string }): Buffer {
  const bytes = Buffer.alloc(300);
  asked.copy(bytes, 0, 0, 240);
  bytes[0] = 2;
  if (fields.address !== undefined) bytes.set(fields.address.split('.').map(Number), 16);
  bytes.write(fields.file ?? '', 108, 'latin1');
  const vendorClass = Buffer.from(fields.vendorClass ?? '');
  if (vendorClass.length > 0) bytes.set([60, vendorClass.length, ...vendorClass], 240);
  bytes[240 + (vendorClass.length > 0 ? vendorClass.length + 2 : 0)] = 255;
  return bytes;
}

/** A TFTP server of one file, which loses every packet the first time. */
const lost = new Set<string>();
async function serveTftp(socket: Socket, asked: Buffer, from: RemoteInfo, content: Buffer): Promise<void> {
  const key = `${from.port} ${asked.toString('hex')}`;
  if (!lost.has(key)) {
    lost.add(key);
    return;
  }
  const send = (bytes: Buffer) => socket.send(bytes, from.port, from.address);
  const kind = asked.readUInt16BE(0);
  if (content.length === 0) return send(Buffer.from('\0\x05\0\x01file not found\0', 'latin1'));
  if (kind === 1) return send(Buffer.from('\0\x06blksize\x001428\0', 'latin1'));
  const next = asked.readUInt16BE(2) + 1;
  const block = content.subarray((next - 1) * 1428, next * 1428);
  if ((next - 1) * 1428 <= content.length) send(Buffer.concat([Buffer.from([0, 3, next >> 8, next & 255]), block]));
}

t.test('what a machine would get is said step by step, up to the boot script', async (t) => {
  let asked = '';
  const script: RequestListener = (request, response) => {
    asked = request.url ?? '';
    response.end('#!ipxe\n');
  };
  const { said, ...options } = await makeLan(t, { program: `MZ${'x'.repeat(1428 * 2 - 2)}`, squid: true, script });
  await checkLan(options);
  t.strictSame(
    said.map((sentence) => sentence.replace(/:\d+/, ':PORT')),
    [
      '127.0.0.1 offers network boot (UDP 67)',
      '127.0.0.1 gives addresses, such as 127.0.0.50',
      'it names snponly.efi (UDP 4011)',
      'it gives snponly.efi, 2856 bytes (UDP 69)',
      'it gives the boot script (127.0.0.1:PORT)',
      "the script offers nothing but the machine's own disk: is there an ISO, and does a plugin know it?",
      'Squid takes connections at 127.0.0.1:PORT',
    ],
  );
  t.match(asked, /^\/boot\?mac=02:..:..:..:..:..&arch=x86_64$/, 'what iPXE fills in is filled in');
});

t.test('what can be booted is said by its name', async (t) => {
  const names = Array.from({ length: 22 }, (_, index) => `chain http://127.0.0.1/boot/d${index}?mac=\${mac}\n`);
  const script: RequestListener = (_, response) =>
    response.end(`#!ipxe\nchain http://127.0.0.1:80/boot/debian-13?profile=web&mac=\${mac}\n${names.join('')}`);
  const { said, ...options } = await makeLan(t, { script });
  await checkLan(options);
  t.match(said.at(-1), /^the script offers web \(without a question, on debian-13\), d0, d1, .*, d18 and 3 more$/);
});

const refusals: readonly [title: string, lan: Lan, message: RegExp][] = [
  ['nobody who offers network boot', { isProxyThere: false }, /^nobody on the LAN offered network boot: .*UDP port 67/],
  ['a router without answer', { isRouterThere: false }, /^no DHCP server on the LAN gives addresses/],
  ['a router that offers network boot itself', { routerClass: 'PXEClient' }, /answers network boot itself/],
  ['a blocked port 4011', { isPxePortOpen: false }, /^127\.0\.0\.1 did not name a boot program: .*UDP port 4011$/],
  ['a boot program that is not there', { program: '' }, /^the server says "file not found"$/],
  ['a boot program that is none', { program: '<html>' }, /is no EFI program$/],
  ['an offer to iPXE without a URL', { url: 'undionly.kpxe' }, /offered iPXE no URL/],
  ['an HTTP server that is not there', { url: 'http://127.0.0.1:1/boot' }, /^the boot script cannot be had: .*/],
  ['a script that is none', { script: (_, response) => response.end('<html>') }, /is no iPXE script$/],
  [
    'a server that is not ready',
    { script: (_, response) => response.writeHead(503).end('SERABUT_ERR_X: y') },
    /503 SERABUT_ERR_X: y$/,
  ],
  ['a Squid that is not there', { squid: false }, /^Squid cannot be reached at 127\.0\.0\.1:\d+: .*ECONNREFUSED/],
];

for (const [title, wanted, message] of refusals) {
  t.test(`${title} is said`, async (t) => {
    await t.rejects(checkLan(await makeLan(t, wanted)), { code: 'SERABUT_ERR_LAN_CHECK', message });
  });
}

t.test('a TFTP port without answer is said, with its number', async (t) => {
  const options = await makeLan(t);
  await t.rejects(checkLan({ ...options, tftp: { port: (await udp(t)).address().port, waitMs: 20 } }), {
    code: 'SERABUT_ERR_LAN_CHECK',
    message: /^nobody answered on UDP \d+ within 0\.08 s$/,
    where: 'tftp://127.0.0.1/snponly.efi',
  });
});
