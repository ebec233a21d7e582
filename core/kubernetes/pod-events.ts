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

  constructor(api: ClusterApiOptions, pod: PodName) {
    this.#api = api;
    this.#pod = pod;
  }

  /** Makes an Event of the type Warning, unless the same was said before. Throws when the API does not take it. */
  async warn(reason: string, note: string): Promise<void> {
    const message = note.length > noteLimit ? `${note.slice(0, noteLimit - 1)}…` : note;
    if (this.#said.has(message) || this.#said.size >= eventLimit) return;
    this.#said.add(message);
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
