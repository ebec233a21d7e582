import { Lifecycle, type LifecycleDeps } from '../../core/machines/lifecycle.js';
import type { Client, Question, SaidFacts } from '../../core/machines/outcome.js';
import { Roster } from '../../core/machines/roster.js';
import type { Stored } from '../../core/resources/store.js';
import { MemoryBackend, MemoryStore } from './memory-store.js';

export const startTime = Date.UTC(2026, 10, 28, 12);
export const minute = 60_000;

/** What a machine says of itself. */
export function said(facts: Partial<SaidFacts> = {}): SaidFacts {
  const nothing = { mac: null, uuid: null, serial: null, arch: null, platform: null };
  return { ...nothing, manufacturer: null, product: null, memoryMiB: null, ...facts };
}

export function client(address = '192.168.88.20', neighbour: string | null = null): Client {
  return { address, neighbour };
}

export const boot: Question = { about: 'boot', isWhole: true };

/** The n-th MAC address. */
export function mac(n: number): string {
  return `52:54:00:00:${[n >> 8, n & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}

/** The resources that most tests need. */
export const profiles = [
  { kind: 'BootProfile', name: 'web', spec: { distro: 'debian-13', configuration: 'web' } },
  { kind: 'BootProfile', name: 'db', spec: { distro: 'debian-13', configuration: 'db' } },
] as const;

let tokens = 0;

/** One server with a clock of its own, on a backend that outlives it. */
export class World {
  readonly backend: MemoryBackend;
  /** The wall clock, and what it was set by, which is no time that went by. */
  readonly clock: { now: number; set: number };
  store: MemoryStore;
  roster: Roster;
  lifecycle: Lifecycle;
  readonly logged: string[] = [];
  readonly #deps: Partial<LifecycleDeps>;

  constructor(deps: Partial<LifecycleDeps> = {}, { backend, clock }: Partial<Pick<World, 'backend' | 'clock'>> = {}) {
    this.backend = backend ?? new MemoryBackend();
    this.clock = clock ?? { now: startTime, set: 0 };
    this.#deps = deps;
    if (backend === undefined) this.backend.putSnapshot(profiles);
    this.store = new MemoryStore(this.backend);
    this.roster = new Roster(this.store);
    this.lifecycle = this.#start();
  }

  #start(): Lifecycle {
    return new Lifecycle({
      store: this.store,
      roster: this.roster,
      settings: { defaultEntry: undefined, identify: 'query' },
      now: () => this.clock.now,
      steady: () => this.clock.now - this.clock.set,
      newToken: () => {
        tokens += 1;
        return `token-${tokens}`;
      },
      menu: async () => [],
      log: (message, fields) => this.logged.push(`${message} ${JSON.stringify(fields)}`),
      ...this.#deps,
    });
  }

  /** The server ends without a word, and another one starts. */
  restart(): void {
    void this.store.close();
    this.store = new MemoryStore(this.backend);
    this.roster = new Roster(this.store);
    this.lifecycle = this.#start();
  }

  machine(name: string): Stored<'Machine'> {
    return this.backend.objects.get(`Machine/${name}`) as Stored<'Machine'>;
  }

  installation(name: string): Stored<'Installation'> {
    return this.backend.objects.get(`Installation/${name}`) as Stored<'Installation'>;
  }

  /** The wall clock is set. */
  step(ms: number): void {
    this.clock.now += ms;
    this.clock.set += ms;
  }

  /** Time goes by. */
  pass(ms: number): void {
    this.clock.now += ms;
  }
}
