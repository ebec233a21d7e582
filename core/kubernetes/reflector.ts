import { type ApiObject, isNewer } from './api-object.js';
import { ApiRefusal, type Client } from './client.js';

/** What follows the objects of one path. */
export interface Follower {
  /** All objects there are, as of a version of the list. */
  replace(objects: readonly ApiObject[], version: string): void;
  put(object: ApiObject): void;
  gone(object: ApiObject): void;
}

/** How time passes for what asks again and again. */
export interface Timing {
  /** A clock that never steps, in milliseconds. */
  readonly now: () => number;
  /** From 0 up to, but not including, 1. */
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

export interface ReflectorOptions {
  readonly client: Client;
  readonly path: string;
  readonly follower: Follower;
  readonly timing: Timing;
  /** Told when nothing can be read, and when it can be again (`undefined`). */
  readonly trouble: (error: Error | undefined) => void;
  /** After how many seconds the API server ends a watch, which is then gone on with. */
  readonly watchSeconds?: number;
}

interface List {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly ApiObject[];
}

/** An object comes with all of its spec and status: so many are some megabytes. */
const pageSize = 500;
const [firstPauseMs, longestPauseMs] = [200, 10_000];
/** A watch of an API server that is in order does not end sooner. */
const shortestWatchMs = 1000;
/** How much longer than it shall a watch may last: a connection that is dead tells nothing. */
const graceSeconds = 10;

/**
 * Keeps a follower at what the API server has: lists, then watches from the version of the list, and from the last event
 * on when a watch ends, however it ends. When the API server no longer has the history, or says what nobody
 * understands, it lists again, by which deletions are seen too. It goes on until it is closed.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #closing = new AbortController();
  #version: string | undefined;
  #failures = 0;
  #running: Promise<void> | undefined;

  constructor(options: ReflectorOptions) {
    this.#options = options;
  }

  /** Resolves when the follower has the first list, however long that takes, or when it is closed. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#running = this.#run(resolve).finally(resolve);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(listed: () => void): Promise<void> {
    const { signal } = this.#closing;
    const { timing, trouble } = this.#options;
    while (!signal.aborted) {
      const began = timing.now();
      try {
        if (this.#version === undefined) await this.#list();
        listed();
        await this.#watch();
        if (timing.now() - began < shortestWatchMs) this.#failures += 1;
      } catch (error) {
        if (signal.aborted) return;
        this.#failed(error as Error);
        trouble(error as Error);
      }
      await this.#pause();
    }
  }

  /** An answer that never came leaves the version good, as does that there is too much to do: it is watched on from there. */
  #failed(error: Error): void {
    this.#failures += 1;
    const isRefused = error instanceof ApiRefusal && error.code !== 429;
    if (isRefused || error instanceof SyntaxError) this.#version = undefined;
  }

  async #pause(): Promise<void> {
    const { timing } = this.#options;
    if (this.#failures === 0) return;
    const most = Math.min(longestPauseMs, firstPauseMs * 2 ** (this.#failures - 1));
    await timing.sleep(most * (0.5 + timing.random() / 2), this.#closing.signal).catch(() => {});
  }

  /** All pages of a list are of one version; when that has become too old meanwhile, all of it is read again. */
  async #list(): Promise<void> {
    const { client, path, follower, trouble } = this.#options;
    const objects: ApiObject[] = [];
    let page: List;
    let next = '';
    do {
      page = await client.ask<List>('GET', `${path}?limit=${pageSize}${next}`);
      objects.push(...page.items);
      next = `&continue=${encodeURIComponent(page.metadata.continue ?? '')}`;
    } while (page.metadata.continue);
    if (this.#closing.signal.aborted) return;
    follower.replace(objects, page.metadata.resourceVersion);
    this.#version = page.metadata.resourceVersion;
    trouble(undefined);
  }

  async #watch(): Promise<void> {
    const { client, path, watchSeconds = 60, trouble } = this.#options;
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=${watchSeconds}&resourceVersion=${this.#version}`;
    const overdue = AbortSignal.timeout((watchSeconds + graceSeconds) * 1000);
    const signal = AbortSignal.any([this.#closing.signal, overdue]);
    for await (const line of client.lines(`${path}?${query}`, signal)) {
      if (line.trim() === '') continue;
      this.#take(line);
      this.#failures = 0;
      trouble(undefined);
    }
  }

  /** Throws SyntaxError for what is no event, and ApiRefusal for one that is an error. */
  #take(line: string): void {
    const { follower } = this.#options;
    const { type, object } = JSON.parse(line) as { type?: string; object?: ApiObject };
    if (type === 'ERROR') throw refusal(object);
    const version = object?.metadata?.resourceVersion;
    if (object === undefined || typeof version !== 'string') throw new SyntaxError('an event without a version');
    if (type === 'ADDED' || type === 'MODIFIED') follower.put(object);
    else if (type === 'DELETED') follower.gone(object);
    else if (type !== 'BOOKMARK') throw new SyntaxError(`an event of the type ${type}`);
    if (this.#version === undefined || isNewer(version, this.#version)) this.#version = version;
  }
}

function refusal(object: unknown): ApiRefusal {
  const { code = 500, message = 'the watch failed' } = (object ?? {}) as { code?: number; message?: string };
  return new ApiRefusal(code, message);
}
