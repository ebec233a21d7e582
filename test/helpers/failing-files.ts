import { open, rename, unlink } from 'node:fs/promises';
import type { FileCalls } from '../../core/resources/directory/durable-files.js';

export type FileCall = 'open' | 'write' | 'sync' | 'close' | 'rename' | 'unlink' | 'sync directory';

/** The calls of the system, of which one fails as long as `isBroken` says so. Half of a text is written before that fails. */
export function failing(broken: FileCall, code: string, isBroken: () => boolean = () => true): FileCalls {
  const failAt = (call: FileCall): void => {
    if (call === broken && isBroken()) throw Object.assign(new Error(`${code}: made to fail`), { code });
  };
  return {
    open: async (path, flags) => {
      const isDirectory = flags === 'r';
      if (!isDirectory) failAt('open');
      const file = await open(path, flags);
      return {
        writeFile: async (text) => {
          await file.writeFile(String(text).slice(0, String(text).length / 2));
          failAt('write');
          await file.writeFile(String(text).slice(String(text).length / 2));
        },
        sync: async () => {
          failAt(isDirectory ? 'sync directory' : 'sync');
          await file.sync();
        },
        close: async () => {
          await file.close();
          if (!isDirectory) failAt('close');
        },
      };
    },
    rename: async (from, to) => {
      failAt('rename');
      await rename(from, to);
    },
    unlink: async (path) => {
      failAt('unlink');
      await unlink(path);
    },
  };
}
