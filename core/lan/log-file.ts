import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LogFileOptions {
  readonly path: string;
  /** Takes each line without its end. */
  readonly onLine: (line: string) => void;
  /** Beyond how many bytes the file is emptied once it was read. */
  readonly mostBytes?: number;
  readonly pollMs?: number;
}

/** As much of the file as is read at once, in bytes. */
const chunk = 65_536;

/** A line that is longer is none of a log; what there is of it is dropped. */
const longestLine = 4096;

/** Another container of the pod writes the file: it must not be able to make this process write to another one, or wait. */
const flags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Follows a log that another program appends to, and keeps it small: a file that was opened with O_APPEND goes on at
 * its new end when it is emptied (open(2)). What is in it at the start is of an unknown time, and is not told.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  readonly #stopped = new AbortController();
  readonly #buffer = Buffer.alloc(chunk);
  #running: Promise<void> | undefined;
  #position = 0;
  #rest = '';

  private constructor(options: LogFileOptions) {
    this.#options = options;
  }

  static async follow(options: LogFileOptions): Promise<LogFile> {
    const log = new LogFile(options);
    await log.#withFile(async (_, size) => {
      log.#position = size;
    });
    log.#running = log.#poll();
    return log;
  }

  /** Reads what is new now. Never throws: a log that cannot be read is not there. */
  async look(): Promise<void> {
    await this.#withFile(async (file, size) => {
      if (size < this.#position) this.#position = 0;
      await this.#read(file);
      const { mostBytes = 1024 ** 2 } = this.#options;
      if (this.#position <= mostBytes) return;
      await file.truncate(0);
      this.#position = 0;
    });
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #poll(): Promise<void> {
    const { pollMs = 500 } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await sleep(pollMs, undefined, { signal, ref: false }).catch(() => {});
      if (!signal.aborted) await this.look();
    }
  }

  async #withFile(use: (file: FileHandle, size: number) => Promise<void>): Promise<void> {
    const file = await open(this.#options.path, flags).catch(() => undefined);
    try {
      const stats = await file?.stat();
      if (file !== undefined && stats?.isFile()) await use(file, stats.size);
    } catch {
      // It is read at the next time.
    } finally {
      await file?.close();
    }
  }

  async #read(file: FileHandle): Promise<void> {
    for (;;) {
      const { bytesRead } = await file.read(this.#buffer, 0, chunk, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      this.#take(this.#buffer.toString('latin1', 0, bytesRead));
    }
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    const rest = lines.pop() ?? '';
    this.#rest = rest.length > longestLine ? '' : rest;
    for (const line of lines) if (line.length <= longestLine) this.#options.onLine(line);
  }
}
