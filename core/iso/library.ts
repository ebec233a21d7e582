import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { SerabutError } from '../errors.js';
import { quote } from './failures.js';
import { IndexCache } from './index-cache.js';
import { type IsoState, TrackedIso } from './tracked-iso.js';
import { openVolume, type Volume } from './volume.js';

export type { IsoState } from './tracked-iso.js';

export interface IsoEntry {
  /** The file name, such as `debian.iso`. */
  readonly name: string;
  readonly path: string;
  readonly status: IsoState;
}

export interface IsoLibraryOptions {
  /** For how long a file must not change before it is indexed. */
  readonly settleMs?: number;
  /** How often the directory is looked at, for file systems that report no changes; 0 for never. */
  readonly pollMs?: number;
  /** Where indexes are kept across restarts; nowhere by default. */
  readonly cacheDirectory?: string;
}

/** The ISO files of one directory, each indexed once per content, kept up to date while files come, change and go. */
export class IsoLibrary {
  readonly #directory: string;
  readonly #settleMs: number;
  readonly #pollMs: number;
  readonly #cache: IndexCache | undefined;
  readonly #isos = new Map<string, TrackedIso>();
  readonly #listeners = new Set<() => void>();
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  /** The device of the volume on which ISOs were seen last. */
  #device: number | undefined;

  constructor(directory: string, { settleMs = 1000, pollMs = 5000, cacheDirectory }: IsoLibraryOptions = {}) {
    this.#directory = resolve(directory);
    this.#settleMs = settleMs;
    this.#pollMs = pollMs;
    this.#cache = cacheDirectory === undefined ? undefined : new IndexCache(cacheDirectory);
  }

  /** Begins to watch. Resolves when each ISO that is there now is indexed or failed, or is seen to be still growing. */
  async start(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    if (this.#closed) return;
    await this.#watch();
    await this.#lookAtAll(await readdir(this.#directory));
    await Promise.all([...this.#isos.values()].map((iso) => iso.resting));
    this.#cache?.keepOnly([...this.#isos.values()].map(({ path }) => path));
    if (this.#pollMs > 0 && !this.#closed) this.#pollLater();
  }

  entries(): readonly IsoEntry[] {
    return [...this.#isos]
      .filter(([, iso]) => iso.isPresent)
      .map(([name, { path, status }]) => ({ name, path, status }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** What an ISO contains. The name is one of the map, never part of a path. */
  volume(name: string): Volume {
    const iso = this.#isos.get(name);
    if (iso === undefined || !iso.isPresent) {
      throw new SerabutError('SERABUT_ERR_ISO_NOT_FOUND', `there is no ISO ${quote(name)}`);
    }
    const { status } = iso;
    if (status.state === 'ready') return status.volume;
    if (status.state === 'failed') throw status.error;
    throw new SerabutError('SERABUT_ERR_ISO_PREPARING', `${quote(name)} is being copied or indexed`, { retryAfter: 2 });
  }

  /** Calls the listener after every change of what `entries` returns; returns how to end that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#listeners.clear();
    for (const iso of this.#isos.values()) iso.dispose();
    await Promise.all([this.#watcher?.close(), this.#cache?.close()]);
  }

  /** The watcher says only when to look: what there is to see is asked of the file system, in one way for all cases. */
  async #watch(): Promise<void> {
    const ignored = (path: string) => path !== this.#directory && !this.#isIso(path);
    const watcher = watch(this.#directory, { depth: 0, ignoreInitial: true, ignored });
    this.#watcher = watcher;
    watcher.on('all', (_event, path) => {
      if (this.#isIso(path)) void this.#look(basename(path));
    });
    // Where the system cannot watch (it is out of inotify watches, say), looking from time to time remains.
    await new Promise<void>((done) => watcher.on('ready', done).on('error', () => done()));
  }

  #isIso(path: string): boolean {
    return dirname(path) === this.#directory && isIsoName(basename(path));
  }

  async #lookAtAll(files: readonly string[]): Promise<void> {
    if (files.some(isIsoName)) this.#device = (await stat(this.#directory).catch(() => undefined))?.dev;
    const names = new Set([...files.filter(isIsoName), ...this.#isos.keys()]);
    await Promise.all([...names].map((name) => this.#look(name)));
  }

  #pollLater(): void {
    this.#timer = setTimeout(async () => {
      // If the directory is gone, it may come back; see #isAway.
      await this.#lookAtAll(await readdir(this.#directory).catch(() => []));
      if (!this.#closed) this.#pollLater();
    }, this.#pollMs).unref();
  }

  async #look(name: string): Promise<void> {
    if (this.#closed) return;
    const iso = this.#isos.get(name) ?? this.#track(join(this.#directory, name));
    this.#isos.set(name, iso);
    await iso.check();
    if (iso.isPresent || this.#isos.get(name) !== iso) return;
    iso.dispose();
    this.#isos.delete(name);
    this.#cache?.remove(iso.path);
  }

  #track(path: string): TrackedIso {
    const openVolumeOf = (path: string) => this.#cache?.open(path) ?? openVolume(path);
    const volume = { openVolume: openVolumeOf, isAway: () => this.#isAway() };
    return new TrackedIso(path, this.#settleMs, volume, this.#changed);
  }

  /**
   * Whether not one ISO is missing but the volume that holds all: there is no directory, or an empty one of another
   * device, as below a mount point. Machines wait for it, and nothing of it is forgotten.
   */
  async #isAway(): Promise<boolean> {
    const [now, files] = await Promise.all([stat(this.#directory), readdir(this.#directory)]).catch(() => []);
    if (now === undefined || files === undefined) return true;
    return this.#device !== undefined && now.dev !== this.#device && !files.some(isIsoName);
  }

  readonly #changed = (): void => {
    for (const listener of this.#listeners) listener();
  };
}

function isIsoName(name: string): boolean {
  return name.endsWith('.iso') && !name.startsWith('.');
}
