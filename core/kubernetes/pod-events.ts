import { type ClusterApiOptions, createInCluster } from './cluster-api.js';

/** The pod that the Events are about. */
export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

/** What an Event's note may hold, in characters (Kubernetes, core/v1 Event; the API refuses a longer one). */
const noteLimit = 1024;

/** How many Events there are of one run at the most: who changes a broken plugin again and again needs no more. */
const eventLimit = 100;

/** Tells the cluster what is amiss with the pod, by Events that `kubectl describe` shows. */
export class PodEvents {
  readonly #api: ClusterApiOptions;
  readonly #pod: PodName;
  readonly #said = new Set<string>();
  #count = 0;

  constructor(api: ClusterApiOptions, pod: PodName) {
    this.#api = api;
    this.#pod = pod;
  }

  /** Forgets what was said of all but these: what is mended, and then broken again in the same way, is news. */
  keepOnly(notes: readonly string[]): void {
    const kept = new Set(notes.map(shortened));
    for (const message of this.#said) if (!kept.has(message)) this.#said.delete(message);
  }

  /** Makes an Event of the type Warning, unless the same was said before. Throws when the API does not take it. */
  async warn(reason: string, note: string): Promise<void> {
    const message = shortened(note);
    if (this.#said.has(message) || this.#count >= eventLimit) return;
    this.#said.add(message);
    this.#count += 1;
    try {
      await this.#make(reason, message);
    } catch (error) {
      this.#said.delete(message);
      throw error;
    }
  }

  async #make(reason: string, message: string): Promise<void> {
    const { namespace, name } = this.#pod;
    const now = new Date().toISOString();
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: `${name.slice(0, 200)}.`, namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name },
      type: 'Warning',
      reason,
      message,
      source: { component: 'serabut' },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    };
    await createInCluster(this.#api, `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`, event);
  }
}

function shortened(note: string): string {
  return note.length > noteLimit ? `${note.slice(0, noteLimit - 1)}…` : note;
}
