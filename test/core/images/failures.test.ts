import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { Agent } from 'undici';
import { connectionFailure, writeFailure } from '../../../core/images/failures.js';
import { get, getSmall } from '../../../core/images/http-get.js';
import { resource, sha256, startKeeper } from '../../helpers/images.js';
import { pattern } from '../../helpers/isos.js';
import { type Behaviour, cutAfter, etagOf, startMirror, status } from '../../helpers/mirror.js';
import { without } from '../../helpers/programs.js';

const bytes = pattern(500_000);
const iso = (url: string, more = {}) => resource('Image', 'deb', { type: 'iso', path: 'deb.iso', url, ...more });

/** What the status says when a mirror answers so. */
async function said(t: Test, behaviour: Behaviour, more = {}): Promise<string> {
  const mirror = await startMirror(t);
  mirror.files.set('/deb.iso', bytes);
  mirror.wrong.set('/deb.iso', behaviour);
  const { store, keeper } = startKeeper(t, t.testdir({}));
  store.put(iso(`${mirror.url}/deb.iso`, more));
  await store.until('Image', 'deb', /^Downloaded=False Image/);
  await keeper.close();
  t.match(store.told, [/^deb Warning Image/]);
  return store.message('Image', 'deb', 'Downloaded').replace(mirror.url, 'URL');
}

t.test('each answer that is no image has a cause and a remedy in the status', async (t) => {
  const cases: [string, Behaviour, RegExp][] = [
    ['not found', status(404), /has no such file \(HTTP 404\): releases move/],
    ['gone', status(410), /has no such file \(HTTP 410\)/],
    ['forbidden', status(403), /does not allow the download \(HTTP 403\): use a mirror that does/],
    ['out of order', status(503), /answered with HTTP 503 /],
    ['a teapot', status(418), /answered with HTTP 418 /],
    ['no content', status(204), /HTTP 204, which holds no file/],
    ['not modified', status(304), /answered with HTTP 304/],
    [
      'a page by its type',
      status(200, { 'content-type': 'text/html; charset=utf-8' }, 'Login'),
      /a page of HTML in place/,
    ],
    ['a page by its text', status(200, {}, '\n<!DOCTYPE html><title>Login'), /a page of HTML in place/],
    ['nothing', status(200), /sent an empty file/],
    [
      'a range that nobody asked for',
      status(206, { 'content-range': 'bytes 5-9/10' }, 'abcde'),
      /does not honour the range/,
    ],
    [
      'another protocol',
      status(302, { location: 'ftp://127.0.0.1/deb.iso' }),
      /redirects to what is no http or https URL/,
    ],
    ['no place', status(302), /answered with HTTP 302/],
    ['itself', status(302, { location: '/deb.iso' }), /more than 8 redirects/],
    ['too much', status(200, { 'content-length': String(2 ** 40) }), /longer than 68719476736 bytes/],
  ];
  for (const [name, behaviour, expected] of cases) {
    await t.test(name, async (t) => {
      const message = await said(t, behaviour);
      t.match(message, expected);
      t.match(message, /See to what the message names; it is tried again by itself/);
    });
  }
});

t.test('a tampered download is thrown away, and both checksums are shown', async (t) => {
  const digest = sha256(bytes);
  const tampered = Buffer.concat([bytes.subarray(0, -1), Buffer.from('!')]);
  const message = await said(t, (_, response) => response.end(tampered), { sha256: digest });
  t.match(
    message,
    `what URL/deb.iso sent was thrown away: its sha256 is ${sha256(tampered)}, but ${digest} is expected`,
  );
});

t.test(
  'a disk that is too small is said before anything is written, with what is needed and what is there',
  async (t) => {
    const mirror = await startMirror(t);
    mirror.files.set('/deb.iso', bytes);
    let free = 128_400_000;
    const { store, data, clock } = startKeeper(t, t.testdir({}), { freeBytes: async () => free });
    store.put(iso(`${mirror.url}/deb.iso`));
    await store.until('Image', 'deb', 'Downloaded=False ImageSpace');
    const message = store.message('Image', 'deb', 'Downloaded');
    t.match(
      message,
      /^0\.5 MB are needed and 128 MB to spare, but 128 MB are free \(.*\.serabut\)\. Free space or enlarge/,
    );
    free = 128_500_000;
    clock.now += 60_000;
    await store.until('Image', 'deb', 'Downloaded=True Downloaded');
    t.ok(readFileSync(join(data, 'isos/deb.iso')).equals(bytes));
  },
);

