import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Test } from 'tap';
import { ImageKeeper, type KeeperOptions } from '../../core/images/keeper.js';
import type { IsoEntry } from '../../core/iso/library.js';
import { checkResource, type Kind, type Resource } from '../../core/resources/kinds.js';
import { Snapshot } from '../../core/resources/snapshot.js';
import type { Happening, PlainStatus, SnapshotKind, Store } from '../../core/resources/store.js';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const sha512 = (bytes: Uint8Array): string => createHash('sha512').update(bytes).digest('hex');

/** A resource as a file would give it. */
export function resource(kind: Kind, name: string, spec: object): Resource {
  const checked = checkResource({ apiVersion: 'serabut.io/v1alpha1', kind, metadata: { name }, spec }, 'test.yaml');
  if (Array.isArray(checked)) throw new Error(JSON.stringify(checked));
  return checked;
}

/** What of a store those see who write statuses of the kinds of the snapshot. */
export class StatusStore extends EventEmitter {
  snapshot = new Snapshot([]);
  isActing = true;
  readonly statuses = new Map<string, PlainStatus>();
  readonly told: string[] = [];
  applied = 0;
  readonly #listeners: ((snapshot: Snapshot) => void)[] = [];

  put(...resources: Resource[]): void {
    this.become(new Snapshot(resources));
  }

  become(snapshot: Snapshot): void {
    this.snapshot = snapshot;
    for (const listener of this.#listeners) listener(snapshot);
  }

  onSnapshot(listener: (snapshot: Snapshot) => void): void {
    this.#listeners.push(listener);
  }

  statusOf(kind: SnapshotKind, name: string): PlainStatus | undefined {
    return this.statuses.get(`${kind}/${name}`);
  }

  async applyStatus(kind: SnapshotKind, name: string, status: PlainStatus): Promise<void> {
    this.applied += 1;
    this.statuses.set(`${kind}/${name}`, status);
    this.emit('status');
  }

  tell(_kind: Kind, name: string, { type, reason }: Happening): void {
    this.told.push(`${name} ${type} ${reason}`);
  }

  asStore(): Store {
    return this as unknown as Store;
  }

  /** The conditions of a resource as `Type=Status Reason`. */
  said(kind: SnapshotKind, name: string): string[] {
    const conditions = this.statusOf(kind, name)?.conditions ?? [];
    return conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`).sort();
  }

  /** The message of one condition. */
  message(kind: SnapshotKind, name: string, type: string): string {
    return this.statusOf(kind, name)?.conditions.find((one) => one.type === type)?.message ?? '';
  }

  /** Resolves when a condition is as it is said; throws when that takes too long. */
  async until(kind: SnapshotKind, name: string, expected: string | RegExp): Promise<void> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), 10_000); // It also keeps the process, which the keeper does not.
    const fits = (said: string) => (typeof expected === 'string' ? said === expected : expected.test(said));
    while (!this.said(kind, name).some(fits)) {
      await once(this, 'status', late).catch(() => {
        throw new Error(`not ${expected}: ${JSON.stringify(this.statusOf(kind, name))}`);
      });
    }
    clearTimeout(timer);
  }
}

export interface KeeperTest {
  readonly store: StatusStore;
  readonly keeper: ImageKeeper;
  readonly data: string;
  readonly clock: { now: number };
  readonly logged: string[];
  readonly isos: IsoEntry[];
}

/** A keeper with a clock that stands still until it is set; nothing of it outlives the test. */
export function startKeeper(
  t: Test,
  data: string,
  { proxy, ...options }: Partial<KeeperOptions> & { proxy?: string } = {},
): KeeperTest {
  const store = new StatusStore();
  const clock = { now: Date.UTC(2026, 10, 28) };
  const logged: string[] = [];
  const isos: IsoEntry[] = [];
  const library = { entries: () => isos, onChange: () => () => {} };
  const log = (_: string, details: object, message: string) => logged.push(`${message} ${JSON.stringify(details)}`);
  const parts = { store: store.asStore(), library, dataDirectory: data, recognised: () => undefined, proxy, log };
  const now = () => clock.now;
  const quick = { now, elapsed: now, sleep: noSleep, tickMs: 15, progressMs: 0, stallMs: 300 };
  const keeper = new ImageKeeper(parts, { ...quick, ...options });
  t.teardown(() => keeper.close());
  keeper.start();
  return { store, keeper, data, clock, logged, isos };
}

/** In place of waiting for a rate: lets others have their turn. */
const noSleep = (_: number, signal: AbortSignal) => delay(0, undefined, { signal });
