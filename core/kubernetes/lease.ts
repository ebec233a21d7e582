import { ApiRefusal, type Client } from './client.js';
import type { Timing } from './reflector.js';
import { reasonOf } from './store-error.js';

export interface LeaseOptions {
  readonly client: Client;
  readonly name: string;
  /** Who takes it: another name for each process. */
  readonly identity: string;
  readonly timing: Timing;
  /** The time of day, for people who look at the Lease. */
  readonly date: () => Date;
  /** Told why it cannot be had or kept, and when that is over. */
  readonly log: (message: string) => void;
}

/** What of a Lease counts (coordination.k8s.io/v1). */
interface LeaseObject {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
  readonly spec: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

/** As those of Kubernetes' own controllers (client-go, tools/leaderelection). */
const [durationSeconds, renewWithinMs, retryMs] = [15, 10_000, 2_000];

/**
 * Sees to it that of all servers on a namespace one alone acts. Only the own clock counts: another one's Lease is over when
 * it has not changed for its duration while this process looked, and the own one ends some seconds before others may
 * take it.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #path: string;
  readonly #closing = new AbortController();
  #renewed: number | undefined;
  #trouble = '';
  #seen: { readonly version: string | undefined; readonly at: number } | undefined;
  #running: Promise<void> | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(options.client.namespace)}/leases`;
  }

  /** Whether it is held now. Looks at the clock: a process that was stopped for a while has lost it. */
  get isHeld(): boolean {
    return this.#renewed !== undefined && this.#options.timing.now() - this.#renewed < renewWithinMs;
  }

  /** Resolves when it has been tried for once, and goes on trying or renewing. */
  async start(): Promise<void> {
    await this.#try();
    this.#running = this.#run();
  }

  /** Gives it up, so that the next one need not wait. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    if (!this.isHeld) return;
    this.#renewed = undefined;
    await this.#release().catch(() => {});
  }

  async #release(): Promise<void> {
    const lease = await this.#read();
    if (lease?.spec.holderIdentity !== this.#options.identity) return;
    await this.#write(lease, { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 });
  }

  async #run(): Promise<void> {
    const { timing } = this.#options;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await timing.sleep(retryMs * (0.8 + timing.random() * 0.4), signal).catch(() => {});
      if (!signal.aborted) await this.#try();
    }
  }

  /** What fails is tried again; meanwhile time passes, and takes it away. */
  async #try(): Promise<void> {
    const began = this.#options.timing.now();
    try {
      const lease = await this.#read();
      const isFree = this.#isFree(lease, began);
      if (isFree) await this.#write(lease, this.#mine(lease));
      this.#renewed = isFree ? began : undefined;
      this.#say('');
    } catch (error) {
      if (error instanceof ApiRefusal && error.code === 409) this.#renewed = undefined;
      else this.#say(reasonOf(error as Error));
    }
  }

  /** Says each trouble once: without the Lease no attempt ends, no image comes and no machine is accepted. */
  #say(trouble: string): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    const { name, log } = this.#options;
    log(trouble === '' ? `the Lease ${name} can be had again` : `the Lease ${name} cannot be had or kept: ${trouble}`);
  }

  #isFree(lease: LeaseObject | undefined, now: number): boolean {
    const { holderIdentity = '', leaseDurationSeconds = durationSeconds } = lease?.spec ?? {};
    if (holderIdentity === '' || holderIdentity === this.#options.identity) return true;
    const version = lease?.metadata.resourceVersion;
    if (this.#seen === undefined || this.#seen.version !== version) this.#seen = { version, at: now };
    return now - this.#seen.at > leaseDurationSeconds * 1000;
  }

  #mine(lease: LeaseObject | undefined): LeaseObject['spec'] {
    const { identity, date } = this.#options;
    // A MicroTime has six digits after the point (meta/v1).
    const now = date().toISOString().replace('Z', '000Z');
    const before = lease?.spec;
    const isSame = before?.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: durationSeconds,
      acquireTime: isSame && before?.acquireTime !== undefined ? before.acquireTime : now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? -1) + (isSame ? 0 : 1),
    };
  }

  async #read(): Promise<LeaseObject | undefined> {
    try {
      return await this.#options.client.ask<LeaseObject>('GET', `${this.#path}/${this.#options.name}`);
    } catch (error) {
      if (error instanceof ApiRefusal && error.code === 404) return undefined;
      throw error;
    }
  }

  /** Refused with 409 when somebody else was faster. */
  async #write(lease: LeaseObject | undefined, spec: LeaseObject['spec']): Promise<void> {
    const { client, name } = this.#options;
    const frame = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
    if (lease === undefined) await client.ask('POST', this.#path, { body: { ...frame, metadata: { name }, spec } });
    else await client.ask('PUT', `${this.#path}/${name}`, { body: { ...lease, ...frame, spec } });
  }
}
