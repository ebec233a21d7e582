import { type FSWatcher, watch } from 'node:fs';

/** After a change, how long until it is looked at, and again whether somebody still writes, in milliseconds. */
const settleMs = 100;
/** Looking may take one part in so many of the time. */
const share = 50;

/**
 * Calls `look` after changes in a directory, never twice at once, and again while it says that something is changing.
 * It watches the directory alone: one watch of the kernel, however many files there are.
 */
export class DirectoryWatch {
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  /** Whether something has changed since the last look began; one is due soon then. */
  #isStale = false;
  #isClosed = false;

  constructor(
    private readonly directory: string,
    private readonly look: () => Promise<'at rest' | 'changing'>,
    /** How often is looked without any sign of a change, for file systems that give none and volumes that were gone. */
    private readonly pollMs = 5_000,
  ) {}

  /** Looks at once, for what came since the files were read. */
  start(): void {
    this.#soon();
    try {
      this.#watcher = watch(this.directory, this.#soon).on('error', this.#soon);
    } catch {
      // The system is out of watches, say: looking from time to time remains.
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watcher?.close();
    clearTimeout(this.#timer);
    await this.#looking;
  }

  readonly #soon = (): void => {
    if (this.#isStale) return;
    this.#isStale = true;
    if (this.#looking === undefined) this.#in(settleMs);
  };

  #in(milliseconds: number): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#looking = this.#lookNow();
    }, milliseconds);
  }

  async #lookNow(): Promise<void> {
    const begun = performance.now();
    this.#isStale = false;
    const found = await this.look();
    this.#looking = undefined;
    if (found === 'changing') this.#isStale = true;
    this.#in(this.#isStale ? settleMs : Math.max(this.pollMs, share * (performance.now() - begun)));
  }
}