t.test('a download without a length ends when no more than what is to spare is free, and leaves nothing', async (t) => {
  const mirror = await startMirror(t);
  const large = pattern(6_000_000);
  mirror.files.set('/deb.iso', large);
  mirror.wrong.set('/deb.iso', (_, response) => response.writeHead(200, { etag: etagOf(large) }).end(large));
  let free = [200_000_000, 127_000_000];
  const freeBytes = async () => free.shift() ?? 200_000_000;
  const { store, data, clock } = startKeeper(t, t.testdir({}), { freeBytes });
  store.put(iso(`${mirror.url}/deb.iso`));
  await store.until('Image', 'deb', 'Downloaded=False ImageSpace');
  t.strictSame(readdirSync(join(data, 'isos/.serabut')), []);
  free = [];
  clock.now += 60_000;
  await store.until('Image', 'deb', 'Downloaded=True Downloaded');
});

t.test('that a disk is full while it is written is told from other failures', async (t) => {
  const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  t.match(writeFailure(full, '/x'), { code: 'SERABUT_ERR_IMAGE_SPACE', where: '/x' });
  t.match(writeFailure(new Error('EIO'), '/x'), { code: 'SERABUT_ERR_INTERNAL' });
});

t.test('a part is gone on with only if it is of the same file', async (t) => {
  const etag = { etag: etagOf(bytes) };
  const weak: Behaviour = (_, response, all) => {
    response.writeHead(200, { 'content-length': all.length, etag: 'W/"1"' });
    response.write(all.subarray(0, 1000), () => setImmediate(() => response.destroy()));
  };
  const cases: [string, Behaviour, Behaviour, number][] = [
    ['a weak tag says nothing of bytes', weak, (_, response) => response.end(bytes), 1],
    ['a server without ranges sends all', cutAfter(1000), (_, response) => response.end(bytes), 1],
    ['another range is refused', cutAfter(1000), status(206, { ...etag, 'content-range': 'bytes 7-9/10' }, 'abc'), 2],
    ['another length is refused', cutAfter(1000), status(206, { 'content-range': 'bytes 1000-1003/1004' }, 'abcd'), 2],
    ['a range that cannot be is refused', cutAfter(1000), status(416, { 'content-range': 'bytes */10' }), 2],
  ];
  for (const [name, first, second, failures] of cases) {
    await t.test(name, async (t) => {
      const mirror = await startMirror(t);
      mirror.files.set('/deb.iso', bytes);
      mirror.wrong.set('/deb.iso', first);
      const { store, data, clock, logged } = startKeeper(t, t.testdir({}));
      store.put(iso(`${mirror.url}/deb.iso`));
      await store.until('Image', 'deb', 'Downloaded=False ImageDownload');
      mirror.wrong.set('/deb.iso', second);
      for (let times = 1; times < failures; times += 1) {
        clock.now += 5_000;
        while (logged.filter((line) => line.startsWith('SERABUT_ERR')).length <= times) await delay(5);
        mirror.wrong.clear();
      }
      clock.now += 15_000;
      await store.until('Image', 'deb', 'Downloaded=True Downloaded');
      t.ok(readFileSync(join(data, 'isos/deb.iso')).equals(bytes));
    });
  }
});

