import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asSerabutError, SerabutError } from '../errors.js';
import { type FileIdentity, identityOf, sameFile } from '../http/byte-source.js';
import { openVolume, type Volume } from './volume.js';

/** What is known of an ISO: still copied or read, indexed, or of no use. */
export type IsoState =
  | { readonly state: 'preparing' }
  | { readonly state: 'ready'; readonly volume: Volume }
  | { readonly state: 'failed'; readonly error: SerabutError };

export interface IsoEntry {
  /** The file's name, which is `{iso}` in the URLs. */
  readonly name: string;
  readonly status: IsoState;
}

interface Known {
  readonly identity: FileIdentity;
  status: IsoState;
}

const preparing: IsoState = { state: 'preparing' };
const retryAfter = 2;

/**
 * The ISO files directly in a directory, each indexed once per content. The directory is looked through at intervals
 * and not watched by the kernel, because a volume in a cluster is often a network file system, which tells nothing of
 * what others write. A file counts as copied once it has stayed the same from one look to the next.
 */
export class IsoLibrary {
  readonly #directory: string;
  readonly #interval: number;
  readonly #known = new Map<string, Known>();
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  #looking: Promise<void> | undefined;

  /** @param interval between two looks at the directory, in milliseconds. */
  constructor(directory: string, interval = 1000) {
    this.#directory = directory;
    this.#interval = interval;
  }

  /** Makes the directory if need be, reads all ISOs that are not being written to just now, and goes on looking. */
  async start(): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await this.#look(Date.now() - this.#interval);
    this.#looking = this.#keepLooking();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  entries(): readonly IsoEntry[] {
    const entries = [...this.#known].map(([name, { status }]) => ({ name, status }));
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The index of an ISO. Throws SERABUT_ERR_ISO_NOT_FOUND, SERABUT_ERR_ISO_PREPARING, or why it cannot be used. */
  volume(name: string): Volume {
    const status = this.#known.get(name)?.status;
    if (status === undefined)
      throw new SerabutError('SERABUT_ERR_ISO_NOT_FOUND', `there is no ISO ${JSON.stringify(name)}`);
    if (status.state === 'ready') return status.volume;
    if (status.state === 'failed') throw status.error;
    throw new SerabutError('SERABUT_ERR_ISO_PREPARING', `${name} is being copied or read`, { retryAfter });
  }

  async #keepLooking(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await sleep(this.#interval, undefined, { signal: this.#stop.signal }).catch(() => {});
      if (!this.#stop.signal.aborted) await this.#look();
    }
  }

  /** One look: notes what is new, changed or gone, and reads what has settled or was last written before `oldBefore`. */
  async #look(oldBefore = Number.NEGATIVE_INFINITY): Promise<void> {
    const found = await this.#identities();
    const gone = [...this.#known.keys()].filter((name) => !found.has(name) && this.#known.delete(name));
    let changes = gone.length;
    for (const [name, identity] of found) if (await this.#examine(name, identity, oldBefore)) changes++;
    if (changes > 0) for (const listener of this.#listeners) listener();
  }

  /** Whether this look changed what is known of a file. */
  async #examine(name: string, identity: FileIdentity, oldBefore: number): Promise<boolean> {
    const known = this.#known.get(name);
    const isSame = known !== undefined && sameFile(known.identity, identity);
    if (isSame && known.status.state !== 'preparing') return false;
    const entry: Known = { identity, status: preparing };
    this.#known.set(name, entry);
    const isOld = Number(identity.modifiedNs / 1_000_000n) < oldBefore;
    if (isSame || isOld) entry.status = await this.#index(name, identity);
    return !isSame || entry.status.state !== 'preparing';
  }

  /** Reads an ISO. One that changes meanwhile is still preparing: the next look sees its new content. */
  async #index(name: string, identity: FileIdentity): Promise<IsoState> {
    try {
      const volume = await openVolume(join(this.#directory, name));
      return sameFile(volume.file, identity) ? { state: 'ready', volume } : preparing;
    } catch (thrown) {
      return { state: 'failed', error: asSerabutError(thrown) };
    }
  }

  /** The ISO files as they are now. Names that begin with a dot are other programs' files in the making. */
  async #identities(): Promise<Map<string, FileIdentity>> {
    const identities = new Map<string, FileIdentity>();
    const names = await readdir(this.#directory).catch(() => []);
    for (const name of names) {
      if (name.startsWith('.') || !name.toLowerCase().endsWith('.iso')) continue;
      const path = join(this.#directory, name);
      const stats = await stat(path, { bigint: true }).catch(() => undefined);
      if (stats?.isFile()) identities.set(name, identityOf(path, stats));
    }
    return identities;
  }
}
