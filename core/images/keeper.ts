import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import { SerabutError } from '../errors.js';
import type { IsoLibrary } from '../iso/library.js';
import { StatusWriter } from '../resources/status-writer.js';
import type { Store } from '../resources/store.js';
import { type Collection, collect } from './collect.js';
import { recheckOne } from './recheck.js';
import { ImageDirectory } from './record.js';
import { Rounds, type RoundsParts } from './rounds.js';
import { type FreeBytes, freeBytes } from './space.js';
import { type Sleep, Throttle } from './throttle.js';

/** What the keeper works with. */
export interface KeeperParts {
  readonly store: Store;
  readonly library: Pick<IsoLibrary, 'entries' | 'onChange'>;
  /** With `isos/`, `firmware/` and `keyrings/`. */
  readonly dataDirectory: string;
  /** What a plugin recognised in an ISO, by the name of its file. */
  readonly recognised: (iso: string) => string | undefined;
  /** URL of a proxy for downloads. */
  readonly proxy?: string | undefined;
  readonly log: (level: 'info' | 'warn', fields: object, message: string) => void;
}

/** Times in milliseconds, rates in bytes per second. */
export interface KeeperOptions {
  /** Since 1970, for what is kept. */
  readonly now: () => number;
  /** Of a clock that nobody sets, for what is waited for. */
  readonly elapsed: () => number;
  readonly sleep: Sleep;
  readonly freeBytes: FreeBytes;
  /** For how long a server may send nothing. */
  readonly stallMs: number;
  /** How often files and times are looked at. */
  readonly tickMs: number;
  /** How often the status of a download is written. */
  readonly progressMs: number;
  /** After how long a file is read again. */
  readonly recheckMs: number;
  readonly recheckRate: number;
  /** For how long nothing must refer to a file that is collected. */
  readonly graceMs: number;
}

const DAY = 24 * 60 * 60 * 1000;

const defaults: KeeperOptions = {
  now: Date.now,
  elapsed: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal, ref: false }),
  freeBytes,
  stallMs: 60_000,
  tickMs: 5_000,
  progressMs: 3_000,
  recheckMs: 7 * DAY,
  recheckRate: 20_000_000,
  graceMs: 7 * DAY,
};

/**
 * Keeps the files of Images: downloads them one at a time, says in their status how they are, reads them again now and
 * then, and removes what is not wanted any more. Only while the store says that this server is the one that acts.
 */
export class ImageKeeper {
  readonly #parts: KeeperParts;
  readonly #options: KeeperOptions;
  readonly #directories: { readonly iso: ImageDirectory; readonly firmware: ImageDirectory };
  readonly #statuses: StatusWriter;
  readonly #rounds: Rounds;
  #dispatcher: Promise<Dispatcher> | undefined;
  readonly #closing = new AbortController();
  /** Up to when the time without a reference has been counted. */
  #counted: number;
  #waking = new AbortController();
  #wakes = 0;
  #running: Promise<unknown> = Promise.resolve();
  #stopFollowing: () => void = () => {};

  constructor(parts: KeeperParts, options: Partial<KeeperOptions> = {}) {
    this.#parts = parts;
    this.#options = { ...defaults, ...options };
    this.#counted = this.#options.elapsed();
    const { dataDirectory, store, log } = parts;
    const directory = (name: string) => new ImageDirectory(join(dataDirectory, name));
    this.#directories = { iso: directory('isos'), firmware: directory('firmware') };
    this.#statuses = new StatusWriter(store, this.#options.now, log);
    this.#rounds = new Rounds(this.#roundsParts());
  }

  #roundsParts(): RoundsParts {
    return {
      ...this.#parts,
      options: this.#options,
      directories: this.#directories,
      keyrings: join(this.#parts.dataDirectory, 'keyrings'),
      write: (name, status) => this.#statuses.write('Image', name, status),
      dispatcher: () => this.#connected(),
      closing: this.#closing.signal,
    };
  }

