import type { IsoEntry, IsoLibrary } from '../iso/library.js';
import type { Condition } from '../resources/condition.js';
import { messageOf } from '../resources/condition.js';
import { imageFile } from '../resources/image.js';
import type { Resource } from '../resources/kinds.js';
import type { PlainStatus, Store } from '../resources/store.js';
import Type, { type Static } from '../typebox.js';
import { orNull, words } from './schema.js';

export const imageStates = ['ready', 'downloading', 'waiting', 'preparing', 'missing', 'failed'] as const;

/** An Image, or an ISO that somebody put into `isos/` and no Image is about. */
export const imageViewSchema = Type.Object(
  {
    name: Type.String(),
    /** Whether a resource says it. */
    declared: Type.Boolean(),
    type: words(['iso', 'firmware']),
    /** Its name in `isos/` or `firmware/`. */
    file: Type.String(),
    url: orNull(Type.String()),
    state: words(imageStates),
    /** Bytes; of a download, what the server announced. */
    size: orNull(Type.Integer()),
    downloadedBytes: orNull(Type.Integer()),
    /** Of a download, in bytes per second. */
    speed: orNull(Type.Number()),
    digest: orNull(Type.String()),
    volumeId: orNull(Type.String()),
    /** What a plugin recognised in it. */
    recognised: orNull(Type.String()),
    /** Whether a checksum was compared: `true`, `false`, or null where there is none. */
    verified: orNull(Type.Boolean()),
    /** What is done with it now, or what is wrong, in a sentence. */
    message: orNull(Type.String()),
    problem: orNull(Type.String()),
  },
  { additionalProperties: false },
);

export type ImageView = Static<typeof imageViewSchema>;

export interface ImageSources {
  readonly store: Pick<Store, 'snapshot' | 'statusOf'>;
  readonly library: Pick<IsoLibrary, 'entries'>;
}

export function imageViews({ store, library }: ImageSources): ImageView[] {
  const images = store.snapshot.list('Image');
  const files = new Set(images.flatMap(({ spec }) => (spec.type === 'iso' ? [imageFile(spec)] : [])));
  const dropped = library.entries().filter(({ name }) => !files.has(name));
  return [...images.map((image) => declared(image, store.statusOf('Image', image.name))), ...dropped.map(found)];
}

function declared({ name, spec }: Resource<'Image'>, status: PlainStatus | undefined): ImageView {
  const conditions = status?.conditions ?? [];
  const { state, message, problem } = stateOf(conditions);
  return {
    ...{ name, declared: true, type: spec.type, file: imageFile(spec), url: spec.url ?? null, state },
    ...{ size: numberOf(status?.size), downloadedBytes: numberOf(status?.downloadedBytes) },
    ...{ speed: numberOf(status?.speed), digest: textOf(status?.digest), volumeId: textOf(status?.volumeId) },
    recognised: textOf(status?.recognised),
    verified: truth(conditions.find(({ type }) => type === 'Verified')),
    ...{ message, problem },
  };
}

function found({ name, status }: IsoEntry): ImageView {
  const volume = status.state === 'ready' ? status.volume : undefined;
  const problem = status.state === 'failed' ? messageOf(status.error) : null;
  return {
    ...{ name, declared: false, type: 'iso', file: name, url: null, state: status.state },
    ...{ size: volume?.file.size ?? null, downloadedBytes: null, speed: null, digest: null },
    ...{ volumeId: volume?.volumeId ?? null, recognised: null, verified: null },
    ...{ message: status.state === 'preparing' ? 'the file is being copied or indexed' : null, problem },
  };
}

type Standing = Pick<ImageView, 'state' | 'message' | 'problem'>;

/** What is wrong comes first, then what is still going on. */
function stateOf(conditions: readonly Condition[]): Standing {
  const of = (wanted: string) => conditions.find(({ type }) => type === wanted);
  const [downloaded, verified, indexed] = [of('Downloaded'), of('Verified'), of('Indexed')];
  if (downloaded === undefined) return { state: 'waiting', message: 'it is not looked at yet', problem: null };
  const bad = [verified, indexed].find((condition) => condition?.status === 'False');
  if (bad !== undefined) return { state: 'failed', message: bad.message, problem: bad.message };
  if (downloaded.status !== 'True') return notThere(downloaded);
  if (indexed?.status === 'Unknown') return { state: 'preparing', message: indexed.message, problem: null };
  return { state: 'ready', message: null, problem: null };
}

function notThere({ reason, message }: Condition): Standing {
  if (reason === 'Downloading') return { state: 'downloading', message, problem: null };
  if (reason === 'Waiting' || reason === 'NotReferenced') return { state: 'waiting', message, problem: null };
  return { state: reason === 'Missing' ? 'missing' : 'failed', message, problem: message };
}

function truth(condition: Condition | undefined): boolean | null {
  return condition === undefined || condition.status === 'Unknown' ? null : condition.status === 'True';
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
