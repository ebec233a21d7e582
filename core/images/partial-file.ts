import { readFile, rm, stat } from 'node:fs/promises';
import { findings } from '../check.js';
import Type, { type Static } from '../typebox.js';
import { writeDurably } from './durable.js';

const origin = Type.Object(
  {
    /** As the Image has it, before redirects. */
    url: Type.String(),
    /** A strong entity tag, or the time of the last modification (RFC 9110 §13.1.5). */
    validator: Type.Optional(Type.String({ maxLength: 1024 })),
    /** Bytes of the whole file, if the server said. */
    total: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);

/** Where what is kept of a download came from. */
export type Origin = Static<typeof origin>;

/** What has arrived of a download, beside a note on where it came from; both survive a restart. */
export class PartialFile {
  readonly #note: string;

  constructor(readonly path: string) {
    this.#note = `${path}.json`;
  }

  /** What can be gone on with: nothing when it is of another URL, or its server gave nothing to know it again by. */
  async kept(url: string): Promise<{ length: number; origin: Origin } | undefined> {
    const [from, stats] = await Promise.all([this.#origin(), stat(this.path).catch(() => undefined)]);
    if (stats?.isFile() && stats.size > 0 && from?.url === url && from.validator !== undefined) {
      return { length: stats.size, origin: from };
    }
    await this.discard();
    return undefined;
  }

  async #origin(): Promise<Origin | undefined> {
    const text = await readFile(this.#note, 'utf8').catch(() => 'null');
    try {
      const value: unknown = JSON.parse(text);
      return findings(origin, value).length === 0 ? (value as Origin) : undefined;
    } catch {
      return undefined;
    }
  }

  /** To be called before the first byte is written, so that there never is a part of unknown origin. */
  async begin(from: Origin): Promise<void> {
    await rm(this.path, { force: true });
    await writeDurably(this.#note, JSON.stringify(from));
  }

  /** The note goes last: without it the part counts as nothing. */
  async discard(): Promise<void> {
    await rm(this.path, { force: true });
    await this.forgetOrigin();
  }

  async forgetOrigin(): Promise<void> {
    await rm(this.#note, { force: true });
  }
}
