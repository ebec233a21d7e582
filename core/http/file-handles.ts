import { type FileHandle, stat } from 'node:fs/promises';
import { SerabutError } from '../errors.js';
import {
  type ByteSource,
  changed,
  type FileIdentity,
  identityOf,
  openUnchanged,
  requireUnchanged,
  sameFile,
  tooManyFiles,
} from './byte-source.js';

export interface FileHandlesOptions {
  /** How many files may be open at once. */
  readonly limit?: number;
  /** For how long a file that nobody reads stays open. */
  readonly idleMs?: number;
  /** How often each open file is looked at: whether it changed, or is idle. */
  readonly lookMs?: number;
}

/** A file that is open once for all who read it. Retired means that nobody new may read it, and soon nobody at all. */
class SharedFile {
  readers = 0;
  idleSince = 0;
  isRetired = false;
  fd: number | undefined;

  constructor(
    readonly file: FileIdentity,
    readonly handle: Promise<FileHandle>,
  ) {}
}

/**
 * The open files of all transfers. A file that is replaced, written to or removed is noticed within `lookMs`; whoever
 * reads it gets SERABUT_ERR_FILE_CHANGED, and it is closed after the last of them.
 */
export class FileHandles {
  readonly #options: Required<FileHandlesOptions>;
  readonly #shared = new Map<string, SharedFile>();
  #openCount = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ limit = 256, idleMs = 2000, lookMs = 1000 }: FileHandlesOptions = {}) {
    this.#options = { limit, idleMs, lookMs };
  }

  /** Files that are open, or are being opened or closed. */
  get openCount(): number {
    return this.#openCount;
  }

  /**
   * Opens the files that a source has stretches of. Throws SERABUT_ERR_FILE_CHANGED when one is no longer what it was
   * when the plan was made, and SERABUT_ERR_BUSY when too many are open.
   */
  async openAll(source: ByteSource): Promise<OpenFiles> {
    const files = new Map<string, SharedFile>();
    const close = () => {
      for (const shared of files.values()) this.#release(shared);
    };
    try {
      for (const segment of source.segments) {
        if (segment.kind !== 'file') continue;
        const key = keyOf(segment.file);
        if (!files.has(key)) files.set(key, await this.#acquire(key, segment.file));
      }
    } catch (error) {
      close();
      throw error;
    }
    return new OpenFiles(files, close);
  }

  /** Closes every file: at once where nobody reads it, else after its last reader, who fails. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all([...this.#shared.values()].map((shared) => this.#retire(shared)));
  }

  async #acquire(key: string, file: FileIdentity): Promise<SharedFile> {
    if (!this.#shared.has(key) && this.#openCount >= this.#options.limit) await this.#closeIdle(0);
    const known = this.#shared.get(key);
    const shared = known ?? this.#open(key, file);
    shared.readers += 1;
    try {
      shared.fd = (await shared.handle).fd;
      // What is open may have lost its name to another file since.
      if (known !== undefined) await requireAtPath(file);
      return shared;
    } catch (error) {
      void this.#retire(shared);
      this.#release(shared);
      throw error;
    }
  }

  #open(key: string, file: FileIdentity): SharedFile {
    if (this.#openCount >= this.#options.limit) throw tooManyFiles(file.path);
    this.#openCount += 1;
    const shared = new SharedFile(file, this.#opened(file));
    this.#shared.set(key, shared);
    this.#timer ??= this.#lookLater();
    return shared;
  }

  /** The limit of the system may be lower than ours, and others may have opened what it allows. */
  async #opened(file: FileIdentity): Promise<FileHandle> {
    try {
      return await openUnchanged(file);
    } catch (error) {
      if (!(error instanceof SerabutError && error.code === 'SERABUT_ERR_BUSY')) throw error;
      await this.#closeIdle(0);
      return openUnchanged(file);
    }
  }

  #release(shared: SharedFile): void {
    shared.readers -= 1;
    shared.idleSince = performance.now();
    if (shared.isRetired && shared.readers === 0) void this.#end(shared);
  }

  async #retire(shared: SharedFile): Promise<void> {
    if (shared.isRetired) return;
    shared.isRetired = true;
    this.#shared.delete(keyOf(shared.file));
    if (shared.readers === 0) await this.#end(shared);
  }

  async #end({ handle }: SharedFile): Promise<void> {
    // One that was never opened was already reported to whoever wanted to read it.
    const opened = await handle.catch(() => undefined);
    await opened?.close();
    this.#openCount -= 1;
  }

  async #closeIdle(idleMs: number): Promise<void> {
    const before = performance.now() - idleMs;
    const idle = [...this.#shared.values()].filter(({ readers, idleSince }) => readers === 0 && idleSince <= before);
    await Promise.all(idle.map((shared) => this.#retire(shared)));
  }

  #lookLater(): NodeJS.Timeout {
    return setTimeout(async () => {
      await this.#closeIdle(this.#options.idleMs);
      await Promise.all([...this.#shared.values()].map((shared) => this.#look(shared)));
      this.#timer = this.#shared.size > 0 ? this.#lookLater() : undefined;
    }, this.#options.lookMs).unref();
  }

  async #look(shared: SharedFile): Promise<void> {
    try {
      await requireUnchanged(shared.file, await shared.handle);
    } catch {
      await this.#retire(shared);
    }
  }
}

/** The files of one transfer, to be closed when it is over. */
export class OpenFiles {
  readonly #files: ReadonlyMap<string, SharedFile>;
  /** The one that was asked for last: a body is mostly one file. */
  #last: SharedFile | undefined;

  constructor(
    files: ReadonlyMap<string, SharedFile>,
    readonly close: () => void,
  ) {
    this.#files = files;
  }

  /** The descriptor of an open file; undefined as soon as it is known to have changed. */
  fd(file: FileIdentity): number | undefined {
    if (this.#last?.file !== file) this.#last = this.#files.get(keyOf(file));
    return this.#last?.isRetired ? undefined : this.#last?.fd;
  }

  /** Throws when a file was written to since it was opened: what was sent may then be a mixture of old and new. */
  async requireUnchanged(): Promise<void> {
    for (const { file, handle } of this.#files.values()) await requireUnchanged(file, await handle);
  }
}

async function requireAtPath(file: FileIdentity): Promise<void> {
  const stats = await stat(file.path, { bigint: true }).catch((cause: unknown) => {
    throw changed(file, cause);
  });
  if (!sameFile(identityOf(file.path, stats), file)) throw changed(file);
}

function keyOf({ path, device, inode, size, modifiedNs, changedNs }: FileIdentity): string {
  return `${device} ${inode} ${size} ${modifiedNs} ${changedNs} ${path}`;
}
