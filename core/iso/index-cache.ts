import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileIdentity, identityOf, sameFile } from '../http/byte-source.js';
import { SECTOR } from './limits.js';
import { fromText, sealOf, toText } from './saved-volume.js';
import { openVolume, type Volume } from './volume.js';

/** Bytes of one saved index, some half a million files, and of all of them together. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_TOTAL_BYTES = 256 * 1024 * 1024;

/** How much of the volume descriptors, from sector 16 on, goes into the seal: more than any real image has. */
const DESCRIPTOR_BYTES = 16 * SECTOR;

/** The files that are ours in the directory: indexes, and what was left of writing one. */
const OURS = /^[0-9a-f]{64}(\.[0-9a-f-]{36})?$/;

/**
 * Indexes of images, kept across restarts. It is never needed: whatever is wrong with it (no permission, a full disk, a
 * file that is damaged or that somebody made up) leads to the image being read again.
 */
export class IndexCache {
  /** What is done to the directory, one after the other, while nobody waits for it. */
  #background = Promise.resolve();
  #isClosed = false;

  constructor(private readonly directory: string) {}

  /** The volume of an image, from its index if there is one of this very file. Throws as `openVolume` does. */
  async open(path: string): Promise<Volume> {
    const saved = await this.#load(path).catch(() => undefined);
    if (saved !== undefined) return saved;
    const volume = await openVolume(path);
    this.#later(() => this.#save(volume));
    return volume;
  }

  /** Removes the index of an image that is gone. */
  remove(path: string): void {
    this.#later(() => rm(this.#fileOf(path), { force: true }));
  }

  /** Removes the indexes of all other images, and what was left by a process that ended while it wrote one. */
  keepOnly(paths: readonly string[]): void {
    const kept = new Set(paths.map(nameOf));
    this.#later(async () => {
      const rest = (await readdir(this.directory)).filter((name) => OURS.test(name) && !kept.has(name));
      await Promise.all(rest.map((name) => rm(join(this.directory, name), { force: true })));
    });
  }

  /** Resolves when all of that is done; nothing is written afterwards. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.#background;
  }

  #later(task: () => Promise<void>): void {
    if (this.#isClosed) return;
    this.#background = this.#background.then(task).catch(() => {});
  }

  async #load(path: string): Promise<Volume | undefined> {
    const index = this.#fileOf(path);
    if ((await stat(index)).size > MAX_BYTES) return undefined;
    const { file, seal } = await sealed(path);
    const saved = fromText(await readFile(index, 'utf8'), file);
    return saved.seal === seal ? saved.volume : undefined;
  }

  /** Under a name of its own first, since whoever reads must find all of it or nothing. */
  async #save(volume: Volume): Promise<void> {
    const { path } = volume.file;
    const { file, seal } = await sealed(path);
    if (!sameFile(file, volume.file)) return;
    const text = toText({ seal, volume });
    await mkdir(this.directory, { recursive: true });
    if (text.length > MAX_BYTES || (await this.#totalBytes()) + text.length > MAX_TOTAL_BYTES) return;
    const temporary = `${this.#fileOf(path)}.${randomUUID()}`;
    try {
      await writeFile(temporary, text, { flag: 'wx' });
      await rename(temporary, this.#fileOf(path));
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #totalBytes(): Promise<number> {
    const names = await readdir(this.directory);
    const sizes = names.map(async (name) => (await stat(join(this.directory, name)).catch(() => ({ size: 0 }))).size);
    return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  }

  #fileOf(path: string): string {
    return join(this.directory, nameOf(path));
  }
}

/** The name of an image may be as long as a name can be, so that nothing could be added to it. */
function nameOf(path: string): string {
  return createHash('sha256').update(path).digest('hex');
}

/** What an image file is now, and the seal that an index of it has. */
async function sealed(path: string): Promise<{ file: FileIdentity; seal: string }> {
  await using handle = await open(path);
  const file = identityOf(path, await handle.stat({ bigint: true }));
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(DESCRIPTOR_BYTES), 0, DESCRIPTOR_BYTES, 16 * SECTOR);
  return { file, seal: sealOf(file, buffer.subarray(0, bytesRead)) };
}
