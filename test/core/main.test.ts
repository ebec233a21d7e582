import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const program = fileURLToPath(new URL('../../core/main.js', import.meta.url));

t.test('a log that cannot be written, as on a full disk, ends no server', async (t) => {
  const args = [program, 'serve', '--data', t.testdir({}), '--host', '127.0.0.1', '--port', '0'];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', openSync('/dev/full', 'w')] });
  t.teardown(() => server.kill('SIGKILL'));
  const ended = once(server, 'exit');
  const lines = createInterface(server.stdout as Readable);
  const [line] = (await once(lines, 'line')) as [string];
  const url = /^Serabut listens on (\S+)$/.exec(line)?.[1];
  // Each request is a line of the log.
  for (let count = 0; count < 3; count++) t.equal((await fetch(`${url}/healthz`)).status, 200);
  // Ctrl-C under npm comes twice, at once.
  server.kill('SIGINT');
  server.kill('SIGTERM');
  t.strictSame(await ended, [0, null]);
});
