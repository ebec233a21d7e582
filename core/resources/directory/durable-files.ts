import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

type OpenFile = Pick<FileHandle, 'writeFile' | 'sync' | 'close'>;

/** What of the file system is needed to write durably. */
export interface FileCalls {
  readonly open: (path: string, flags: 'r' | 'wx') => Promise<OpenFile>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly unlink: (path: string) => Promise<void>;
}

/** The names of files that are being written. What a process that was killed left of them is removed at the next start. */
export const temporaryName = /^\.\d+\.tmp$/;

/** What was written can be seen, yet it is not sure to outlast a power failure. */
export class NotDurable extends Error {
  override readonly name = 'NotDurable';
}

/** Replaces and removes files so that after any crash there is either the old file or the new one, and all of it. */
export class DurableFiles {
  #count = 0;

  constructor(private readonly calls: FileCalls = { open, rename, unlink }) {}

  /** Throws {@link NotDurable} when the new file is in its place; after any other error the old one is there untouched. */
  async replace(path: string, text: string): Promise<void> {
    this.#count += 1;
    const temporary = join(dirname(path), `.${this.#count}.tmp`);
    const file = await this.calls.open(temporary, 'wx');
    try {
      // All of the text is on the disk before the file gets its name, which else could stand for an empty file (fsync(2)).
      await writeAll(file, text);
      await this.calls.rename(temporary, path);
    } catch (error) {
      // Of the temporary file itself nothing may be left; the first error says more than one about its removal.
      await this.calls.unlink(temporary).catch(() => {});
      throw error;
    }
    await this.#syncDirectory(path);
  }

  /** Throws {@link NotDurable} when the file has gone; after any other error it is there. */
  async remove(path: string): Promise<void> {
    await this.calls.unlink(path);
    await this.#syncDirectory(path);
  }

  /** A name is in its directory's data: they are written by themselves (fsync(2)). */
  async #syncDirectory(path: string): Promise<void> {
    try {
      const directory = await this.calls.open(dirname(path), 'r');
      await directory.sync().finally(() => directory.close());
    } catch (cause) {
      throw new NotDurable((cause as Error).message, { cause });
    }
  }
}

async function writeAll(file: OpenFile, text: string): Promise<void> {
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
