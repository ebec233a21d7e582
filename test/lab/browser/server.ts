import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { operator, writeFleet } from './fleet.js';

/** The server that a run is about. */
export interface Subject {
  readonly url: string;
  readonly token: string;
  /** Whether it is this run's own, with a fleet and machines that can be played. */
  readonly isOwn: boolean;
  stop(): Promise<void>;
}

/** How many machines the server has, and how many bytes of a second the slow download gets. */
const machines = 1000;
const slowBytes = 400_000;

/** A server process of its own with a fleet, on loopback; `more` are further options of `serabut serve`. */
export async function startSubject(more: readonly string[] = []): Promise<Subject> {
  const directory = mkdtempSync(join(tmpdir(), 'serabut-browser-'));
  const slow = await startSlow();
  const data = join(directory, 'data');
  mkdirSync(data);
  writeFleet(data, machines, Date.now(), `${slow.url}/ubuntu-26.04-live-server-amd64.iso`);
  const main = fileURLToPath(new URL('../../../core/main.js', import.meta.url));
  const args = ['serve', '--data', data, '--host', '127.0.0.1', '--port', '0', '--identify', 'query'];
  const tokens = ['--operator-token-file', join(data, 'tokens')];
  const log = createWriteStream(join(directory, 'log'));
  const child = spawn(process.execPath, ['--enable-source-maps', main, ...args, ...tokens, ...more]);
  child.stderr.pipe(log, { end: false });
  const gone = once(child, 'close');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await gone;
    slow.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    return { url: await addressOf(child.stdout, gone), token: operator.token, isOwn: true, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What the server says on its own output: where it listens, then what can be booted, which ends its start. */
async function addressOf(stdout: NodeJS.ReadableStream, gone: Promise<unknown>): Promise<string> {
  const lines = createInterface({ input: stdout });
  const listening = new Promise<string>((resolve) => {
    let url = '';
    lines.on('line', (line) => {
      url = /^Serabut listens on (http:\S+)$/.exec(line)?.[1] ?? url;
      if (/^(Can|Cannot) be booted: /.test(line)) resolve(url);
    });
  });
  const failed = gone.then(() => Promise.reject(new Error('the server ended before it was ready')));
  return Promise.race([listening, failed]);
}

/** Sends an ISO of two gigabytes that nobody will ever see the end of. */
async function startSlow(): Promise<{ url: string; stop(): void }> {
  const piece = Buffer.alloc(slowBytes / 4);
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': 2_000_000_000 });
    const timer = setInterval(() => response.write(piece), 250);
    response.on('close', () => clearInterval(timer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
}
