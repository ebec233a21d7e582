import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { buildApp } from '../../helpers/build-app.js';
import { miniFiles, miniIso, pattern } from '../../helpers/isos.js';
import { makeIso } from '../../helpers/make-iso.js';

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

/** All the ways of asking for a body, compared with the bytes that it must have. */
async function checkBody(t: Test, url: string, expected: Buffer): Promise<void> {
  const whole = await fetch(url);
  t.equal(whole.status, 200);
  t.equal(whole.headers.get('content-length'), String(expected.length));
  t.equal(whole.headers.get('accept-ranges'), 'bytes');
  t.ok((await bytesOf(whole)).equals(expected), 'the whole body');
  const head = await fetch(url, { method: 'HEAD' });
  t.equal(head.status, 200);
  t.equal((await bytesOf(head)).length, 0);
  for (const name of ['content-length', 'etag', 'last-modified', 'content-type', 'accept-ranges']) {
    t.equal(head.headers.get(name), whole.headers.get(name), `HEAD has the ${name} of GET`);
  }
  const last = expected.length - 1;
  for (const [range, start, end] of [
    ['bytes=0-0', 0, 1],
    ['bytes=0-9', 0, 10],
    [`bytes=${last}-`, last, expected.length],
    ['bytes=-7', expected.length - 7, expected.length],
    [`bytes=10-${expected.length + 5}`, 10, expected.length],
  ] as const) {
    const part = await fetch(url, { headers: { range } });
    t.equal(part.status, 206, range);
    t.equal(part.headers.get('content-range'), `bytes ${start}-${end - 1}/${expected.length}`);
    t.equal(part.headers.get('content-length'), String(end - start));
    t.ok((await bytesOf(part)).equals(expected.subarray(start, end)), `the bytes of ${range}`);
  }
  const headOfPart = await fetch(url, { method: 'HEAD', headers: { range: 'bytes=0-0' } });
  t.equal(headOfPart.status, 200, 'ranges are for GET alone');
  t.equal(headOfPart.headers.get('content-length'), String(expected.length));
  const beyond = await fetch(url, { headers: { range: `bytes=${expected.length}-` } });
  t.equal(beyond.status, 416);
  t.equal(beyond.headers.get('content-range'), `bytes */${expected.length}`);
  t.match(await beyond.text(), 'SERABUT_ERR_RANGE');
  const known = await fetch(url, { headers: { 'if-none-match': whole.headers.get('etag') ?? '' } });
  t.equal(known.status, 304);
  t.equal((await bytesOf(known)).length, 0);
  for (const [header, value] of [
    ['if-match', '"other"'],
    ['if-unmodified-since', 'Sat, 01 Jan 2000 00:00:00 GMT'],
  ] as const) {
    const other = await fetch(url, { headers: { [header]: value, range: 'bytes=0-0' } });
    t.equal(other.status, 412, header);
    t.equal(other.headers.get('etag'), whole.headers.get('etag'));
    t.match(await other.text(), 'SERABUT_ERR_PRECONDITION');
  }
  const etag = whole.headers.get('etag') ?? '';
  for (const [headers, status] of [
    [{ range: 'bytes=0-0', 'if-range': etag }, 206],
    [{ range: 'bytes=0-0', 'if-range': '"other"' }, 200],
    [{ range: 'bytes=0-0', 'if-match': etag }, 206],
    [{ range: 'bytes=0-0', 'if-none-match': etag }, 304],
    [{ range: 'bytes=0-0, 2-2' }, 200],
    [{ range: `bytes=${expected.length}-`, 'if-range': '"other"' }, 200],
  ] as [Record<string, string>, number][]) {
    const response = await fetch(url, { headers });
    t.equal(response.status, status, JSON.stringify(headers));
    const sent = { 200: expected.length, 206: 1, 304: 0 }[status];
    t.equal((await bytesOf(response)).length, sent);
  }
}

t.test('a whole ISO', async (t) => {
  const iso = miniIso();
  const { url } = await buildApp(t, { files: { 'isos/mini.iso': iso } });
  await checkBody(t, `${url}/iso/download/mini.iso`, iso);
});

t.test('a file inside an ISO, in place', async (t) => {
  const { url } = await buildApp(t, { files: { 'isos/mini.iso': miniIso() } });
  await checkBody(t, `${url}/iso/content/mini.iso/initrd.gz`, miniFiles['initrd.gz']);
  await checkBody(t, `${url}/iso/content/mini.iso//.disk/./info`, Buffer.from(miniFiles['.disk/info']));
});

