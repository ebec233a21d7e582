import { isDeepStrictEqual } from 'node:util';
import { SerabutError } from '../errors.js';
import { type Kind, resourceVersion, type Specs, specSchemas } from '../resources/kinds.js';
import type { Remains } from '../resources/remains.js';
import { Snapshot } from '../resources/snapshot.js';
import type { Happening, ObjectKind, PlainStatus, SnapshotKind, Statuses, Store, Stored } from '../resources/store.js';
import {
  type ApiObject,
  apiPath,
  begunGeneration,
  firstStatus,
  isBegun,
  type Plain,
  readPlain,
  readStored,
  remainsOf,
  usable,
  whereIs,
} from './api-object.js';
import type { Client, Sent } from './client.js';
import type { Events } from './events.js';
import type { Lease } from './lease.js';
import { ObjectTable } from './object-table.js';
import { Reflector, type Timing } from './reflector.js';
import { conflict, reasonOf, storeError } from './store-error.js';

export interface ClusterStoreOptions {
  readonly client: Client;
  readonly lease: Lease;
  readonly events: Events;
  readonly timing: Timing;
  /** Told what cannot be read of the API server, and when that is over. */
  readonly log: (message: string) => void;
  readonly watchSeconds?: number;
}

type ObjectListener = Parameters<Store['onObject']>[0];
type Method = Parameters<Client['ask']>[0];

const objectKinds: readonly ObjectKind[] = ['Machine', 'Installation'];
const snapshotKinds = (Object.keys(specSchemas) as Kind[]).filter(
  (kind): kind is SnapshotKind => !objectKinds.some((other) => other === kind),
);
/** Whose the fields of a status are that are applied. */
const fieldManager = 'serabut';

/** Resources and state as objects of the Kubernetes API. While that is away, what was read is what there is. */
export class ClusterStore implements Store {
  readonly #options: ClusterStoreOptions;
  readonly #objects: { readonly [K in ObjectKind]: ObjectTable<Stored<K>> };
  readonly #plain = new Map<Kind, ObjectTable<Plain>>();
  readonly #reflectors: readonly Reflector[];
  readonly #snapshotListeners = new Set<(snapshot: Snapshot) => void>();
  readonly #objectListeners = new Set<ObjectListener>();
  #snapshot = new Snapshot([]);
  #isStale = false;
  #remains: readonly Remains[] | undefined;

