import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { findings } from '../check.js';
import { SerabutError } from '../errors.js';
import type { Secrets } from './secrets.js';
import { resourceName, secretKey } from './text.js';

/** The largest file that is read, in bytes. */
const largest = 65_536;

const [nameForm, keyForm] = [resourceName(), secretKey()];

/**
 * Secrets as files `NAME/KEY` of a directory, as Kubernetes lays out the volume of a Secret too: each key a link into
 * `..data`, which is a link itself (kubernetes pkg/volume/util/atomic_writer.go). No link leads out of the directory.
 */
export class SecretFiles implements Secrets {
  constructor(
    private readonly directory: string,
    private readonly calls: Pick<typeof import('node:fs/promises'), 'open' | 'realpath'> = { open, realpath },
  ) {}

  async read(name: string, key: string): Promise<string> {
    if (findings(nameForm, name).length > 0 || findings(keyForm, key).length > 0)
      throw failure(name, key, 'that is no name of a Secret with a key');
    const path = await this.#inside(name, key);
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await this.calls.open(path, flags).catch((cause) => {
      throw unread(name, key, 'its file cannot be read', cause);
    });
    try {
      return await textOf(file, name, key);
    } finally {
      await file.close();
    }
  }

  /** Its path without links, which is below the Secret's own directory. */
  async #inside(name: string, key: string): Promise<string> {
    const wanted = join(this.directory, name, key);
    const { realpath } = this.calls;
    const [root, path] = await Promise.all([realpath(this.directory), realpath(wanted)]).catch((cause) => {
      throw unread(name, key, `there is no file secrets/${name}/${key} in the data directory`, cause);
    });
    if (path.startsWith(join(root, name) + sep)) return path;
    throw failure(name, key, 'its file is a link that leads out of its directory');
  }
}

async function textOf(file: FileHandle, name: string, key: string): Promise<string> {
  const stats = await file.stat();
  if (!stats.isFile()) throw failure(name, key, 'it is no file');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(largest + 1), 0, largest + 1, 0);
  if (bytesRead > largest) throw failure(name, key, `its file is larger than ${largest} bytes`);
  return secretText(buffer.subarray(0, bytesRead), name, key);
}

/** A secret as text, without the line feed that editors end a file with. Throws SERABUT_ERR_SECRET when it is no UTF-8. */
export function secretText(bytes: Uint8Array, name: string, key: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replace(/\r?\n$/, '');
  } catch {
    throw failure(name, key, 'it is no text in UTF-8');
  }
}

/** Too many open files, and disks or servers of files that fail: what may be over when it is asked for again. */
const passing: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'ESTALE', 'ETIMEDOUT']);

function unread(name: string, key: string, why: string, cause: NodeJS.ErrnoException): SerabutError {
  if (!passing.has(cause.code)) return failure(name, key, `${why} (${cause.code})`);
  const message = `Secret "${name}", key "${key}" cannot be read now (${cause.code})`;
  return new SerabutError('SERABUT_ERR_STORE', message, { retryAfter: 10, cause });
}

function failure(name: string, key: string, why: string): SerabutError {
  return new SerabutError('SERABUT_ERR_SECRET', `Secret "${name}", key "${key}": ${why}`);
}
