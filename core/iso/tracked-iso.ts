import { stat } from 'node:fs/promises';
import { asSerabutError, type SerabutError } from '../errors.js';
import { type FileIdentity, identityOf, sameFile } from '../http/byte-source.js';
import type { Volume } from './volume.js';

export type IsoState =
  | { readonly state: 'preparing' }
  | { readonly state: 'ready'; readonly volume: Volume }
  | { readonly state: 'failed'; readonly error: SerabutError };

const PREPARING: IsoState = { state: 'preparing' };

/** What the file is read by. */
export interface IsoVolume {
  /** Indexes the file. */
  readonly openVolume: (path: string) => Promise<Volume>;
  /** Whether the volume that the file is on is away, so that a file that is missing may come back with it. */
  readonly isAway: () => Promise<boolean>;
}

/**
 * One ISO file over time. Whenever the file is seen to be another than before, its state is `preparing` until it has not
 * changed for a while and has been indexed. Each change has a number, and what was begun for an older one never counts.
 */
export class TrackedIso {
  #status: IsoState = PREPARING;
  #seen: FileIdentity | undefined;
  #change = 0;
  #timer: NodeJS.Timeout | undefined;
  #checking: Promise<void> | undefined;
  #checkAgain = false;
  #retrying: Promise<void> | undefined;
  #disposed = false;
  readonly #resting = Promise.withResolvers<void>();

  /** `onChange` is called after every change of `status` or `isPresent`. */
  constructor(
    readonly path: string,
    private readonly settleMs: number,
    private readonly volume: IsoVolume,
    private readonly onChange: () => void,
  ) {}

  get status(): IsoState {
    return this.#status;
  }

  /** The file was there when it was last looked at. */
  get isPresent(): boolean {
    return this.#seen !== undefined;
  }

  /** Ready, failed or gone for the first time; or found to be growing, since a copy may take longer than anyone waits. */
  get resting(): Promise<void> {
    return this.#resting.promise;
  }

  /** Looks whether the file changed. Calls that come while a look is under way share the one after it. */
  check(): Promise<void> {
    this.#checkAgain = true;
    this.#checking ??= this.#checkUntilDone().finally(() => {
      this.#checking = undefined;
    });
    return this.#checking;
  }

  dispose(): void {
    this.#disposed = true;
    this.#overtake();
    this.#resting.resolve();
  }

  async #checkUntilDone(): Promise<void> {
    while (this.#checkAgain && !this.#disposed) {
      this.#checkAgain = false;
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    const found = await look(this.path);
    if (this.#disposed || found === 'unknown') return;
    if (found === 'absent' && this.isPresent && (await this.volume.isAway())) return;
    if (found === 'absent') this.#vanish();
    else if (this.#seen === undefined) this.#begin(found.file, this.settleMs - found.quietMs);
    else if (!sameFile(found.file, this.#seen)) this.#beginAgain(found.file);
    else if (this.#failedByTheSystem()) this.#retry();
  }

  #vanish(): void {
    const wasPresent = this.isPresent;
    this.#seen = undefined;
    this.#overtake();
    this.#resting.resolve();
    if (wasPresent) this.#become(PREPARING);
  }

  #beginAgain(file: FileIdentity): void {
    this.#resting.resolve();
    this.#begin(file, this.settleMs);
  }

  #begin(file: FileIdentity, settleMs: number): void {
    const isNews = !this.isPresent || this.#status.state !== 'preparing';
    this.#seen = file;
    const change = this.#overtake();
    if (isNews) this.#become(PREPARING);
    this.#timer = setTimeout(() => void this.#settled(change), Math.max(0, settleMs));
  }

  /** Makes what was begun until now count no more. */
  #overtake(): number {
    clearTimeout(this.#timer);
    this.#change += 1;
    return this.#change;
  }

  async #settled(change: number): Promise<void> {
    await this.check();
    if (change === this.#change) await this.#index(change);
  }

  async #index(change: number): Promise<void> {
    const status = await this.#indexed();
    if (change !== this.#change) return;
    if (isOutdated(status, this.#seen)) {
      // The file is another than the one that was waited for: look again, and wait for it as for any other.
      await this.check();
      if (change === this.#change && this.#seen !== undefined) this.#begin(this.#seen, this.settleMs);
      return;
    }
    this.#become(status);
    this.#resting.resolve();
  }

  async #indexed(): Promise<IsoState> {
    try {
      return { state: 'ready', volume: await this.volume.openVolume(this.path) };
    } catch (thrown) {
      return { state: 'failed', error: asSerabutError(thrown) };
    }
  }

  /** One at a time, or looks that come faster than an index is made would overtake it forever. */
  #retry(): void {
    this.#retrying ??= this.#index(this.#overtake()).finally(() => {
      this.#retrying = undefined;
    });
  }

  /** Not the content's fault (a disk that fails, no permission), so that the same content may be read another time. */
  #failedByTheSystem(): boolean {
    return this.#status.state === 'failed' && this.#status.error.code === 'SERABUT_ERR_FILE_UNREADABLE';
  }

  #become(status: IsoState): void {
    this.#status = status;
    this.onChange();
  }
}

function isOutdated(status: IsoState, seen: FileIdentity | undefined): boolean {
  if (status.state === 'ready') return seen === undefined || !sameFile(status.volume.file, seen);
  if (status.state === 'preparing') return true;
  return ['SERABUT_ERR_FILE_CHANGED', 'SERABUT_ERR_ISO_NOT_FOUND'].includes(status.error.code);
}

type Look = { readonly file: FileIdentity; readonly quietMs: number } | 'absent' | 'unknown';

/** The file as it is now, and for how long it has been so. */
async function look(path: string): Promise<Look> {
  try {
    const stats = await stat(path, { bigint: true });
    if (!stats.isFile()) return 'absent';
    // The time of the last change of the inode, because programs that copy set the modification time to an old one.
    // A file server whose clock is ahead says that the file changes in the future.
    const quietMs = Math.max(0, Date.now() - Number(stats.ctimeMs));
    return { file: identityOf(path, stats), quietMs };
  } catch (error) {
    // A file server that does not answer for a moment does not make an ISO disappear.
    const code = (error as NodeJS.ErrnoException).code ?? '';
    return ['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES'].includes(code) ? 'absent' : 'unknown';
  }
}
