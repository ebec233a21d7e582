import { RecentMap } from '../recent-map.js';
import type { Kind } from '../resources/kinds.js';
import { resourceVersion } from '../resources/kinds.js';
import type { Happening } from '../resources/store.js';
import type { Client } from './client.js';

/** What an Event is about. */
export interface Subject {
  readonly kind: Kind;
  readonly name: string;
  /** Without it `kubectl describe` does not find the Event. */
  readonly uid: string | undefined;
}

/** What the message of an Event may hold, in characters (core/v1 Event; the API refuses a longer one). */
const messageLimit = 1024;
/** The same is said of the same once in this time. */
const sameMs = 10 * 60_000;
/** How many of them are remembered. */
const sameLimit = 2000;
/** So many Events at once, and one more in each of these times: the cluster keeps each for an hour. */
const [burst, refillMs] = [100, 2_000];
/** How many Events may be under way; what comes while the API server is away is lost. */
const pendingLimit = 20;

/** Makes Events that `kubectl describe` shows. What cannot be told, or is too much, is lost. */
export class Events {
  readonly #said = new RecentMap<number>(sameLimit);
  #left = burst;
  #filled: number;
  #pending = 0;

  constructor(
    private readonly client: Client,
    /** A clock that never steps, in milliseconds. */
    private readonly now: () => number,
    private readonly date: () => Date,
  ) {
    this.#filled = now();
  }

  tell(subject: Subject, happening: Happening): void {
    if (this.#pending >= pendingLimit || this.#wasSaid(subject, happening) || !this.#mayGo()) return;
    this.#pending += 1;
    void this.#create(subject, happening)
      .catch(() => {})
      .finally(() => {
        this.#pending -= 1;
      });
  }

  #wasSaid({ kind, name }: Subject, { reason, message }: Happening): boolean {
    const key = JSON.stringify([kind, name, reason, message]);
    const at = this.#said.get(key);
    if (at !== undefined && this.now() - at < sameMs) return true;
    this.#said.set(key, this.now());
    return false;
  }

  /** A bucket of tokens. */
  #mayGo(): boolean {
    const fresh = Math.floor((this.now() - this.#filled) / refillMs);
    this.#left = Math.min(burst, this.#left + fresh);
    this.#filled += fresh * refillMs;
    if (this.#left === 0) return false;
    this.#left -= 1;
    return true;
  }

  async #create({ kind, name, uid }: Subject, { type, reason, message }: Happening): Promise<void> {
    const { namespace } = this.client;
    const now = this.date().toISOString();
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: `${name}.`, namespace },
      involvedObject: { apiVersion: resourceVersion, kind, namespace, name, ...(uid !== undefined && { uid }) },
      type,
      reason,
      message: message.length > messageLimit ? `${message.slice(0, messageLimit - 1)}…` : message,
      source: { component: 'serabut' },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
    await this.client.ask('POST', path, { body: event });
  }
}
