import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { SerabutError } from '../../errors.js';
import type { Kind, Specs } from '../kinds.js';
import type { Remains } from '../remains.js';
import { Snapshot } from '../snapshot.js';
import type { Happening, ObjectKind, PlainStatus, SnapshotKind, Statuses, Store, Stored } from '../store.js';
import { DirectoryLock } from './directory-lock.js';
import { DirectoryWatch } from './directory-watch.js';
import { DurableFiles } from './durable-files.js';
import { Objects } from './objects.js';
import { SpecFiles } from './spec-files.js';
import { StateDirectory } from './state-directory.js';
import { type Kept, type Next, requireName } from './state-file.js';
import { WriteQueue } from './write-queue.js';

export interface DirectoryStoreOptions {
  readonly log: (level: 'info' | 'warn', fields: object, message: string) => void;
  /** For a look at the data directory of a server that may be running: nothing is written. */
  readonly readOnly?: boolean | undefined;
  /** Whether it writes also where the file system has no locks, so that nobody notices a second server. */
  readonly withoutLock?: boolean | undefined;
  readonly files?: DurableFiles;
}

/** Resources in a data directory: people write `resources/*.yaml`, the server `state/KIND/NAME.json`. */
export class DirectoryStore implements Store {
  readonly #directory: string;
  readonly #options: DirectoryStoreOptions;
  readonly #specs: SpecFiles;
  readonly #state: StateDirectory;
  readonly #watch: DirectoryWatch;
  readonly #objects = new Objects();
  readonly #statuses = new Map<string, PlainStatus>();
  readonly #queue = new WriteQueue();
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #snapshot = new Snapshot([]);
  #problems = '';
  #lock: DirectoryLock | undefined;
  #whyUnlocked: string | undefined;
  #whyUnread: string | undefined;
  #starting: Promise<void> = Promise.resolve();
  #whyNotWritten: string | undefined = 'what is known has not been read yet';

