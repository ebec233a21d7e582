import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { clientKinds } from '../../../core/simulate/client-kinds.js';
import { Broken } from '../../../core/simulate/faults.js';
import { playInstaller } from '../../../core/simulate/installer.js';
import { Walk } from '../../../core/simulate/walk.js';

/** A server that has these files; gives ranges of them. */
async function serve(t: Test, files: (server: string) => Readonly<Record<string, string>>): Promise<string> {
  let url = '';
  const listener: RequestListener = (request, response) => {
    const content = files(url)[(request.url ?? '').split('?')[0] ?? ''];
    if (content === undefined) return void response.writeHead(404).end('none');
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const part = start === undefined ? content : content.slice(Number(start), Number(end) + 1);
    const range = { 'content-range': `bytes ${start}-${end}/${content.length}` };
    response.writeHead(start === undefined ? 200 : 206, { 'content-length': part.length, ...(start && range) });
    response.end(request.method === 'HEAD' ? '' : part);
  };
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return url;
}

/** What was fetched, and what is broken. */
async function play(server: string, args: string): Promise<{ steps: string[]; fault: string | undefined }> {
  const walk = new Walk();
  const patience = { quietMs: 5000, triesNotReady: 1, pauseMs: 1 };
  const context = { walk, kind: clientKinds['uefi-x64'], settings: new Map(), patience, now: Date.now };
  const start = { args: args.replaceAll('SERVER', server), title: 'ubuntu 24.04', server };
  const error = await playInstaller(context, start).then(() => undefined, (thrown: unknown) => thrown); // biome-ignore format: one line
  if (error !== undefined && !(error instanceof Broken)) throw error;
  const steps = walk.steps.map(({ state, what }) => `${state} ${what.replaceAll(server, '')}`);
  return { steps, fault: error === undefined ? undefined : `${error.code}: ${error.message.replaceAll(server, '')}` };
}

t.test('Anaconda: stage 2 by .treeinfo, the Kickstart file, the tree that it names', async (t) => {
  const good = (server: string) => ({
    '/tree/.treeinfo': '[stage2]\nmainimage = images/i.img\n',
    '/tree/images/i.img': 'x'.repeat(99),
    '/ks.cfg': `url --url=${server}/tree\n%packages\n%end\n`,
  });
  const args = 'inst.stage2=SERVER/tree inst.ks=SERVER/ks.cfg?mac=02-00 quiet';
  const { steps, fault } = await play(await serve(t, good), args);
  t.equal(fault, undefined);
  t.strictSame(steps, [
    'ok .treeinfo: /tree/.treeinfo',
    'ok stage 2: /tree/images/i.img: both ends come',
    'ok answer file: /ks.cfg?…',
    'ok mirror: /tree/repodata/repomd.xml',
  ]);
  const gone = await play(
    await serve(t, (server) => ({ ...good(server), '/tree/images/i.img': undefined as never })),
    args,
  );
  t.equal(gone.fault, 'installer-file-missing: /tree/images/i.img answers 404: none');
  const open = await play(await serve(t, (server) => ({ ...good(server), '/ks.cfg': '%packages\n' })), args);
  t.equal(open.fault, 'answers-invalid: ks.cfg: expected a %end for each section, received 0 for 1');
});

t.test("Ubuntu: the ISO, and cloud-init's seed by a pattern or a directory", async (t) => {
  const good = {
    '/iso/download/u.iso': 'iso'.repeat(50),
    '/seed/user-data': '#cloud-config\na: 1\n',
    '/seed/meta-data': '',
  };
  const url = await serve(t, () => good);
  for (const [args, query] of [
    ['iso-url=SERVER/iso/download/u.iso ds=nocloud;s=SERVER/seed/', ''],
    ['url=SERVER/iso/download/u.iso ds=nocloud-net;s=SERVER/seed/%s?mac=02-00', '?…'],
  ] as const) {
    const { steps, fault } = await play(url, args);
    t.equal(fault, undefined);
    t.match(steps[0], /^ok (iso-)?url: \/iso\/download\/u\.iso: both ends come$/);
    t.strictSame(steps.slice(1), [
      `ok answer file: /seed/user-data${query}`,
      `ok answer file: /seed/meta-data${query}`,
    ]);
  }
  const bad = await serve(t, () => ({ ...good, '/seed/user-data': '#cloud-config\na: [1\n' }));
  t.match(
    (await play(bad, 'ds=nocloud;s=SERVER/seed/')).fault,
    /^answers-invalid: user-data: expected YAML, received /,
  );
});

t.test('files that answers name are fetched as well, reports are not', async (t) => {
  const url = await serve(t, (server) => ({
    '/x/automation/d/preseed.cfg': `d-i a string wget ${server}/x/automation/d/a.sh; ${server}/x/automation/d/done\n`,
    '/x/automation/d/a.sh': '#!/bin/sh\n',
  }));
  const { steps, fault } = await play(url, 'url=SERVER/x/automation/d/preseed.cfg');
  t.equal(fault, undefined);
  t.strictSame(steps, ['ok answer file: /x/automation/d/preseed.cfg', 'ok answer file: /x/automation/d/a.sh']);
});

t.test('an installer that asks its questions', async (t) => {
  const { steps } = await play('http://127.0.0.1:1', 'quiet ---');
  t.strictSame(steps, ['- the installer gets no answers: it asks its questions at the console']);
});