t.test('a file larger than the buffers, of several extents', async (t) => {
  const large = pattern(3_000_001, 7);
  const iso = makeIso({ 'pool/large': large, other: 'x' }, { splitAbove: 1_000 * 2048 });
  const { url } = await buildApp(t, { files: { 'isos/a.iso': iso } });
  await checkBody(t, `${url}/iso/content/a.iso/pool/large`, large);
});

t.test('an empty file has no range and no body', async (t) => {
  const { url } = await buildApp(t, { files: { 'isos/a.iso': makeIso({ empty: '' }) } });
  const response = await fetch(`${url}/iso/content/a.iso/empty`);
  t.equal(response.status, 200);
  t.equal(response.headers.get('content-length'), '0');
  t.equal((await fetch(`${url}/iso/content/a.iso/empty`, { headers: { range: 'bytes=0-' } })).status, 416);
});

t.test('a path through symbolic links, also through one that leads in a circle', async (t) => {
  const iso = makeIso({
    'dists/trixie/Release': 'R',
    'dists/stable': { symlink: 'trixie' },
    debian: { symlink: '.' },
    loop: { symlink: 'loop' },
  });
  const { url } = await buildApp(t, { files: { 'isos/a.iso': iso } });
  t.equal(await (await fetch(`${url}/iso/content/a.iso/debian/debian/dists/stable/Release`)).text(), 'R');
  t.equal(
    await (await fetch(`${url}/iso/content/a.iso`)).text(),
    await (await fetch(`${url}/iso/content/a.iso/`)).text(),
  );
  t.equal((await fetch(`${url}/iso/content/a.iso/loop/x`)).status, 404);
});

t.test('a directory gives the names in it', async (t) => {
  const { url } = await buildApp(t, { files: { 'isos/mini.iso': miniIso() } });
  for (const path of ['/iso/content/mini.iso/', '/iso/content/mini.iso//']) {
    t.equal(await (await fetch(`${url}${path}`)).text(), '.disk/\ninitrd.gz\nlinux\n');
  }
});

t.test('a name that holds a line break stays one line of the listing, and is found as it is', async (t) => {
  const iso = makeIso({ 'a\nb\u009b': 'content', 'dir\n/c': '' });
  const { url } = await buildApp(t, { files: { 'isos/a.iso': iso } });
  t.equal(await (await fetch(`${url}/iso/content/a.iso/`)).text(), 'a\\nb\\u009b\ndir\\n/\n');
  t.equal(await (await fetch(`${url}/iso/content/a.iso/a%0Ab%C2%9B`)).text(), 'content');
});

t.test('what does not exist is 404 with its code', async (t) => {
  const { url } = await buildApp(t, { files: { 'isos/mini.iso': miniIso() } });
  for (const [path, code] of [
    ['/iso/download/other.iso', 'SERABUT_ERR_ISO_NOT_FOUND'],
    ['/iso/content/other.iso/linux', 'SERABUT_ERR_ISO_NOT_FOUND'],
    ['/iso/content/mini.iso/other', 'SERABUT_ERR_FILE_NOT_FOUND'],
    ['/iso/content/mini.iso/linux/below', 'SERABUT_ERR_FILE_NOT_FOUND'],
    ['/nothing', 'SERABUT_ERR_ROUTE_NOT_FOUND'],
  ] as const) {
    const response = await fetch(`${url}${path}`);
    t.equal(response.status, 404, path);
    t.match(await response.text(), new RegExp(`^${code}: `));
    t.match(response.headers.get('content-type'), 'text/plain');
  }
});

t.test('paths that could climb or confuse are refused', async (t) => {
  const { server, url } = await buildApp(t, { files: { 'isos/mini.iso': miniIso() } });
  for (const path of [
    '/iso/content/mini.iso/../../etc/passwd',
    '/iso/content/mini.iso/%2e%2e%2fetc/passwd',
    '/iso/content/mini.iso/a%00b',
    '/iso/content/mini.iso/a%5cb',
    '/iso/content/mini.iso/%zz',
    '/iso/content/mini.iso/%ff',
  ]) {
    const { status, body } = await getRaw(url, path);
    t.equal(status, 400, path);
    t.match(body, 'SERABUT_ERR_PATH_INVALID');
  }
  for (const iso of ['..', '%2e%2e', '..%2fmini.iso', '.hidden.iso']) {
    const { statusCode } = await server.inject(`/iso/download/${iso}`);
    t.equal(statusCode, 404, iso);
  }
});

