import type { Identities, Remains } from '../resources/remains.js';
import type { Store, Stored } from '../resources/store.js';
import { NameIndex } from './name-index.js';

type Installation = Stored<'Installation'>;

/** What shows that a Machine which is not there has been: its kept state, or an Installation. */
export interface Trace {
  readonly machine: string;
  /** The highest generation that it shows to have been begun. */
  readonly generation: number;
  readonly reason: string;
}

/**
 * Computers whose Machines are not there, or cannot be used: a typing error, a document that was taken away or got
 * another name, state that cannot be read. None of them is one that nobody knows.
 */
export class Traces {
  readonly #installations = new NameIndex<Installation>(({ status: { client } }) =>
    client?.mac ? [`mac ${client.mac}`] : [],
  );
  #remains: readonly Remains[] = [];
  #byKey = new Map<string, Remains[]>();

  constructor(private readonly store: Pick<Store, 'get' | 'remains'>) {}

  set(name: string, installation: Installation | undefined): void {
    this.#installations.set(name, installation);
  }

  /** Those that are known by one of these. */
  of(keys: readonly string[]): Trace[] {
    this.#follow();
    const kept = new Set(keys.flatMap((key) => this.#byKey.get(key) ?? []));
    const installations = keys.flatMap((key) => [...this.#installations.of(key)]);
    return [
      ...[...kept].map(({ name, generation, where }) => trace(name, generation, where)),
      ...installations.flatMap((name) => this.#ofInstallation(name) ?? []),
    ];
  }

  #ofInstallation(name: string): Trace | undefined {
    const installation = this.store.get('Installation', name);
    if (installation === undefined || this.store.get('Machine', installation.spec.machine) !== undefined) return;
    return trace(installation.spec.machine, installation.spec.generation, `Installation ${name}`);
  }

  /** The store gives another list when it has changed. */
  #follow(): void {
    const { remains } = this.store;
    if (remains === this.#remains) return;
    this.#remains = remains;
    this.#byKey = new Map();
    for (const one of remains) {
      for (const key of new Set(one.identities.flatMap(identityKeys))) {
        const others = this.#byKey.get(key);
        if (others === undefined) this.#byKey.set(key, [one]);
        else others.push(one);
      }
    }
  }
}

function trace(machine: string, generation: number, where: string): Trace {
  return {
    machine,
    generation,
    reason: `It may be Machine ${machine}, which is not there or cannot be used (${where}).`,
  };
}

/** All that somebody is known by, each with its kind. */
export function identityKeys({ macs, uuid, serial }: Identities): string[] {
  return [
    ...macs.map((mac) => `mac ${mac}`),
    ...(uuid === null ? [] : [`uuid ${uuid}`]),
    ...(serial === null ? [] : [`serial ${serial}`]),
  ];
}
