import type { Dispatcher } from 'undici';
import { asSerabutError, SerabutError } from '../errors.js';
import { messageOf, reasonOf } from '../resources/condition.js';
import { imageFile } from '../resources/image.js';
import type { Resource } from '../resources/kinds.js';
import type { StatusNow } from '../resources/status-writer.js';
import { acquire, finishRename } from './acquire.js';
import { isReferenced, usedImages } from './collect.js';
import { type ImageView, imageStatus, type Progress } from './image-status.js';
import type { KeeperOptions, KeeperParts } from './keeper.js';
import { type FileRecord, factsOf, type ImageDirectory, wantOf } from './record.js';
import { Throttle } from './throttle.js';

/** The longest time between two attempts, in milliseconds. */
const LONGEST_WAIT_MS = 60 * 60 * 1000;

const megabyte = 1_000_000;

export interface RoundsParts extends Pick<KeeperParts, 'store' | 'library' | 'recognised' | 'log'> {
  readonly options: KeeperOptions;
  readonly directories: Readonly<Record<'iso' | 'firmware', ImageDirectory>>;
  readonly keyrings: string;
  readonly dispatcher: () => Promise<Dispatcher>;
  readonly closing: AbortSignal;
  readonly write: (image: string, status: StatusNow) => void;
}

/** Why an Image is not there, and when it is tried again; it counts no more when spec or file are others. */
interface Failed {
  readonly key: string;
  readonly error: SerabutError;
  readonly times: number;
  readonly nextAt: number;
}

/** An Image and the state of its file at one moment. */
interface Look {
  readonly image: Resource<'Image'>;
  readonly name: string;
  readonly directory: ImageDirectory;
  readonly record: FileRecord | undefined;
  readonly isPresent: boolean;
  readonly isReferenced: boolean;
  /** Of spec and file: another one when either changes. */
  readonly key: string;
  readonly failure: Failed | undefined;
}

/** Looks at all Images, says in their status how they are, and gets the one that has waited longest. */
export class Rounds {
  readonly #failures = new Map<string, Failed>();
  /** The download that is on its way. */
  #present: { readonly image: Resource<'Image'>; readonly ending: AbortController; hasArrived: boolean } | undefined;

  constructor(private readonly parts: RoundsParts) {}

  /** Looks at everything, then gets one Image if one is due; whether one was. */
  async next(): Promise<boolean> {
    const images = this.parts.store.snapshot.list('Image');
    for (const name of this.#failures.keys()) {
      if (!images.some((image) => image.name === name)) this.#failures.delete(name);
    }
    const looks = await this.#lookAtAll(images);
    for (const look of looks) this.#say(look);
    const due = looks.filter((look) => this.#isDue(look));
    const [first] = due.sort((a, b) => (a.failure?.nextAt ?? 0) - (b.failure?.nextAt ?? 0));
    if (first !== undefined) await this.#get(first);
    return first !== undefined;
  }

  /** Ends the download of an Image that is not what it was when it began. */
  endUnwanted(): void {
    if (this.#present === undefined) return;
    const { image, ending } = this.#present;
    const now = this.parts.store.snapshot.list('Image').find(({ name }) => name === image.name);
    const before = JSON.stringify(image.spec);
    if (now === undefined || JSON.stringify(now.spec) !== before) ending.abort(new Error('the Image has changed'));
  }

  async #lookAtAll(images: readonly Resource<'Image'>[]): Promise<Look[]> {
    const used = usedImages(this.parts.store.snapshot);
    const looks: Look[] = [];
    const taken = new Map<string, string>();
    for (const image of images) {
      const file = `${image.spec.type}/${imageFile(image.spec)}`;
      const other = taken.get(file);
      if (other === undefined) looks.push(await this.#look(image, used));
      else this.#sayTaken(image, other);
      taken.set(file, other ?? image.name);
    }
    return looks;
  }

  async #look(image: Resource<'Image'>, used: ReadonlySet<string>): Promise<Look> {
    const { spec } = image;
    const name = imageFile(spec);
    const directory = this.parts.directories[spec.type];
    await finishRename(directory, name);
    const [known, facts] = await Promise.all([directory.known(name), factsOf(directory.file(name))]);
    const record = known?.want === wantOf(spec) ? known : undefined;
    if (record !== undefined && record.keep !== spec.keep) {
      await directory.amend(name, (present) => ({ ...present, keep: spec.keep }));
    }
    const key = JSON.stringify([wantOf(spec), facts]);
    const failed = this.#failures.get(image.name);
    const failure = failed?.key === key && record === undefined ? failed : undefined;
    const base = { image, name, directory, record, key, failure };
    return { ...base, isPresent: facts !== undefined, isReferenced: isReferenced(image, used) };
  }

  /** A file that somebody puts there is looked at only if there is something to compare it with. */
  #isDue({ image: { spec }, record, isPresent, isReferenced, failure }: Look): boolean {
    if (record !== undefined) return false;
    if (spec.url === undefined) {
      if (!isPresent || spec.sha256 === undefined) return false;
    } else if (!isReferenced) return false;
    return failure === undefined || failure.nextAt <= this.parts.options.elapsed();
  }

