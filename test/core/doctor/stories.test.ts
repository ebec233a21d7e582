import t from 'tap';
import { captureText } from '../../../core/doctor/capture-text.js';
import { doctorCapture } from '../../../core/doctor/doctor-capture.js';
import { type DhcpQuestion, encodeQuestion } from '../../../core/lan/dhcp-packet.js';
import { ethernet, ipv4, pcap, tcp, udp } from '../../helpers/captures.js';

const mac = '52:54:00:00:00:01';
const [router, boot, machine] = ['192.168.88.1', '192.168.88.2', '192.168.88.50'];
const url = `http://${boot}:8080/boot`;
const flags = { syn: 2, ack: 16 };
const none = Buffer.alloc(0);

function ask(more: Partial<DhcpQuestion> = {}, to?: string): Buffer {
  const bytes = encodeQuestion({ type: 1, mac, vendorClass: 'PXEClient', arch: 7, transaction: 7, ...more });
  return ethernet(ipv4(udp(bytes, 68, to === undefined ? 67 : 4011), to === undefined ? {} : { from: machine, to }));
}

interface Said {
  readonly from: string;
  readonly type?: number;
  readonly address?: string;
  readonly next?: string;
  readonly file?: string;
  readonly options?: Readonly<Record<number, string>>;
  readonly port?: number;
  readonly transaction?: number;
}

function say({ from, type = 2, address, next, file = '', options = {}, port = 67, transaction = 7 }: Said): Buffer {
  const bytes = Buffer.from(encodeQuestion({ type: 1, mac, transaction }).subarray(0, 240));
  bytes[0] = 2;
  if (address !== undefined) bytes.set(address.split('.').map(Number), 16);
  if (next !== undefined) bytes.set(next.split('.').map(Number), 20);
  bytes.write(file, 108, 'latin1');
  const texts = Object.entries(options).map(([code, text]) =>
    Buffer.concat([Buffer.from([Number(code), text.length]), Buffer.from(text, 'latin1')]),
  );
  const end = Buffer.concat([bytes, Buffer.from([53, 1, type]), ...texts, Buffer.from([255])]);
  return ethernet(ipv4(udp(end, port, 68), { from }));
}

const lease = (transaction = 7) => say({ from: router, address: machine, transaction });
const proxy = (file = '', next: string | undefined = boot, transaction = 7) =>
  say({ from: boot, file, transaction, options: { 60: 'PXEClient' }, ...(next === '' ? {} : { next }) });

function tftp(text: string, fromServer = false, port = 1234): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const [from, to] = fromServer ? [boot, machine] : [machine, boot];
  const [source, destination] = fromServer ? [port, 2000] : [2000, 69];
  return ethernet(ipv4(udp(bytes, source, destination), { from, to }));
}

const loader = [tftp('\0\x01snponly.efi\0octet\0'), tftp('\0\x03\0\x01MZ', true)];
const throughFirmware = [ask(), lease(), proxy('snponly.efi'), ...loader];
const askIpxe = ask({ isIpxe: true, transaction: 8 });
const throughIpxe = [...throughFirmware, askIpxe, lease(8), proxy(url, boot, 8)];

function http(text: string, fromServer = false, flag = flags.ack, port = 3000): Buffer {
  const [from, to] = fromServer ? [boot, machine] : [machine, boot];
  const [source, destination] = fromServer ? [8080, port] : [port, 8080];
  return ethernet(ipv4(tcp(Buffer.from(text), source, destination, flag), { from, to, protocol: 6 }));
}

/** Something else that goes on, so that the capture does not end with what is looked at. */
const silence = Array.from({ length: 12 }, () => ethernet(none, { etherType: 0x86dd }));

async function look(frames: readonly Buffer[]) {
  async function* file() {
    yield pcap(frames);
  }
  const report = await doctorCapture(file());
  const [client] = report.clients;
  const findings = client?.findings.map(({ code, cause }) => `${code}: ${cause}`) ?? [];
  return { report, client, findings };
}

