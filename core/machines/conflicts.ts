import { isDeepStrictEqual } from 'node:util';
import type { Store } from '../resources/store.js';
import { identityKeys } from './traces.js';

/** Machines between which a request could not tell, for as long as each is known by what it was known by then. */
export class Conflicts {
  /** Of each Machine its rivals, with what both of them were known by. */
  readonly #rivals = new Map<string, ReadonlyMap<string, string>>();

  constructor(private readonly store: Pick<Store, 'get'>) {}

  /** Sets the rivals of a Machine; whether they are others than before. */
  set(machine: string, rivals: readonly string[]): boolean {
    if (rivals.length === 0 && !this.#rivals.has(machine)) return false;
    const before = this.of(machine);
    if (rivals.length === 0) this.#rivals.delete(machine);
    else this.#rivals.set(machine, new Map(rivals.map((rival) => [rival, this.#knownBy(machine, rival)])));
    return !isDeepStrictEqual(before, this.of(machine));
  }

  of(machine: string): string[] {
    const known = [...(this.#rivals.get(machine) ?? [])];
    return known
      .filter(([rival, then]) => this.store.get('Machine', rival) && then === this.#knownBy(machine, rival))
      .map(([rival]) => rival);
  }

  /** Machines that have, or had, this one for a rival. */
  with(machine: string): string[] {
    return [...this.#rivals].filter(([, rivals]) => rivals.has(machine)).map(([name]) => name);
  }

  #knownBy(...names: readonly string[]): string {
    const specs = names.map((name) => this.store.get('Machine', name)?.spec);
    return JSON.stringify(specs.map((spec) => spec && identityKeys(spec)));
  }
}