  async #get(look: Look): Promise<void> {
    const { image } = look;
    const { store, log } = this.parts;
    const ending = new AbortController();
    const present = { image, ending, hasArrived: false };
    this.#present = present;
    const signal = AbortSignal.any([this.parts.closing, ending.signal]);
    // A download may take hours, and what came before it is indexed meanwhile.
    const others = setInterval(() => void this.#sayOthers(image), this.parts.options.tickMs).unref();
    try {
      const record = await acquire(await this.#task(look, signal, ending));
      this.#failures.delete(image.name);
      const message = `${image.spec.type} ${look.name}: ${record.file.size} bytes, sha256 ${record.sha256}`;
      store.tell('Image', image.name, { type: 'Normal', reason: record.owned ? 'Downloaded' : 'Found', message });
      log(
        'info',
        { image: image.name, file: look.name, size: record.file.size, sha256: record.sha256 },
        'an image is there',
      );
    } catch (thrown) {
      if (!signal.aborted) this.#fail(look, asSerabutError(thrown), present.hasArrived);
    } finally {
      clearInterval(others);
      this.#present = undefined;
    }
  }

  async #sayOthers({ name }: Resource<'Image'>): Promise<void> {
    const others = this.parts.store.snapshot.list('Image').filter((image) => image.name !== name);
    const looks = await this.#lookAtAll(others).catch(() => []);
    // What is said late is older than what the next round says.
    if (this.#present?.image.name === name) for (const look of looks) this.#say(look);
  }

  async #task(look: Look, signal: AbortSignal, ending: AbortController): Promise<Parameters<typeof acquire>[0]> {
    const { options, dispatcher, keyrings } = this.parts;
    const { image, name, directory } = look;
    const { limit } = image.spec;
    const rate = limit === undefined ? undefined : limit * megabyte;
    return {
      directory,
      name,
      image: image.name,
      spec: image.spec,
      keyrings,
      now: options.now,
      fetching: { dispatcher: await dispatcher(), stallMs: options.stallMs, signal },
      throttle: new Throttle(rate, options.elapsed, options.sleep),
      freeBytes: options.freeBytes,
      onProgress: this.#progress(look, ending),
    };
  }

  /** Says how far a download is, at most every few seconds, and in the log in ten steps; ends it when this server is no longer the one that acts. */
  #progress(look: Look, ending: AbortController): (bytes: number, total: number | undefined) => void {
    const { options, store, log } = this.parts;
    let said: { at: number; bytes: number } | undefined;
    let logged = -1;
    return (bytes, total) => {
      if (this.#present !== undefined) this.#present.hasArrived = true;
      if (!store.isActing) ending.abort(new Error('another server acts'));
      const at = options.elapsed();
      if (said !== undefined && at - said.at < options.progressMs) return;
      const speed = said === undefined ? 0 : Math.round(((bytes - said.bytes) * 1000) / Math.max(at - said.at, 1));
      said = { at, bytes };
      this.#say({ ...look, failure: undefined }, { bytes, total, speed });
      const step = Math.floor((10 * bytes) / (total ?? 1_000_000_000));
      if (step > logged) log('info', { image: look.image.name, bytes, total, speed }, 'an image is being downloaded');
      logged = step;
    };
  }

  /** The wait doubles each time, but for a connection that breaks again and again while more and more arrives. */
  #fail({ image, key, failure }: Look, error: SerabutError, hasArrived: boolean): void {
    const goesOn = hasArrived && error.code === 'SERABUT_ERR_IMAGE_DOWNLOAD';
    const times = goesOn ? 1 : (failure?.times ?? 0) + 1;
    const first = (error.retryAfter ?? 60) * 1000;
    const wait = Math.min(first * 2 ** Math.min(times - 1, 12), Math.max(first, LONGEST_WAIT_MS));
    this.#failures.set(image.name, { key, error, times, nextAt: this.parts.options.elapsed() + wait });
    this.parts.log(
      'warn',
      { image: image.name, where: error.where, problem: error.message, retryInMs: wait },
      error.code,
    );
    if (failure?.error.code === error.code) return;
    const happening = { type: 'Warning', reason: reasonOf(error), message: messageOf(error) } as const;
    this.parts.store.tell('Image', image.name, happening);
  }

  #say(look: Look, progress?: Progress): void {
    const { image, name, record, isPresent, isReferenced, failure } = look;
    const view = {
      spec: image.spec,
      record,
      isPresent,
      isReferenced,
      failure: failure?.error,
      progress,
      ...this.#servedOf(image, name),
    };
    this.parts.write(image.name, imageStatus(view));
  }

  /** What is known of the ISO that is served under the name. */
  #servedOf({ spec }: Resource<'Image'>, name: string): Pick<ImageView, 'iso' | 'recognised'> {
    if (spec.type !== 'iso') return { iso: undefined, recognised: undefined };
    const { library, recognised } = this.parts;
    return { iso: library.entries().find((entry) => entry.name === name)?.status, recognised: recognised(name) };
  }

  #sayTaken(image: Resource<'Image'>, other: string): void {
    const path = `${image.spec.type === 'iso' ? 'isos' : 'firmware'}/${imageFile(image.spec)}`;
    const message = `Image "${other}" has the path ${path} as well; only that one is looked after`;
    const failure = new SerabutError('SERABUT_ERR_IMAGE_IN_THE_WAY', message);
    const view = {
      record: undefined,
      progress: undefined,
      ...this.#servedOf(image, imageFile(image.spec)),
      spec: { ...image.spec, url: image.spec.url ?? '' },
      isPresent: true,
      isReferenced: true,
      failure,
    };
    this.parts.write(image.name, imageStatus(view));
  }
}
