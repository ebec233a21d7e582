import { hash } from 'node:crypto';
import { checkAndFill } from '../../check.js';
import { SerabutError } from '../../errors.js';
import type { Resource } from '../kinds.js';
import { type MachineStatus, machineStatus } from '../machine.js';
import { identitiesIn, type Remains } from '../remains.js';
import { Snapshot } from '../snapshot.js';
import type { ObjectKind, Store, Stored } from '../store.js';
import { whereOf } from './state-directory.js';
import type { Kept, Next } from './state-file.js';

type Listener = Parameters<Store['onObject']>[0];

/** The status of a Machine of which nothing was written yet. */
const freshStatus = checkAndFill<MachineStatus>(machineStatus, {}).value;

/**
 * Machines and Installations in memory: each is made of what the server keeps and, for a Machine that people wrote, of
 * its document. What is kept of a Machine whose document has gone stays, and counts again when the document comes back.
 */
export class Objects {
  readonly #present = { Machine: new Map<string, Stored>(), Installation: new Map<string, Stored>() };
  readonly #kept = { Machine: new Map<string, Kept>(), Installation: new Map<string, Kept>() };
  /** Why what is kept of an object cannot be read. Such an object is not used, whatever documents say. */
  readonly #refused = new Map<string, SerabutError>();
  readonly #listeners = new Set<Listener>();
  #documents = new Map<string, Resource<'Machine'>>();
  #machines = new Snapshot([]);
  readonly #remains = new Map<string, Remains>();
  #listed: readonly Remains[] | undefined;

  get errors(): readonly SerabutError[] {
    return [...this.#machines.errors, ...this.#refused.values()];
  }

  get remains(): readonly Remains[] {
    this.#listed ??= [...this.#remains.values()];
    return this.#listed;
  }

  get<K extends ObjectKind>(kind: K, name: string): Stored<K> | undefined {
    return this.#present[kind].get(name) as Stored<K> | undefined;
  }

  all<K extends ObjectKind>(kind: K): Iterable<Stored<K>> {
    return this.#present[kind].values() as Iterable<unknown> as Iterable<Stored<K>>;
  }

  onChange(listener: Listener): void {
    this.#listeners.add(listener);
  }

  /** Takes the documents of people in place of those before. */
  takeDocuments(machines: Snapshot): void {
    if (machines === this.#machines) return;
    const before = this.#documents;
    this.#machines = machines;
    this.#documents = new Map(machines.list('Machine').map((resource) => [resource.name, resource]));
    for (const name of new Set([...before.keys(), ...this.#documents.keys()])) {
      if (before.get(name) !== this.#documents.get(name)) this.#refresh('Machine', name);
    }
  }

  keep(kept: Kept<ObjectKind>): void {
    this.#kept[kept.kind].set(kept.name, kept);
    this.#refresh(kept.kind, kept.name);
  }

  forget(kind: ObjectKind, name: string): void {
    this.#kept[kind].delete(name);
    this.#refresh(kind, name);
  }

  refuse(kind: ObjectKind, name: string, error: SerabutError): void {
    this.#refused.set(`${kind}/${name}`, error);
  }

  /** Throws SERABUT_ERR_CONFLICT when there is one of this name, and why when there is one that cannot be used. */
  requireFree(kind: ObjectKind, name: string): void {
    const refused = this.#refused.get(`${kind}/${name}`);
    if (refused !== undefined) throw refused;
    if (this.get(kind, name) === undefined && !this.#isBroken(kind, name)) return;
    throw new SerabutError('SERABUT_ERR_CONFLICT', `there is a ${kind} "${name}" already`);
  }

  /** What is kept of the object, to be changed. Throws SERABUT_ERR_CONFLICT when it is not the present one. */
  requirePresent<K extends ObjectKind>({ kind, name, version, status }: Stored<K>): Next<K> {
    if (this.get(kind, name)?.version !== version) {
      throw new SerabutError('SERABUT_ERR_CONFLICT', `${kind} "${name}" is not what it was`);
    }
    return (this.#kept[kind].get(name) as Kept<K> | undefined) ?? ({ kind, name, status } as Next<K>);
  }

  /** Throws SERABUT_ERR_READ_ONLY for a Machine that stands in a document. */
  requireOwn({ kind, name }: Stored): void {
    const where = kind === 'Machine' ? this.#documents.get(name)?.where : undefined;
    if (where === undefined) return;
    throw new SerabutError('SERABUT_ERR_READ_ONLY', `${kind} "${name}" stands in a file`, { where });
  }

  #isBroken(kind: ObjectKind, name: string): boolean {
    try {
      return this.#machines.get(kind, name) !== undefined;
    } catch {
      return true;
    }
  }

  #refresh(kind: ObjectKind, name: string): void {
    const [before, now] = [this.#present[kind].get(name), this.#merge(kind, name)];
    if (now === undefined) this.#present[kind].delete(name);
    else this.#present[kind].set(name, now);
    if (kind === 'Machine') this.#setRemains(name, now === undefined ? this.#remainsOf(name, before) : undefined);
    if (before?.version === now?.version) return;
    for (const listener of this.#listeners) listener(kind, name, now);
  }

  #setRemains(name: string, remains: Remains | undefined): void {
    if (remains === undefined && !this.#remains.has(name)) return;
    if (remains === undefined) this.#remains.delete(name);
    else this.#remains.set(name, remains);
    this.#listed = undefined;
  }

  /** What is known of a Machine of which something is kept, or whose document cannot be used. */
  #remainsOf(name: string, before: Stored | undefined): Remains | undefined {
    const kept = this.#kept.Machine.get(name) as Kept<'Machine'> | undefined;
    const refused = this.#refused.get(`Machine/${name}`);
    if (kept === undefined && refused === undefined && !this.#isBroken('Machine', name)) return undefined;
    const specs = [before?.spec, kept?.spec, kept?.status.facts, this.#documents.get(name)?.spec];
    const former = this.#remains.get(name)?.identities ?? [];
    const identities = [...former, ...specs.filter((spec) => spec !== undefined).map(identitiesIn)];
    return { name, identities, generation: kept?.status.generation ?? 0, where: whereOf('Machine', name) };
  }

  #merge(kind: ObjectKind, name: string): Stored | undefined {
    const kept = this.#kept[kind].get(name);
    const document = kind === 'Machine' ? this.#documents.get(name) : undefined;
    const spec = document?.spec ?? kept?.spec;
    if (spec === undefined || this.#refused.has(`${kind}/${name}`)) return undefined;
    // The same after a restart, and another one after a change of either.
    const version = [kept?.version ?? 0, ...(document === undefined ? [] : [digest(document.spec)])].join('.');
    const status = kept?.status ?? freshStatus;
    return { kind, name, spec, status, version, where: document?.where ?? whereOf(kind, name) } as Stored;
  }
}

function digest(spec: object): string {
  return hash('sha256', JSON.stringify(spec), 'base64url').slice(0, 16);
}
