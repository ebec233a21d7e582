import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { Sink } from './helpers/run-cli.js';
import { missing } from './helpers/trees.js';

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} to npm start ends the server`, { skip: missing('npm') }, async (t) => {
    // Without scripts it does not build, which would take the files of this test away.
    const args = ['start', '--ignore-scripts', '--', '--host', '127.0.0.1', '--port', '0', '--data', t.testdir({})];
    const npm = spawn('npm', args, {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      env: { ...process.env, npm_config_update_notifier: 'false' },
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    const group = -(npm.pid ?? 0);
    t.teardown(() => isAlive(group) && process.kill(group, 'SIGKILL'));
    const out = new Sink();
    npm.stdout.pipe(out);
    await new Promise<void>((resolve) => {
      out.onText = (text) => text.includes('There is no ISO') && resolve();
    });
    const url = /^Serabut listens on (.*)$/m.exec(out.text)?.[1];
    t.equal((await fetch(`${url}/healthz`)).status, 200);
    npm.kill(signal);
    t.strictSame(await Promise.race([once(npm, 'exit'), sleep(15_000, 'it runs on', { ref: false })]), [0, null]);
    t.notOk(isAlive(group), 'nothing that npm started is left');
    await t.rejects(fetch(`${url}/healthz`));
  });
}

/** Whether there is a process of this number, or a group of them for a negative one. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