const stories: Readonly<Record<string, readonly [frames: readonly Buffer[], finding: RegExp]>> = {
  'a DHCP server that refuses, with its reason': [
    [ask(), proxy(), say({ from: router, type: 6, options: { 56: 'wrong network' } })],
    /^address-refused: The DHCP server 192\.168\.88\.1 refused an address: "wrong network"\.$/,
  ],
  'port 4011 that names nothing': [
    [
      ask(),
      lease(),
      proxy(),
      ask({ type: 3, transaction: 9 }, boot),
      say({ from: boot, port: 4011, transaction: 9, type: 5 }),
    ],
    /^pxe-port-no-file: 192\.168\.88\.2 answered on port 4011, but named no boot program for UEFI x64/,
  ],
  'an offer after which nothing comes': [
    [ask(), lease(), proxy()],
    /^nothing-follows: The offer of 192\.168\.88\.2 has no boot program, and the machine asked nobody/,
  ],
  'a boot program that is not asked for': [
    [ask(), lease(), proxy('snponly.efi')],
    /^nothing-follows: The machine was told to read snponly\.efi from 192\.168\.88\.2, and did not ask/,
  ],
  'a TFTP server that refuses': [
    [...throughFirmware.slice(0, -1), tftp('\0\x05\0\x02Access violation\0', true)],
    /^tftp-refused: 192\.168\.88\.2 does not give snponly\.efi by TFTP \(code 2, "Access violation"\)/,
  ],
  'TFTP that stops in the middle': [
    [...throughFirmware.slice(0, -1), tftp(`\0\x03\0\x01${'x'.repeat(512)}`, true), tftp('\0\x04\0\x01')],
    /^tftp-stalled: Reading snponly\.efi from 192\.168\.88\.2 by TFTP stopped after block 1/,
  ],
  'a loader that does not start': [
    throughFirmware,
    /^loader-not-started: The machine read snponly\.efi whole, and then nothing more came/,
  ],
  'iPXE without an offer': [
    [...throughFirmware, askIpxe, lease(8)],
    /^ipxe-no-script-url: iPXE asked by DHCP, and nobody offered it a boot script/,
  ],
  'iPXE with an offer of nothing': [
    [...throughFirmware, askIpxe, lease(8), proxy('', boot, 8)],
    /^ipxe-no-script-url: iPXE asked by DHCP, and 192\.168\.88\.2 did not name a boot script/,
  ],
  'a URL without the address of a server': [
    [...throughFirmware, askIpxe, lease(8), proxy(url, '', 8)],
    /^ipxe-no-script-url: The offer of 192\.168\.88\.2 to iPXE has a URL, but no address of a server \(siaddr\)/,
  ],
  'a script that is not there': [
    [...throughIpxe, http(`GET /boot HTTP/1.1\r\n`), http('HTTP/1.1 404 Not Found\r\n', true)],
    /^script-missing: 192\.168\.88\.2:8080 answered 404 to \/boot, where the boot script should be/,
  ],
  'a server that is at fault': [
    [...throughIpxe, http(`GET /boot HTTP/1.1\r\n`), http('HTTP/1.1 500 Internal Server Error\r\n', true)],
    /^server-error: 192\.168\.88\.2:8080 answered 500/,
  ],
  'a server that is not ready': [
    [...throughIpxe, http(`GET /boot HTTP/1.1\r\n`), http('HTTP/1.1 503 Service Unavailable\r\n', true)],
    /^server-not-ready: 192\.168\.88\.2:8080 answered 503/,
  ],
  'a server that takes the connection and is silent': [
    [...throughIpxe, http('', false, flags.syn), http('', true, flags.syn | flags.ack), http('GET /boot HTTP/1.1\r\n')],
    /^server-silent: 192\.168\.88\.2:8080 took the connection for the boot script, and never answered/,
  ],
};

for (const [name, [frames, expected]] of Object.entries(stories)) {
  t.test(`${name} is said`, async (t) => {
    const { client, findings } = await look([...frames, ...silence]);
    t.equal(client?.result, 'stopped');
    t.equal(findings.length, 1, findings.join('\n'));
    t.match(findings[0], expected);
  });
}