t.test('a damaged ISO is 500 with its code, and so is one that is no ISO', async (t) => {
  const iso = miniIso();
  const files = { 'isos/cut.iso': iso.subarray(0, iso.length - 4096), 'isos/none.iso': pattern(50_000) };
  const { url } = await buildApp(t, { files });
  for (const [path, code] of [
    ['/iso/content/cut.iso/linux', 'SERABUT_ERR_ISO_DAMAGED'],
    ['/boot/cut', 'SERABUT_ERR_ISO_DAMAGED'],
    ['/iso/content/none.iso/linux', 'SERABUT_ERR_ISO_UNSUPPORTED'],
  ] as const) {
    const response = await fetch(`${url}${path}`);
    t.equal(response.status, 500, path);
    t.match(await response.text(), new RegExp(`^${code}: `));
  }
});

t.test('an ISO that is being copied in is not there yet, and then it is', async (t) => {
  const iso = miniIso();
  const { url, data } = await buildApp(t, { isoSettleMs: 1000 });
  const path = join(data, 'isos/mini.iso');
  writeFileSync(path, iso.subarray(0, 40_000));
  const status = async () => (await fetch(`${url}/iso/content/mini.iso/linux`)).status;
  let seen = await status();
  for (let tries = 0; seen === 404 && tries < 200; tries++, seen = await status()) await sleep(20);
  t.equal(seen, 503, 'the first part of a copy');
  t.equal((await fetch(`${url}/iso/content/mini.iso/linux`)).headers.get('retry-after'), '2');
  writeFileSync(path, iso);
  for (let tries = 0; seen !== 200 && tries < 400; tries++, seen = await status()) await sleep(20);
  t.equal(seen, 200, 'the whole ISO');
});

t.test('a file that was replaced after it was indexed is asked for again, not mixed', async (t) => {
  const { url, data } = await buildApp(t, { files: { 'isos/mini.iso': miniIso() } });
  writeFileSync(join(data, 'isos/mini.iso'), miniIso());
  const response = await fetch(`${url}/iso/content/mini.iso/linux`);
  t.equal(response.status, 503);
  t.match(await response.text(), /^SERABUT_ERR_(FILE_CHANGED|ISO_PREPARING)/);
});

t.test('UEFI HTTP boot gets iPXE with its type, and nothing else of that directory', async (t) => {
  const { url, data } = await buildApp(t, { files: { 'ipxe/snponly.efi': pattern(9999), 'ipxe/secret.txt': 's' } });
  await checkBody(t, `${url}/ipxe/snponly.efi`, readFileSync(join(data, 'ipxe/snponly.efi')));
  t.equal((await fetch(`${url}/ipxe/snponly.efi`)).headers.get('content-type'), 'application/efi');
  t.equal((await fetch(`${url}/ipxe/other.efi`)).status, 404);
  t.equal((await fetch(`${url}/ipxe/secret.txt`)).status, 400);
});

t.test('the health routes', async (t) => {
  const { url } = await buildApp(t);
  for (const path of ['/healthz', '/readyz']) t.equal(await (await fetch(url + path)).text(), 'ok\n');
});

/** Asks for a path exactly as it stands: fetch() would take `..` out of it. */
async function getRaw(url: string, path: string): Promise<{ status: number | undefined; body: string }> {
  const [response] = (await once(get(url, { path }), 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

t.test('a file that is written to while it is sent is never sent whole', async (t) => {
  const iso = makeIso({ large: pattern(60_000_000, 5) });
  const { url, data } = await buildApp(t, { files: { 'isos/a.iso': iso } });
  const response = await fetch(`${url}/iso/content/a.iso/large`);
  const reader = response.body?.getReader();
  await reader?.read();
  writeFileSync(join(data, 'isos/a.iso'), Buffer.alloc(100), { flag: 'r+' });
  await t.rejects(async () => {
    while (!(await reader?.read())?.done);
  });
});

t.test('clients that reset their connection at once end nothing', async (t) => {
  const { url } = await buildApp(t);
  const { port, hostname } = new URL(url);
  for (let count = 0; count < 300; count++) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'connect');
    socket.resetAndDestroy();
  }
  t.equal((await fetch(`${url}/healthz`)).status, 200);
});

t.test('until all is read, everybody is asked to wait', async (t) => {
  const { url, start } = await buildApp(t, { files: { 'isos/mini.iso': miniIso() }, start: false });
  for (const path of ['/readyz', '/boot', '/boot/mini', '/iso/content/mini.iso/linux']) {
    const response = await fetch(url + path);
    t.equal(response.status, 503, path);
    t.equal(response.headers.get('retry-after'), '2');
    t.match(await response.text(), 'SERABUT_ERR_ISO_PREPARING');
  }
  t.equal((await fetch(`${url}/healthz`)).status, 200);
  await start();
  t.equal((await fetch(`${url}/boot/mini`)).status, 200);
});
