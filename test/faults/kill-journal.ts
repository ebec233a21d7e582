import { createHash } from 'node:crypto';
import type { Store, Stored } from '../../core/resources/store.js';

/** What a child that will be killed says of a write, before it and after it, each in one line of its own. */
export type Entry =
  | { readonly begins: number; readonly key: string; readonly digest: string }
  | { readonly done: number; readonly version: number };

/** What an object is, as far as it can be compared: its digest, and the number of the write that made it so. */
export interface Seen {
  readonly digest: string;
  readonly version: number;
}

export const gone: Seen = { digest: 'gone', version: 0 };

/** The lines of a journal; the last one may be cut. */
export function parseJournal(text: string): Entry[] {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]));
}

/** Of what is written: the same for the same content, in whatever order its fields are. */
export function digestOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts, sorted)).digest('base64url').slice(0, 16);
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An object as the store has it; nothing when there is none. */
export function seen(object: Stored | undefined): Seen {
  if (object === undefined) return gone;
  return { digest: digestOf(object.spec, object.status), version: Number(object.version.split('.')[0]) };
}

/** Everything that a store has, by kind and name. The status of a kind of the snapshot has no version. */
export function everything(store: Store): Map<string, Seen> {
  const objects: Stored[] = [...store.all('Machine'), ...store.all('Installation')];
  const all = new Map(objects.map((object) => [`${object.kind}/${object.name}`, seen(object)]));
  const image = store.statusOf('Image', 'image');
  return image === undefined ? all : all.set('Image/image', { digest: digestOf(image), version: 0 });
}