  /** What files are fetched by. It is loaded for the first of them: it would be a sixth of the time of a server's start. */
  #connected(): Promise<Dispatcher> {
    const { proxy } = this.#parts;
    // HTTP/1.1 alone: what ends, stalls or is short is then the connection's, as it is measured here. Without a tunnel
    // for http, which proxies such as Squid allow to port 443 alone.
    this.#dispatcher ??= import('undici').then(({ Agent, ProxyAgent }) =>
      proxy === undefined ? new Agent({ allowH2: false }) : new ProxyAgent({ uri: proxy, proxyTunnel: false }),
    );
    return this.#dispatcher;
  }

  /** To be called when the store has been read. */
  start(): void {
    this.#parts.store.onSnapshot(() => {
      this.#rounds.endUnwanted();
      this.wake();
    });
    this.#stopFollowing = this.#parts.library.onChange(() => this.wake());
    this.#running = Promise.all([this.#repeat(() => this.#round()), this.#repeat(() => this.#recheck())]);
  }

  /** Has the keeper look at everything now. */
  wake(): void {
    this.#wakes += 1;
    this.#waking.abort();
    this.#waking = new AbortController();
  }

  /** Ends downloads at once; what has arrived of them is kept. */
  async close(): Promise<void> {
    this.#closing.abort(new Error('the server ends'));
    this.#stopFollowing();
    await this.#running;
    await this.#statuses.written();
    await (await this.#dispatcher)?.destroy();
  }

  /** Does something again and again while this server acts; it says whether there may be more to do at once. */
  async #repeat(step: () => Promise<boolean>): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const wakes = this.#wakes;
      const more = this.#parts.store.isActing && (await step().catch((err) => this.#failed(err)));
      if (!more && wakes === this.#wakes) await this.#rest();
    }
  }

  #failed(err: unknown): boolean {
    if (!this.#closing.signal.aborted) this.#parts.log('warn', { err }, 'images could not be looked after');
    return false;
  }

  async #rest(): Promise<void> {
    const signal = AbortSignal.any([this.#closing.signal, this.#waking.signal]);
    await delay(this.#options.tickMs, undefined, { signal, ref: false }).catch(() => {});
  }

  async #round(): Promise<boolean> {
    const more = await this.#rounds.next();
    if (more) return true;
    const { elapsed, graceMs } = this.#options;
    const at = elapsed();
    // Each count is written, so it is not done all the time.
    const passedMs = at - this.#counted < graceMs / 100 ? 0 : at - this.#counted;
    if (passedMs > 0) this.#counted = at;
    for (const type of ['iso', 'firmware'] as const) await this.#collect(type, passedMs);
    return false;
  }

  async #collect(type: Collection['type'], passedMs: number): Promise<void> {
    const { graceMs } = this.#options;
    const { snapshot } = this.#parts.store;
    const directory = this.#directories[type];
    const removed = await collect({ directory, type, snapshot, passedMs, graceMs });
    for (const file of removed)
      this.#parts.log('info', { file: directory.file(file) }, 'an image that nothing refers to is removed');
  }

  #recheck(): Promise<boolean> {
    const { now, elapsed, recheckMs, recheckRate, sleep } = this.#options;
    return recheckOne({
      directories: Object.values(this.#directories),
      now,
      everyMs: recheckMs,
      throttle: new Throttle(recheckRate, elapsed, sleep),
      signal: this.#closing.signal,
      onDamage: ({ image, damaged, sha256 }, path) => {
        const message = `${path} has changed on the disk: its sha256 is ${damaged}, and was ${sha256}; it is still served`;
        this.#parts.store.tell('Image', image, { type: 'Warning', reason: 'ImageDamaged', message });
        this.#parts.log('warn', { err: new SerabutError('SERABUT_ERR_IMAGE_DIFFERS', message) }, 'an image is damaged');
        this.wake();
      },
    });
  }
}
