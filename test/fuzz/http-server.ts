import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { type Application, compose } from '../../core/compose.js';
import { resources, writeInto } from '../helpers/build-app.js';
import { miniIso, smallConfiguration } from '../helpers/isos.js';
import { operatorToken } from './http-seeds.js';

/** What stands in files that no answer may show. */
export const canary = 'SERABUT-CANARY-5d0f';

const secrets = { ...smallConfiguration, root: { passwordHash: { secretRef: { name: 'web', key: 'root' } } } };

const files = {
  'isos/mini.iso': miniIso(),
  'isos/odd.iso': Buffer.alloc(100),
  'ipxe/snponly.efi': Buffer.alloc(2000, 'MZ'),
  'secrets/web/root': `$6$salt$${canary}`,
  'resources/all.yaml': resources(
    { kind: 'Image', name: 'mini', spec: { type: 'iso', path: 'mini.iso' } },
    { kind: 'Distro', name: 'debian-13', spec: { plugin: 'debian', image: 'mini' } },
    { kind: 'Configuration', name: 'web', spec: secrets },
    { kind: 'BootProfile', name: 'web', spec: { distro: 'debian-13', configuration: 'web' } },
    { kind: 'BootProfile', name: 'lost', spec: { distro: 'gone', configuration: 'web' } },
    { kind: 'Machine', name: 'web-1', spec: { macs: ['52:54:00:00:00:01'], bootProfile: 'web' } },
  ),
  tokens: `ada:${operatorToken}\nbob:${canary}\n`,
};

/** A server as it runs, but for sockets. */
export interface FuzzedServer {
  readonly application: Application;
  /** What a connection on which these bytes come, and then no more, is answered. */
  converse(input: Uint8Array): Promise<Conversation>;
  close(): Promise<void>;
}

export async function startServer(now: () => number): Promise<FuzzedServer> {
  const parent = mkdtempSync(join(tmpdir(), 'serabut-fuzz-http-'));
  const data = join(parent, 'data');
  for (const [path, content] of Object.entries(files)) writeInto(data, path, content);
  writeInto(parent, 'outside', canary);
  const application = await compose({
    dataDirectory: data,
    settings: {
      ...{ url: undefined, proxy: null, defaultEntry: undefined, ipxeDirectory: join(data, 'ipxe') },
      operatorTokenFile: join(data, 'tokens'),
    },
    isoSettleMs: 0,
    logger: false,
    now,
    neighbours: { find: async () => '52:54:00:00:00:01' },
  });
  await application.start();
  await application.server.ready();
  application.server.server.prependListener('request', ({ socket, method = '' }: IncomingMessage) =>
    (socket as unknown as Conversation).methods.push(method),
  );
  return {
    application,
    converse: async (input) => {
      const conversation = new Conversation(input);
      application.server.server.emit('connection', conversation);
      await conversation.over;
      return conversation;
    },
    close: async () => {
      await application.close();
      rmSync(parent, { recursive: true, force: true });
    },
  };
}

/** For how long a server may say nothing, in milliseconds, on a machine that has much else to do. */
const hangMs = 10_000;

/** Stands for a socket. */
export class Conversation extends Duplex {
  readonly remoteAddress = '192.168.88.83';
  readonly localAddress = '192.168.88.2';
  readonly localPort = 80;
  /** Of the requests that the parser took for some. */
  readonly methods: string[] = [];
  readonly over: Promise<void>;
  bytesWritten = 0;
  isHanging = false;
  readonly #pieces: Buffer[] = [];

  constructor(private input: Uint8Array | null) {
    super({ autoDestroy: true });
    this.over = new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.isHanging = true;
        this.destroy();
      }, hangMs);
      this.on('error', () => {});
      this.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Whether it was closed before the other side had ended it. */
  get isCut(): boolean {
    return !this.writableEnded;
  }

  get answer(): Buffer {
    return Buffer.concat(this.#pieces);
  }

  override _read(): void {
    if (this.input !== null && this.input.length > 0) this.push(this.input);
    this.input = null;
    this.push(null);
  }

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.#pieces.push(Buffer.from(chunk));
    this.bytesWritten += chunk.length;
    done();
    // A stream of events has no end.
    if (chunk.includes('text/event-stream')) setImmediate(() => this.destroy());
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  destroySoon(): void {
    this.end(() => this.destroy());
  }
}
