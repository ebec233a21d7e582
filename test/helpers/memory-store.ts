import { checkAndFill } from '../../core/check.js';
import { SerabutError } from '../../core/errors.js';
import { type Kind, type Resource, type Specs, specSchemas } from '../../core/resources/kinds.js';
import { type MachineSpec, type MachineStatus, machineSpec, machineStatus } from '../../core/resources/machine.js';
import type { Remains } from '../../core/resources/remains.js';
import { Snapshot } from '../../core/resources/snapshot.js';
import type {
  Happening,
  ObjectKind,
  PlainStatus,
  SnapshotKind,
  Statuses,
  Store,
  Stored,
} from '../../core/resources/store.js';

type Change = { kind: ObjectKind; name: string; object: Stored | undefined };

/** What several stores share, as an API server is shared. */
export class MemoryBackend {
  readonly objects = new Map<string, Stored>();
  readonly told: { kind: Kind; name: string; happening: Happening }[] = [];
  /** Called before each write; what it throws is thrown by the write, which changes nothing. */
  beforeWrite: (what: string) => Promise<void> = async () => {};
  snapshot = new Snapshot([]);
  remains: readonly Remains[] = [];
  readonly #stores: MemoryStore[] = [];
  #version = 0;

  attach(store: MemoryStore): void {
    this.#stores.push(store);
  }

  detach(store: MemoryStore): void {
    this.#stores.splice(this.#stores.indexOf(store), 1);
  }

  /** Sets an object, or takes it away; all stores hear of it. */
  set(kind: ObjectKind, name: string, object: Omit<Stored, 'version' | 'where'> | undefined): Stored | undefined {
    this.#version += 1;
    const stored =
      object && ({ ...structuredClone(object), version: String(this.#version), where: `${kind}/${name}` } as Stored);
    if (stored === undefined) this.objects.delete(`${kind}/${name}`);
    else this.objects.set(`${kind}/${name}`, stored);
    for (const store of this.#stores) store.hear({ kind, name, object: stored });
    return stored;
  }

  /** What a person does to a Machine; its status stays. */
  putMachine(name: string, spec: object): void {
    const before = this.objects.get(`Machine/${name}`) as Stored<'Machine'> | undefined;
    this.set('Machine', name, {
      kind: 'Machine',
      name,
      spec: machineOf(spec),
      status: before?.status ?? freshMachine(),
    });
  }

  putSnapshot(resources: readonly { kind: SnapshotKind; name: string; spec: object }[]): void {
    const filled = resources.map(({ kind, name, spec }): Resource => {
      const { value } = checkAndFill<Specs[SnapshotKind]>(specSchemas[kind], spec);
      return { kind, name, spec: value, where: 'memory' } as Resource;
    });
    this.snapshot = new Snapshot(filled);
    for (const store of this.#stores) store.hearSnapshot();
  }
}

export function machineOf(spec: object): MachineSpec {
  return checkAndFill<MachineSpec>(machineSpec, spec).value;
}

export function freshMachine(status: object = {}): MachineStatus {
  return checkAndFill<MachineStatus>(machineStatus, status).value;
}

/** A store in memory, of one server of several. With `lags` it hears of changes by others when `catchUp` is called. */
export class MemoryStore implements Store {
  readonly #seen = new Map<string, Stored>();
  readonly #objectListeners = new Set<Parameters<Store['onObject']>[0]>();
  readonly #snapshotListeners = new Set<(snapshot: Snapshot) => void>();
  readonly #late: Change[] = [];
  errors: readonly SerabutError[] = [];
  isActing = true;
  lags = false;

  constructor(readonly backend: MemoryBackend) {
    for (const [key, object] of backend.objects) this.#seen.set(key, object);
    backend.attach(this);
  }

  get snapshot(): Snapshot {
    return this.backend.snapshot;
  }

  get remains(): readonly Remains[] {
    return this.backend.remains;
  }

  hearSnapshot(): void {
    for (const listener of this.#snapshotListeners) listener(this.snapshot);
  }

  hear(change: Change): void {
    this.#late.push(change);
    if (!this.lags) this.catchUp();
  }

  /** Hears of all changes up to now. */
  catchUp(): void {
    for (const { kind, name, object } of this.#late.splice(0)) {
      if (object === undefined) this.#seen.delete(`${kind}/${name}`);
      else this.#seen.set(`${kind}/${name}`, object);
      for (const listener of this.#objectListeners) listener(kind, name, object as never);
    }
  }

  get<K extends ObjectKind>(kind: K, name: string): Stored<K> | undefined {
    return this.#seen.get(`${kind}/${name}`) as Stored<K> | undefined;
  }

  all<K extends ObjectKind>(kind: K): Iterable<Stored<K>> {
    return [...this.#seen.values()].filter((object) => object.kind === kind) as unknown as Stored<K>[];
  }

  create<K extends ObjectKind>(kind: K, name: string, spec: Specs[K], status: Statuses[K]): Promise<Stored<K>> {
    return this.#write(`create ${kind}/${name}`, kind, name, (before) => {
      if (before !== undefined) throw conflict();
      return { kind, name, spec, status } as unknown as Stored;
    });
  }

  writeStatus<K extends ObjectKind>(object: Stored<K>, status: Statuses[K]): Promise<Stored<K>> {
    return this.#change('writeStatus', object, { status });
  }

  writeSpec<K extends ObjectKind>(object: Stored<K>, spec: Specs[K]): Promise<Stored<K>> {
    return this.#change('writeSpec', object, { spec });
  }

  #change<K extends ObjectKind>(what: string, { kind, name, version }: Stored<K>, change: object): Promise<Stored<K>> {
    return this.#write(`${what} ${kind}/${name}`, kind, name, (before) => {
      if (before?.version !== version) throw conflict();
      return { ...before, ...change } as Stored;
    });
  }

  async remove({ kind, name, version }: Stored): Promise<void> {
    await this.backend.beforeWrite(`remove ${kind}/${name}`);
    if (this.backend.objects.get(`${kind}/${name}`)?.version !== version) throw conflict();
    this.backend.set(kind, name, undefined);
    this.catchUp();
  }

  /** As a store does, it knows what it wrote itself, and what stood in its way, when the write is answered. */
  async #write<K extends ObjectKind>(
    what: string,
    kind: K,
    name: string,
    next: (before: Stored | undefined) => Stored,
  ): Promise<Stored<K>> {
    await this.backend.beforeWrite(what);
    const stored = this.backend.set(kind, name, next(this.backend.objects.get(`${kind}/${name}`)));
    this.catchUp();
    return stored as unknown as Stored<K>;
  }

  statusOf(): PlainStatus | undefined {
    return undefined;
  }

  async applyStatus(): Promise<void> {}

  tell(kind: Kind, name: string, happening: Happening): void {
    this.backend.told.push({ kind, name, happening });
  }

  onSnapshot(listener: (snapshot: Snapshot) => void): void {
    this.#snapshotListeners.add(listener);
  }

  onObject(listener: Parameters<Store['onObject']>[0]): void {
    this.#objectListeners.add(listener);
  }

  async start(): Promise<void> {}

  async close(): Promise<void> {
    this.backend.detach(this);
  }
}

function conflict(): SerabutError {
  return new SerabutError('SERABUT_ERR_CONFLICT', 'somebody else was faster');
}