  constructor(options: ClusterStoreOptions) {
    this.#options = options;
    this.#objects = { Machine: this.#table('Machine'), Installation: this.#table('Installation') };
    for (const kind of snapshotKinds) {
      const read = (object: ApiObject) => readPlain(kind, object, this.#namespace);
      this.#plain.set(kind, new ObjectTable(read, () => this.#makeSnapshot()));
    }
    const tables = [...Object.entries(this.#objects), ...this.#plain] as [Kind, ObjectTable<unknown>][];
    this.#reflectors = tables.map(([kind, table]) => this.#reflector(kind, table));
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  get isActing(): boolean {
    return this.#options.lease.isHeld;
  }

  get errors(): readonly SerabutError[] {
    return objectKinds.flatMap((kind) => [...this.#objects[kind].broken()].map(({ error }) => error));
  }

  get remains(): readonly Remains[] {
    this.#remains ??= [...this.#objects.Machine.broken()].map(({ object, name }) =>
      remainsOf(name, object, whereIs('Machine', this.#namespace, name)),
    );
    return this.#remains;
  }

  get<K extends ObjectKind>(kind: K, name: string): Stored<K> | undefined {
    return this.#objects[kind].get(name) as Stored<K> | undefined;
  }

  all<K extends ObjectKind>(kind: K): Iterable<Stored<K>> {
    return this.#objects[kind].values() as Iterable<Stored<K>>;
  }

  /**
   * Makes the object, then writes its status. When the second fails the object has the status all the same, by its
   * annotation.
   */
  async create<K extends ObjectKind>(kind: K, name: string, spec: Specs[K], status: Statuses[K]): Promise<Stored<K>> {
    const table = this.#objects[kind];
    if (table.isMaking(name)) throw conflict(`${kind} "${name}" is being made already`);
    const annotations = { [firstStatus]: JSON.stringify(status) };
    const body = { apiVersion: resourceVersion, kind, metadata: { name, annotations }, spec };
    const made = await table.make(name, async () => {
      const object = await this.#write('POST', apiPath(kind, this.#namespace), { body });
      return this.#putStatus(kind, name, object.metadata.resourceVersion, status).catch(() => object);
    });
    return usable(made as Stored<K> | SerabutError);
  }

  async writeStatus<K extends ObjectKind>(object: Stored<K>, status: Statuses[K]): Promise<Stored<K>> {
    const { kind, name } = object;
    const version = isBegun(object, status) ? await this.#annotate(name, object.version, status) : object.version;
    return this.#taken(kind, await this.#putStatus(kind, name, version, status));
  }

  /** Says of a Machine which generation is begun, where copies have it too; before the status does. */
  async #annotate(name: string, resourceVersion: string, { generation }: { generation: number }): Promise<string> {
    const body = { metadata: { resourceVersion, annotations: { [begunGeneration]: String(generation) } } };
    const sent = { body, type: 'application/merge-patch+json' };
    const { metadata } = await this.#write('PATCH', apiPath('Machine', this.#namespace, name), sent);
    return metadata.resourceVersion;
  }

  /** By a patch, since the object's labels and annotations are somebody else's. */
  async writeSpec<K extends ObjectKind>({ kind, name, version }: Stored<K>, spec: Specs[K]): Promise<Stored<K>> {
    const body = [
      { op: 'replace', path: '/metadata/resourceVersion', value: version },
      { op: 'replace', path: '/spec', value: spec },
    ];
    const sent = { body, type: 'application/json-patch+json' };
    return this.#taken(kind, await this.#write('PATCH', apiPath(kind, this.#namespace, name), sent));
  }

  async remove({ kind, name, version }: Stored): Promise<void> {
    const uid = this.#objects[kind].uidOf(name);
    const body = { preconditions: { resourceVersion: version }, propagationPolicy: 'Background' };
    await this.#write('DELETE', apiPath(kind, this.#namespace, name), { body });
    if (uid !== undefined) this.#objects[kind].gone({ metadata: { name, uid, resourceVersion: version } });
  }

  statusOf(kind: SnapshotKind, name: string): PlainStatus | undefined {
    return this.#plain.get(kind)?.get(name)?.status;
  }

  async applyStatus(kind: SnapshotKind, name: string, status: PlainStatus): Promise<void> {
    if (isDeepStrictEqual(this.statusOf(kind, name), status)) return;
    const path = `${apiPath(kind, this.#namespace, name)}/status?fieldManager=${fieldManager}&force=true`;
    const body = { apiVersion: resourceVersion, kind, metadata: { name, namespace: this.#namespace }, status };
    this.#plain.get(kind)?.put(await this.#write('PATCH', path, { body, type: 'application/apply-patch+yaml' }));
  }

  tell(kind: Kind, name: string, happening: Happening): void {
    const table = objectKinds.some((other) => other === kind)
      ? this.#objects[kind as ObjectKind]
      : this.#plain.get(kind);
    this.#options.events.tell({ kind, name, uid: table?.uidOf(name) }, happening);
  }

  onSnapshot(listener: (snapshot: Snapshot) => void): void {
    this.#snapshotListeners.add(listener);
  }

  onObject(listener: ObjectListener): void {
    this.#objectListeners.add(listener);
  }

  /** Waits until all has been read once, however long the API server is away. */
  async start(): Promise<void> {
    await Promise.all([this.#options.lease.start(), ...this.#reflectors.map((reflector) => reflector.start())]);
    this.#refresh();
  }

  async close(): Promise<void> {
    await Promise.all([this.#options.lease.close(), ...this.#reflectors.map((reflector) => reflector.close())]);
    await this.#options.client.close();
  }

  get #namespace(): string {
    return this.#options.client.namespace;
  }

  #table<K extends ObjectKind>(kind: K): ObjectTable<Stored<K>> {
    return new ObjectTable<Stored<K>>(
      (object) => readStored(kind, object, this.#namespace),
      (name, object) => {
        this.#remains = undefined;
        for (const listener of this.#objectListeners) listener(kind, name, object);
      },
    );
  }

  #reflector(kind: Kind, follower: ObjectTable<unknown>): Reflector {
    const { client, timing, log, watchSeconds } = this.#options;
    const path = apiPath(kind, this.#namespace);
    let isAway = false;
    const trouble = (error: Error | undefined): void => {
      if ((error !== undefined) === isAway) return;
      isAway = error !== undefined;
      log(isAway ? `${path} cannot be read, it is tried again: ${reasonOf(error)}` : `${path} can be read again`);
    };
    return new Reflector({
      client,
      path,
      follower,
      timing,
      trouble,
      ...(watchSeconds !== undefined && { watchSeconds }),
    });
  }

  /** One snapshot for all that changes at once, as when a list is read. */
  #makeSnapshot(): void {
    if (this.#isStale) return;
    this.#isStale = true;
    setImmediate(() => this.#refresh());
  }

  #refresh(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    const resources = [...this.#plain.values()].flatMap((table) => [...table.values()].map(({ resource }) => resource));
    const broken = [...this.#plain].flatMap(([kind, table]) => [...table.broken()].map((one) => ({ kind, ...one })));
    const errors = broken.map(({ error }) => error);
    this.#snapshot = new Snapshot(resources, errors);
    for (const { kind, name, error } of broken) this.#snapshot.withBroken(kind, name, error);
    for (const listener of this.#snapshotListeners) listener(this.#snapshot);
  }

  #putStatus(kind: ObjectKind, name: string, version: string, status: unknown): Promise<ApiObject> {
    const body = { apiVersion: resourceVersion, kind, metadata: { name, resourceVersion: version }, status };
    return this.#write('PUT', `${apiPath(kind, this.#namespace, name)}/status`, { body });
  }

  #taken<K extends ObjectKind>(kind: K, object: ApiObject): Stored<K> {
    return usable(this.#objects[kind].put(object) as Stored<K> | SerabutError);
  }

  async #write(method: Method, path: string, sent: Sent): Promise<ApiObject> {
    try {
      return await this.#options.client.ask<ApiObject>(method, path, sent);
    } catch (error) {
      throw storeError(error as Error, method, path);
    }
  }
}
