import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { buildApp, resources } from '../../helpers/build-app.js';
import { miniIso } from '../../helpers/isos.js';
import { large, largeApp, path, requireNothingLeft, startedClient } from '../../helpers/large-app.js';
import { makeIso } from '../../helpers/make-iso.js';

/** Every series of the text, such as `a{b="c"}`, with its number. */
type Series = ReadonlyMap<string, number>;

async function scrape(url: string): Promise<Series> {
  const response = await fetch(`${url}/metrics`);
  return read(await response.text());
}

function read(text: string): Series {
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

/** Asks again until the numbers are as wanted: a response is counted when it has closed, which its client may see first. */
async function requireSeries(t: Test, url: string, wanted: Readonly<Record<string, number>>): Promise<Series> {
  let series = await scrape(url);
  const isThere = () => Object.entries(wanted).every(([name, value]) => series.get(name) === value);
  for (let tries = 0; !isThere() && tries < 200; tries++) {
    await sleep(20);
    series = await scrape(url);
  }
  for (const [name, value] of Object.entries(wanted)) t.equal(series.get(name), value, name);
  return series;
}

const own = (series: Series) =>
  [...series.keys()].filter((name) => /^serabut_(http|isos|distros|plugins|transfers)/.test(name));

t.test('requests are counted by route, method and status', async (t) => {
  const { url } = await buildApp(t, { files: { 'isos/mini.iso': miniIso() } });
  for (const wanted of ['/boot/mini', '/boot/mini?arch=x86_64', '/boot/other'])
    await (await fetch(url + wanted)).text();
  await fetch(`${url}/iso/content/mini.iso/linux`, { method: 'HEAD' });
  await fetch(`${url}/iso/content/mini.iso/linux`, { method: 'POST' });
  await requireSeries(t, url, {
    'serabut_http_requests_total{route="/boot/:distro",method="GET",status="200"}': 2,
    'serabut_http_requests_total{route="/boot/:distro",method="GET",status="404"}': 1,
    'serabut_http_requests_total{route="/iso/content/:iso/*",method="HEAD",status="200"}': 1,
    'serabut_http_requests_total{route="none",method="POST",status="404"}': 1,
    'serabut_http_response_aborted_total{route="/boot/:distro"}': 0,
  });
});

t.test('whatever clients ask for, there are no more series', async (t) => {
  const { url } = await buildApp(t);
  const ask = async (name: string) => {
    for (const below of ['boot/', 'iso/download/', 'iso/content/x/', 'ipxe/', ''])
      await (await fetch(`${url}/${below}${name}?mac=${name}`)).text();
  };
  await ask('first');
  const scrapes = 'serabut_http_requests_total{route="/metrics",method="GET",status="200"}';
  while (!(await scrape(url)).has(scrapes)) await sleep(20);
  const before = own(await scrape(url));
  t.ok(before.length > 10);
  for (let count = 0; count < 20; count++) await ask(`name-${count}`);
  const after = own(await scrape(url));
  t.strictSame(after, before);
  t.notMatch(after.join('\n'), /first|name-/);
});

t.test('a body is a transfer while it is sent, and its bytes are counted', async (t) => {
  const served = await largeApp(t);
  const route = 'route="/iso/content/:iso/*"';
  const socket = await startedClient(served.url);
  await requireSeries(t, served.url, { serabut_transfers: 1 });
  socket.destroy();
  await requireNothingLeft(t, served);
  const left = await requireSeries(t, served.url, {
    serabut_transfers: 0,
    [`serabut_http_response_aborted_total{${route}}`]: 1,
  });
  const taken = left.get(`serabut_http_response_bytes_total{${route}}`) ?? 0;
  t.ok(taken > 0 && taken < large.length, `${taken} bytes of the one that left`);
  t.equal((await (await fetch(served.url + path)).arrayBuffer()).byteLength, large.length);
  const whole = await requireSeries(t, served.url, {
    [`serabut_http_requests_total{${route},method="GET",status="200"}`]: 2,
    [`serabut_http_response_aborted_total{${route}}`]: 1,
  });
  const head = (whole.get(`serabut_http_response_bytes_total{${route}}`) ?? 0) - taken - large.length;
  t.ok(head > 100 && head < 1000, `${head} bytes of the head`);
});

t.test('ISOs, distros and plugins are counted by state, as they are now', async (t) => {
  const { url, data, library } = await buildApp(t, {
    files: {
      'isos/mini.iso': miniIso(),
      'isos/unknown.iso': makeIso({ file: 'of nobody' }),
      'isos/damaged.iso': 'no ISO at all',
      'plugins/broken/plugin.yaml': 'apiVersion: serabut/v1\nid: broken\n',
    },
  });
  await requireSeries(t, url, {
    'serabut_isos{state="preparing"}': 0,
    'serabut_isos{state="ready"}': 2,
    'serabut_isos{state="failed"}': 1,
    'serabut_distros{state="preparing"}': 0,
    'serabut_distros{state="ready"}': 1,
    'serabut_distros{state="failed"}': 2,
    'serabut_plugins{state="loaded"}': 3,
    'serabut_plugins{state="failed"}': 1,
  });
  const changed = Promise.withResolvers<void>();
  library.onChange(() => changed.resolve());
  writeFileSync(join(data, 'isos/damaged.iso'), miniIso());
  await changed.promise;
  await requireSeries(t, url, { 'serabut_isos{state="ready"}': 3, 'serabut_isos{state="failed"}': 0 });
});

t.test('what is still being read is preparing, and the numbers are there from the start', async (t) => {
  const { url, start } = await buildApp(t, { files: { 'isos/mini.iso': miniIso() }, start: false });
  const { status } = await fetch(`${url}/readyz`);
  t.equal(status, 503);
  await requireSeries(t, url, { 'serabut_isos{state="ready"}': 0, 'serabut_plugins{state="loaded"}': 3 });
  await start();
  await requireSeries(t, url, { 'serabut_isos{state="ready"}': 1 });
});

t.test('an ISO that is being copied is preparing, and so is its distro', async (t) => {
  const { url, data } = await buildApp(t, { isoSettleMs: 60_000 });
  writeFileSync(join(data, 'isos/mini.iso'), miniIso());
  await requireSeries(t, url, {
    'serabut_isos{state="preparing"}': 1,
    'serabut_distros{state="preparing"}': 1,
    'serabut_distros{state="failed"}': 0,
  });
});

t.test('two applications in one process share no number', async (t) => {
  const [one, other] = [await buildApp(t), await buildApp(t)];
  await (await fetch(`${one.url}/boot`)).text();
  const series = 'serabut_http_requests_total{route="/boot",method="GET",status="200"}';
  await requireSeries(t, one.url, { [series]: 1 });
  t.notOk((await scrape(other.url)).has(series));
});

t.test('the text is Prometheus’s, with the numbers of Node, and names nothing of the data', async (t) => {
  const { url } = await buildApp(t, {
    files: {
      'isos/named.iso': miniIso(),
      'resources/a.yaml': resources({ kind: 'Image', name: 'named', spec: { type: 'iso', path: 'named.iso' } }),
    },
  });
  await (await fetch(`${url}/boot/named`)).text();
  const response = await fetch(`${url}/metrics`);
  t.equal(response.status, 200);
  t.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  t.equal(response.headers.get('cache-control'), 'no-store');
  const text = await response.text();
  for (const line of text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== ''))
    t.match(line, /^(# (HELP|TYPE) serabut_\w+ \S.*|serabut_\w+(\{(\w+="[^"]*",?)+\})? (-?[\d.e+-]+|Nan|\+Inf))$/);
  for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds', 'nodejs_version_info'])
    t.match(text, new RegExp(`^serabut_${name}`, 'm'));
  t.notMatch(text, /named/);
  t.equal((await fetch(`${url}/metrics`, { method: 'HEAD' })).status, 200);
});

t.test('a request without a socket does not spoil a number', async (t) => {
  const { url, server } = await buildApp(t);
  t.equal((await server.inject('/boot')).statusCode, 200);
  const series = await requireSeries(t, url, {
    'serabut_http_requests_total{route="/boot",method="GET",status="200"}': 1,
  });
  t.equal(series.get('serabut_http_response_bytes_total{route="/boot"}'), 0);
});
