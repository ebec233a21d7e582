import { SerabutError } from '../errors.js';
import type { Kind, Resource } from './kinds.js';

/** All resources at one moment: those that can be used, and for each that cannot, why. Never changed once made. */
export class Snapshot {
  readonly #usable = new Map<string, Resource>();
  readonly #broken = new Map<string, SerabutError>();
  /** Made when the first one is asked for. */
  #lists: ReadonlyMap<Kind, readonly Resource[]> | undefined;

  /** Two resources of one kind and name are both unusable, since nobody can say which one is meant. */
  constructor(
    resources: readonly Resource[],
    /** Documents that could not be used, some of them without a name. */
    readonly errors: SerabutError[] = [],
  ) {
    for (const resource of resources) {
      const key = keyOf(resource.kind, resource.name);
      const first = this.#usable.get(key);
      if (first === undefined && !this.#broken.has(key)) this.#usable.set(key, resource);
      else this.#conflict(key, resource, first);
    }
  }

  #conflict(key: string, resource: Resource, first: Resource | undefined): void {
    this.#usable.delete(key);
    const others = first === undefined ? 'others' : `the one in ${first.where}`;
    const message = `${resource.kind} "${resource.name}" has the name of ${others}; neither is used`;
    const error = new SerabutError('SERABUT_ERR_RESOURCE_INVALID', message, { where: resource.where });
    this.#broken.set(key, error);
    this.errors.push(error);
  }

  /** The resource of this name; undefined when there is none. Throws when there is one that cannot be used. */
  get<K extends Kind>(kind: K, name: string): Resource<K> | undefined {
    const broken = this.#broken.get(keyOf(kind, name));
    if (broken !== undefined) throw broken;
    return this.#usable.get(keyOf(kind, name)) as Resource<K> | undefined;
  }

  /** Whether there is a resource of this name that can be used. */
  has(kind: Kind, name: string): boolean {
    return this.#usable.has(keyOf(kind, name));
  }

  /** All usable resources of a kind, by name. */
  list<K extends Kind>(kind: K): readonly Resource<K>[] {
    this.#lists ??= Map.groupBy(
      [...this.#usable.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
      (resource) => resource.kind,
    );
    return (this.#lists.get(kind) ?? []) as readonly unknown[] as readonly Resource<K>[];
  }

  /** Marks a name as taken by a document that is broken, so that asking for it tells why. */
  withBroken(kind: Kind, name: string, error: SerabutError): this {
    this.#usable.delete(keyOf(kind, name));
    this.#broken.set(keyOf(kind, name), error);
    this.#lists = undefined;
    return this;
  }
}

function keyOf(kind: Kind, name: string): string {
  return `${kind}/${name}`;
}
