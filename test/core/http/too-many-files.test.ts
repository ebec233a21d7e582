import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { miniIso } from '../../helpers/isos.js';
import { rawClient, requestText } from '../../helpers/raw-client.js';

const main = fileURLToPath(new URL('../../../core/main.js', import.meta.url));
const limit = 64;

t.test(
  'a client for whom no file can be opened any more is asked to come again',
  { skip: !existsSync('/proc/self/fd') && 'no /proc' },
  async (t) => {
    const data = t.testdir({});
    mkdirSync(join(data, 'isos'));
    writeFileSync(join(data, 'isos/mini.iso'), miniIso());
    const command = 'ulimit -n "$0"; exec "$@" serve --host 127.0.0.1 --port 0 --data "$DATA"';
    const child = spawn('sh', ['-c', command, String(limit), process.execPath, main], {
      env: { ...process.env, DATA: data },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    t.teardown(() => child.kill());
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    while (!output.includes('Can be booted')) await sleep(20);
    const url = /http:\S+/.exec(output)?.[0] ?? '';

    const open = () => readdirSync(`/proc/${child.pid}/fd`).length;
    const clients: Socket[] = [];
    // The server itself opens something for a moment now and then, so that once full is not full for good.
    for (let full = 0; full < 10; full = open() >= limit ? full + 1 : 0) {
      if (open() < limit) {
        const socket = rawClient(url);
        clients.push(socket);
        await once(socket, 'connect');
      }
      await sleep(10);
    }
    const [asking, ...others] = clients;
    if (asking === undefined) throw new Error('there is no client');
    const ask = async () => {
      asking.write(requestText('/iso/content/mini.iso/linux'));
      const [answer] = (await once(asking, 'data')) as [Buffer];
      return answer.toString('latin1');
    };
    const [head, body] = (await ask()).split('\r\n\r\n');
    t.match(head, /^HTTP\/1.1 503 /);
    t.match(head, /\r\nretry-after: 5\r\n/i);
    t.match(body, 'SERABUT_ERR_BUSY: too many files are open');
    for (const socket of others) socket.destroy();
    while (open() > limit - 10) await sleep(20);
    t.match((await ask()).slice(0, 13), 'HTTP/1.1 200 ', 'and then gets it');
    asking.destroy();
  },
);