t.test('what is only not answered yet is no fault', async (t) => {
  // The last question is the last packet, so that no time is left for an answer.
  for (const frames of [
    [ask()],
    throughFirmware.slice(0, -1),
    throughFirmware,
    [...throughFirmware, askIpxe],
    throughIpxe,
    [...throughIpxe, http('', false, flags.syn)],
  ]) {
    const { client, findings, report } = await look(frames);
    t.equal(client?.result, 'unfinished', `${frames.length} frames`);
    t.strictSame(findings, []);
    t.match([...captureText(report)].join(''), /was still on its way when the capture ends/);
  }
});

t.test('iPXE that is told to wait and asks again has its script in the end', async (t) => {
  const { client, findings } = await look([
    ...throughIpxe,
    ...[http('GET /boot HTTP/1.1\r\n'), http('HTTP/1.1 503 Busy\r\n', true)],
    ...[http('GET /boot HTTP/1.1\r\n'), http('HTTP/1.1 100 Continue\r\n', true), http('HTTP/1.1 200 OK\r\n', true)],
  ]);
  t.match(client, { result: 'booted' });
  t.strictSame(findings, []);
});

t.test('of a machine that is started again the last time counts', async (t) => {
  const { client } = await look([
    ask(),
    ask({ type: 3, transaction: 9 }, boot),
    ...throughIpxe,
    ...throughFirmware,
    ...silence,
  ]);
  t.match(client, { attempts: 3, result: 'stopped', findings: [{ code: 'loader-not-started' }] });
});

t.test('a capture that begins late tells what is in it', async (t) => {
  const { client, findings } = await look([
    ...loader,
    http('GET /boot HTTP/1.1\r\n'),
    http('HTTP/1.1 200 OK\r\n', true),
  ]);
  t.match(client, { mac, kind: 'a machine that does not say its architecture', result: 'booted' });
  t.strictSame(findings, []);
});

t.test("firmware that asks for a file's size first, and breaks off, is no fault", async (t) => {
  const { client } = await look([
    ...throughFirmware.slice(0, 3),
    ...[
      tftp('\0\x01snponly.efi\0octet\0tsize\x000\0'),
      tftp('\0\x06tsize\x002\0blksize\x001428\0', true),
      tftp('\0\x05\0\x08done\0'),
    ],
    ...[
      ...loader,
      askIpxe,
      lease(8),
      proxy(url, boot, 8),
      http('GET /boot HTTP/1.1\r\n'),
      http('HTTP/1.1 200 OK\r\n', true),
    ],
  ]);
  t.equal(client?.result, 'booted');
});

t.test('a menu of the firmware and option 60 of the router are seen', async (t) => {
  const menu = say({ from: boot, next: boot, options: { 60: 'PXEClient', 43: '\x06\x01\x08\x09\x04\0\0\x01x' } });
  const options = { 60: 'PXEClient', 66: 'tftp.example', 67: 'pxelinux.0' };
  const own = say({ from: router, address: machine, options });
  const { client, findings } = await look([ask(), own, menu, ...silence]);
  t.match(client?.steps[2], { state: 'ok', detail: /^a menu|^pxelinux/ });
  t.match(findings[0], /^router-sends-pxe: .* sends option 60, the file "pxelinux\.0" of its own/);
});

t.test('hosts that ask for an address alone are no machines that boot', async (t) => {
  const ordinary = ethernet(ipv4(udp(encodeQuestion({ type: 1, mac }), 68, 67)));
  t.equal((await look([ordinary, lease()])).report.clients.length, 0);
});

t.test('what a packet says cannot forge lines of the report', async (t) => {
  const { report } = await look([ask(), lease(), proxy('x\n\u001b[2Jcause: none\u0085'), ...silence]);
  const text = [...captureText(report)].join('');
  t.match(text, 'x\\n\\u001b[2Jcause: none\\u0085');
});
