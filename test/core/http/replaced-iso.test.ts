import { renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { image, large, largeApp, path, requireNothingLeft, startedClient } from '../../helpers/large-app.js';
import { makeIso } from '../../helpers/make-iso.js';
import { bodyOf, received } from '../../helpers/raw-client.js';

const replacements: Record<string, (iso: string) => void> = {
  'overwritten in place': (iso) => writeFileSync(iso, makeIso({ large: Buffer.from('new') }), { flag: 'r+' }),
  'replaced by rename': (iso) => {
    writeFileSync(`${iso}.part`, makeIso({ large: Buffer.from('new') }));
    renameSync(`${iso}.part`, iso);
  },
  'written anew': (iso) => writeFileSync(iso, makeIso({ large: Buffer.from('new') })),
  'cut short': (iso) => truncateSync(iso, image.length - 12_000_000),
  deleted: (iso) => rmSync(iso),
};

for (const [name, replace] of Object.entries(replacements)) {
  t.test(`when an ISO is ${name}, what is being sent of it is cut off`, async (t) => {
    const served = await largeApp(t);
    const before = (await fetch(served.url + path, { method: 'HEAD' })).headers.get('etag');
    const socket = await startedClient(served.url);
    replace(join(served.data, 'isos/a.iso'));
    const next = await fetch(served.url + path);
    t.ok(next.status >= 404, `a new request gets ${next.status}`);
    await sleep(1500);
    const body = bodyOf(await received(socket.resume()));
    t.ok(body.length < large.length / 2, `${body.length} bytes were sent, most before it was noticed`);
    await requireNothingLeft(t, served);
    if (name === 'deleted' || name === 'cut short') return;
    let now = await fetch(served.url + path);
    for (let tries = 0; now.status !== 200 && tries < 200; tries++) {
      await sleep(20);
      now = await fetch(served.url + path);
    }
    t.equal(await now.text(), 'new');
    t.not(now.headers.get('etag'), before);
  });
}