  constructor(dataDirectory: string, options: DirectoryStoreOptions) {
    this.#directory = dataDirectory;
    this.#options = options;
    const resources = join(dataDirectory, 'resources');
    this.#specs = new SpecFiles(resources);
    this.#state = new StateDirectory(join(dataDirectory, 'state'), options.files);
    this.#watch = new DirectoryWatch(resources, () => this.#look());
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  get isActing(): boolean {
    return this.#whyReadOnly === undefined;
  }

  get errors(): readonly SerabutError[] {
    return this.#objects.errors;
  }

  get remains(): readonly Remains[] {
    return this.#objects.remains;
  }

  get<K extends ObjectKind>(kind: K, name: string): Stored<K> | undefined {
    return this.#objects.get(kind, name);
  }

  all<K extends ObjectKind>(kind: K): Iterable<Stored<K>> {
    return this.#objects.all(kind);
  }

  async create<K extends ObjectKind>(kind: K, name: string, spec: Specs[K], status: Statuses[K]): Promise<Stored<K>> {
    requireName(name);
    return this.#write(kind, name, () => {
      this.#objects.requireFree(kind, name);
      return { kind, name, spec, status } as Next<K>;
    });
  }

  writeStatus<K extends ObjectKind>(object: Stored<K>, status: Statuses[K]): Promise<Stored<K>> {
    const { kind, name } = object;
    return this.#write(kind, name, () => ({ ...this.#objects.requirePresent(object), status }) as Next<K>);
  }

  writeSpec<K extends ObjectKind>(object: Stored<K>, spec: Specs[K]): Promise<Stored<K>> {
    return this.#write(object.kind, object.name, () => {
      this.#objects.requireOwn(object);
      return { ...this.#objects.requirePresent(object), spec };
    });
  }

  remove(object: Stored): Promise<void> {
    const { kind, name } = object;
    return this.#inOrder(kind, name, async () => {
      this.#objects.requireOwn(object);
      this.#objects.requirePresent(object);
      await this.#state.remove(kind, name, () => this.#objects.forget(kind, name));
    });
  }

  /** Of a resource that is not there, or is broken, nothing is known. */
  statusOf(kind: SnapshotKind, name: string): PlainStatus | undefined {
    return this.#snapshot.has(kind, name) ? this.#statuses.get(`${kind}/${name}`) : undefined;
  }

  applyStatus(kind: SnapshotKind, name: string, status: PlainStatus): Promise<void> {
    return this.#inOrder(kind, name, async () => {
      if (!this.#snapshot.has(kind, name))
        throw new SerabutError('SERABUT_ERR_CONFLICT', `there is no ${kind} "${name}"`);
      if (isDeepStrictEqual(status, this.#statuses.get(`${kind}/${name}`))) return;
      await this.#state.write({ kind, name, status } as Next, (kept) => this.#keep(kept));
    });
  }

  tell(kind: Kind, name: string, { type, reason, message }: Happening): void {
    this.#options.log(type === 'Warning' ? 'warn' : 'info', { kind, name, reason }, message);
  }

  onSnapshot(listener: (snapshot: Snapshot) => void): void {
    this.#listeners.add(listener);
  }

  onObject(listener: Parameters<Store['onObject']>[0]): void {
    this.#objects.onChange(listener);
  }

  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async close(): Promise<void> {
    await this.#starting.catch(() => {});
    this.#whyNotWritten = 'the server ends';
    await this.#watch.close();
    await this.#queue.idle();
    this.#lock?.release();
    this.#lock = undefined;
  }

  /** Nothing can be seen before all has been read: a machine without its status would look as if it had never been installed. */
  async #start(): Promise<void> {
    if (this.#options.readOnly !== true) await this.#prepare();
    const { kept, refused } = await this.#state.read();
    await this.#readSpecs();
    for (const { kind, name, error } of refused) {
      this.#options.log('warn', { where: error.where, problem: error.message }, error.code);
      if (isObjectKind(kind)) this.#objects.refuse(kind, name, error);
    }
    for (const each of kept) this.#keep(each);
    this.#publish();
    this.#whyNotWritten = this.#whyReadOnly;
    this.#watch.start();
  }

  /** A directory that cannot be read is not taken for an empty one, which would make every machine an unknown one. */
  async #readSpecs(): Promise<void> {
    try {
      await mkdir(join(this.#directory, 'resources'), { recursive: true });
      await this.#specs.look('at once');
    } catch (cause) {
      const message = `cannot read the resources: ${(cause as Error).message}`;
      throw new SerabutError('SERABUT_ERR_STORE', message, { where: 'resources', cause });
    }
  }

  get #whyReadOnly(): string | undefined {
    return this.#options.readOnly === true ? 'this process only reads' : this.#whyUnlocked;
  }

  /**
   * A directory that cannot be written to, or a file system without locks, still has images to be booted. But two servers
   * that do not know of each other would install a machine twice.
   */
  async #prepare(): Promise<void> {
    const { log, withoutLock } = this.#options;
    const state = join(this.#directory, 'state');
    const warn = (problem: string): void => log('warn', { problem }, 'state/ cannot be locked or written to');
    try {
      await mkdir(state, { recursive: true });
      this.#lock = await DirectoryLock.take(join(state, 'lock'));
    } catch (error) {
      if (error instanceof SerabutError) throw error;
      warn((error as Error).message);
      if (withoutLock !== true) this.#whyUnlocked = 'state/ cannot be locked; see the option --without-lock';
    }
    if (this.isActing) await this.#state.prepare().catch((error: Error) => warn(error.message));
  }

  /** A directory that cannot be read at the moment, as when a volume is gone, changes nothing. */
  async #look(): Promise<'at rest' | 'changing'> {
    let problem: string | undefined;
    const found = await this.#specs.look('when settled').catch((error: Error) => {
      problem = error.message;
      return 'at rest' as const;
    });
    if (problem !== undefined && problem !== this.#whyUnread) {
      this.#options.log('warn', { where: 'resources', problem }, 'the resources cannot be read; what was read counts');
    }
    this.#whyUnread = problem;
    this.#publish();
    return found;
  }

  #publish(): void {
    const { snapshot, machines } = this.#specs;
    this.#objects.takeDocuments(machines);
    const problems = machines.errors.map(({ where, message }) => `${where}: ${message}`).join('\n');
    if (snapshot === this.#snapshot && problems === this.#problems) return;
    [this.#snapshot, this.#problems] = [snapshot, problems];
    for (const listener of this.#listeners) listener(snapshot);
  }

  #keep(kept: Kept): void {
    if (isObjectKind(kept.kind)) this.#objects.keep(kept as Kept<ObjectKind>);
    else this.#statuses.set(`${kept.kind}/${kept.name}`, kept.status as PlainStatus);
  }

  /** What is to be written is made when it is its turn, of what there is then. */
  #write<K extends ObjectKind>(kind: K, name: string, next: () => Next<K>): Promise<Stored<K>> {
    return this.#inOrder(kind, name, async () => {
      await this.#state.write(next(), (kept) => this.#keep(kept as Kept));
      const stored = this.get(kind, name);
      if (stored !== undefined) return stored;
      throw new SerabutError('SERABUT_ERR_CONFLICT', `${kind} "${name}" was taken away meanwhile`);
    });
  }

  #inOrder<T>(kind: Kind, name: string, task: () => Promise<T>): Promise<T> {
    return this.#queue.run(`${kind}/${name}`, () => {
      if (this.#whyNotWritten === undefined) return task();
      const message = `${kind} "${name}" cannot be written: ${this.#whyNotWritten}`;
      throw new SerabutError('SERABUT_ERR_STORE', message);
    });
  }
}

function isObjectKind(kind: Kind): kind is ObjectKind {
  return kind === 'Machine' || kind === 'Installation';
}