t.test('what keeps a connection from being made is named', async (t) => {
  const failure = async (url: string, dispatcher = new Agent()) => {
    const fetching = { dispatcher, stallMs: 1000, signal: AbortSignal.timeout(5_000) };
    const thrown = await get({ url, allowPlain: false }, fetching).catch((error) => error);
    await dispatcher.destroy();
    return `${thrown.code}: ${thrown.message}`;
  };
  const noName = (_: string, __: object, done: (error: Error) => void) =>
    done(Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' }));
  const dispatcher = new Agent({ connect: { lookup: noName as never } });
  t.match(await failure('http://mirror.invalid/x.iso', dispatcher), /DOWNLOAD: there is no host mirror.invalid in DNS/);
  t.match(
    await failure(`http://127.0.0.1:${await freePort()}/x.iso`),
    /DOWNLOAD: 127.0.0.1:\d+ refuses the connection/,
  );
  const tls = await startTls(t);
  t.match(await failure(`${tls}/x.iso`), /is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT.*a clock that is wrong/);
  const insecure = () => new Agent({ connect: { rejectUnauthorized: false } });
  t.match(
    await failure(`${tls}/x.iso`, insecure()),
    /redirects from https to http \(127.0.0.1:1\), and nothing else says/,
  );
  const codes = { EAI_AGAIN: /DNS does not answer/, ETIMEDOUT: /cannot be reached/, OTHER: /h: what it says/ };
  for (const [code, expected] of Object.entries(codes)) {
    const cause = new Error('outer', {
      cause: new AggregateError([Object.assign(new Error('what it says'), { code })]),
    });
    t.match(connectionFailure(cause, 'http://h/x').message, expected);
  }
});

t.test('a small file has a limit, and is neither empty nor a page', async (t) => {
  const mirror = await startMirror(t);
  mirror.files.set('/list', Buffer.alloc(2000, 'x')).set('/empty', Buffer.alloc(0)).set('/page', Buffer.from('<html>'));
  mirror.files.set('/cut', bytes);
  mirror.wrong.set('/cut', cutAfter(100));
  const dispatcher = new Agent();
  t.teardown(() => dispatcher.destroy());
  const fetching = { dispatcher, stallMs: 1000, signal: AbortSignal.timeout(5_000) };
  const small = (path: string) => getSmall({ url: `${mirror.url}${path}`, allowPlain: true }, 2000, fetching);
  t.equal((await small('/list')).length, 2000);
  mirror.files.set('/list', Buffer.alloc(2001, 'x'));
  await t.rejects(small('/list'), { message: 'it is longer than 2000 bytes' });
  await t.rejects(small('/empty'), { message: 'it is empty' });
  await t.rejects(small('/page'), { message: /a page of HTML/ });
  await t.rejects(small('/cut'), { message: /ended the connection early/ });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server whose certificate nobody has signed, and that redirects to plain HTTP. */
async function startTls(t: Test): Promise<string> {
  const directory = t.testdir({});
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', ...kind, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
    response.writeHead(302, { location: 'http://127.0.0.1:1/x.iso' });
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const mountable = process.getuid?.() === 0 ? without('mount', 'umount') : 'only root can mount a small file system';

t.test(
  'a volume that becomes full is said and left empty; when there is space the file is fetched',
  { skip: mountable },
  async (t) => {
    const mirror = await startMirror(t);
    const large = pattern(3_000_000);
    mirror.files.set('/deb.iso', large);
    const data = t.testdir({ isos: {} });
    const isos = join(data, 'isos');
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', isos]).status === 0;
    if (!mounted) {
      t.pass('nothing can be mounted here', { skip: true });
      return;
    }
    t.teardown(() => spawnSync('umount', ['--lazy', isos]));
    const { store, clock } = startKeeper(t, data, { freeBytes: async () => 2 ** 40 });
    store.put(iso(`${mirror.url}/deb.iso`, { sha256: sha256(large) }));
    await store.until('Image', 'deb', 'Downloaded=False ImageSpace');
    t.match(
      store.message('Image', 'deb', 'Downloaded'),
      /^the volume became full while the image was written \(ENOSPC\)/,
    );
    t.strictSame(readdirSync(join(isos, '.serabut')), []);
    spawnSync('mount', ['-o', 'remount,size=8m', isos]);
    clock.now += 60_000;
    await store.until('Image', 'deb', 'Verified=True ChecksumMatches');
    t.strictSame(mirror.requests, ['/deb.iso', '/deb.iso']);
    t.ok(readFileSync(join(isos, 'deb.iso')).equals(large));
  },
);
