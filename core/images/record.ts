import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { findings } from '../check.js';
import { Queues } from '../queues.js';
import type { ImageSpec } from '../resources/image.js';
import Type, { type Static } from '../typebox.js';
import { writeDurably } from './durable.js';
import { PartialFile } from './partial-file.js';

const text = () => Type.String({ maxLength: 4096 });

const record = Type.Object(
  {
    /** The Image for which it is. */
    image: text(),
    /** Of the Image's spec what decides on the file: see {@link wantOf}. */
    want: Type.String({ maxLength: 16_384 }),
    /** The very file: with other values it is somebody else's. The time is in nanoseconds since 1970. */
    file: Type.Object({ size: Type.Integer(), modifiedNs: text() }),
    sha256: text(),
    expected: Type.Optional(Type.Object({ algorithm: Type.Enum(['sha256', 'sha512']), digest: text(), by: text() })),
    /** Whether this server downloaded it; only then may it be removed or replaced. */
    owned: Type.Boolean(),
    keep: Type.Enum(['always', 'referenced']),
    /** In milliseconds since 1970: when it came, and when its bytes were last read again. */
    since: Type.Number(),
    checked: Type.Number(),
    /** The SHA-256 that was found at rest, if another. */
    damaged: Type.Optional(text()),
    /** For how many milliseconds, of those in which the server ran, nothing has referred to it. */
    unreferencedMs: Type.Optional(Type.Number()),
  },
  { additionalProperties: false },
);

/** What the server knows of one file of an Image. */
export type FileRecord = Static<typeof record>;

export interface FileFacts {
  readonly size: number;
  readonly modifiedNs: string;
}

/** Of a spec what decides on the bytes; when it changes the image is another. */
export function wantOf({ url, sha256, checksums }: ImageSpec): string {
  return JSON.stringify([url, sha256, checksums]);
}

/**
 * A directory of images (`isos/` or `firmware/`), and in its hidden directory `.serabut` the parts of downloads and
 * what is known of the files: on the same volume, so that a rename puts a download in place, and so that what is known
 * goes where the files go. The ISO library does not look into it.
 */
export class ImageDirectory {
  readonly #hidden: string;
  readonly #changes = new Queues();

  constructor(readonly path: string) {
    this.#hidden = join(path, '.serabut');
  }

  async prepare(): Promise<void> {
    await mkdir(this.#hidden, { recursive: true });
  }

  file(name: string): string {
    return join(this.path, name);
  }

  part(name: string): PartialFile {
    return new PartialFile(join(this.#hidden, `${name}.part`));
  }

  /** What is known of the file, if it still is that file. */
  async known(name: string): Promise<FileRecord | undefined> {
    const [known, facts] = await Promise.all([this.record(name), factsOf(this.file(name))]);
    return known !== undefined && facts !== undefined && isSame(known.file, facts) ? known : undefined;
  }

  /** What was last known, of whatever file. What cannot be read counts as nothing: the file is a stranger's then. */
  async record(name: string): Promise<FileRecord | undefined> {
    const json = await readFile(this.#note(name), 'utf8').catch(() => 'null');
    try {
      const value: unknown = JSON.parse(json);
      return findings(record, value).length === 0 ? (value as FileRecord) : undefined;
    } catch {
      return undefined;
    }
  }

  async remember(name: string, known: FileRecord): Promise<void> {
    await this.#inTurn(name, () => writeDurably(this.#note(name), JSON.stringify(known)));
  }

  /** Changes what is known of the file that is there, unless it is another by now. */
  async amend(name: string, change: (known: FileRecord) => FileRecord | undefined): Promise<void> {
    await this.#inTurn(name, async () => {
      const known = await this.known(name);
      const amended = known === undefined ? undefined : change(known);
      if (amended !== undefined) await writeDurably(this.#note(name), JSON.stringify(amended));
    });
  }

  /** One change after the other: a file is read again while another one is downloaded in its place. */
  #inTurn(name: string, change: () => Promise<void>): Promise<void> {
    return this.#changes.run(name, change, 'own');
  }

  async forget(name: string): Promise<void> {
    await this.#inTurn(name, () => rm(this.#note(name), { force: true }));
  }

  /** The names of all files of which something is known. */
  async names(): Promise<string[]> {
    const ending = '.file.json';
    const names = await readdir(this.#hidden).catch((): string[] => []);
    return names.filter((name) => name.endsWith(ending)).map((name) => basename(name, ending));
  }

  /** The names of all files of which a part is kept. */
  async partNames(): Promise<string[]> {
    const names = await readdir(this.#hidden).catch((): string[] => []);
    return names.filter((name) => name.endsWith('.part')).map((name) => basename(name, '.part'));
  }

  #note(name: string): string {
    return join(this.#hidden, `${name}.file.json`);
  }
}

/** The size and time of a file; undefined when there is none. */
export async function factsOf(path: string): Promise<FileFacts | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats?.isFile() ? { size: Number(stats.size), modifiedNs: String(stats.mtimeNs) } : undefined;
}

export function isSame(a: FileFacts, b: FileFacts): boolean {
  return a.size === b.size && a.modifiedNs === b.modifiedNs;
}
