import type { SerabutError } from '../errors.js';
import type { Condition } from './condition.js';
import type { InstallationStatus } from './installation.js';
import type { Kind, Specs } from './kinds.js';
import type { MachineStatus } from './machine.js';
import type { Remains } from './remains.js';
import type { Snapshot } from './snapshot.js';

/** The status of each kind that the server itself keeps objects of. */
export interface Statuses {
  readonly Machine: MachineStatus;
  readonly Installation: InstallationStatus;
}

/** A kind of which there may be very many, whose objects change one by one; all others are in the snapshot. */
export type ObjectKind = keyof Statuses;
export type SnapshotKind = Exclude<Kind, ObjectKind>;

/** One object as it was when it was last read or written. Never changed once made. */
export interface Stored<K extends ObjectKind = ObjectKind> {
  readonly kind: K;
  readonly name: string;
  readonly spec: Specs[K];
  readonly status: Statuses[K];
  /** Another one after every change of spec or status; means nothing else. */
  readonly version: string;
  /** The file and document, or the object's path in the API. */
  readonly where: string;
}

/** What the status of a kind of the snapshot says: conditions, and what its maker found out. */
export interface PlainStatus {
  readonly conditions: readonly Condition[];
  readonly [detail: string]: unknown;
}

/** What is said of an object where people look who have no log at hand. It never holds a secret. */
export interface Happening {
  readonly type: 'Normal' | 'Warning';
  /** One word in CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/**
 * Where resources come from and state is kept: a directory, or Kubernetes. Nobody else can tell which. What is read is
 * in memory; what is written has been made durable when the promise resolves, and is in memory then.
 *
 * Writing throws SERABUT_ERR_CONFLICT when the object is not the present one (or, for `create`, when there is one), and
 * SERABUT_ERR_STORE when it cannot be written now; nothing has changed then, or the change is seen later as anybody's is.
 */
export interface Store {
  /** The kinds that only people write. */
  readonly snapshot: Snapshot;
  /** Whether this server is the only one that acts: starts downloads, ends attempts, forgets old things. */
  readonly isActing: boolean;

  get<K extends ObjectKind>(kind: K, name: string): Stored<K> | undefined;
  /** All objects of a kind, in no order. */
  all<K extends ObjectKind>(kind: K): Iterable<Stored<K>>;
  /** Documents of these kinds that cannot be used. */
  readonly errors: readonly SerabutError[];
  /** Machines that are not there, or cannot be used, and of which something is known; another list after each change. */
  readonly remains: readonly Remains[];

  create<K extends ObjectKind>(kind: K, name: string, spec: Specs[K], status: Statuses[K]): Promise<Stored<K>>;
  writeStatus<K extends ObjectKind>(object: Stored<K>, status: Statuses[K]): Promise<Stored<K>>;
  /** Throws SERABUT_ERR_READ_ONLY for a Machine that stands in a file of a person. */
  writeSpec<K extends ObjectKind>(object: Stored<K>, spec: Specs[K]): Promise<Stored<K>>;
  remove(object: Stored): Promise<void>;

  statusOf(kind: SnapshotKind, name: string): PlainStatus | undefined;
  applyStatus(kind: SnapshotKind, name: string, status: PlainStatus): Promise<void>;
  /** Does its best: what cannot be told is lost. */
  tell(kind: Kind, name: string, happening: Happening): void;

  onSnapshot(listener: (snapshot: Snapshot) => void): void;
  /** Called after each change of an object by anybody, this server too; `undefined` when it has gone. */
  onObject(listener: <K extends ObjectKind>(kind: K, name: string, object: Stored<K> | undefined) => void): void;

  /** Reads everything once, then goes on watching. */
  start(): Promise<void>;
  close(): Promise<void>;
}
