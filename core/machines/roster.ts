import type { Store, Stored } from '../resources/store.js';
import type { SaidFacts } from './outcome.js';

/** Which Machine a request is of. */
export type Found =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly machine: Stored<'Machine'> }
  /** Nobody can tell which; some of those that fit. */
  | { readonly kind: 'several'; readonly names: readonly string[] };

type Machine = Stored<'Machine'>;
type Installation = Stored<'Installation'>;

/** How many Machines that share a UUID or a serial number are looked at, for one request. */
const mostShared = 16;

/**
 * The objects of a store by what requests name them by. Follows the store's changes; each change and each look costs the
 * same however many machines there are.
 */
export class Roster {
  readonly #identities = new Index<Machine>(identitiesOf);
  readonly #accepted = new Index<Machine>((machine) =>
    machine.status.proposal === null || isUnclaimed(machine) ? [] : [machine.status.proposal.rule],
  );
  readonly #unclaimed = new Index<Machine>((machine) => (isUnclaimed(machine) ? ['all'] : []));
  readonly #byMachine = new Index<Installation>(({ spec }) => [spec.machine]);
  readonly #tokens = new Index<Installation>(({ status }) => (status.tokenHash === null ? [] : [status.tokenHash]));
  readonly #running = new Index<Installation>(({ status }) =>
    status.phase === 'Installing' ? ['all', ...(status.client === null ? [] : [status.client.address])] : [],
  );
  readonly #listeners = new Set<(machine: string) => void>();

  constructor(private readonly store: Pick<Store, 'get' | 'all' | 'onObject'>) {
    for (const machine of store.all('Machine')) this.#setMachine(machine.name, machine);
    for (const installation of store.all('Installation')) this.#setInstallation(installation.name, installation);
    store.onObject((kind, name, object) => {
      if (kind === 'Machine') this.#setMachine(name, object as Machine | undefined);
      else this.#setInstallation(name, object as Installation | undefined);
    });
  }

  /**
   * The Machine that is meant: one of its identities is said, and none contradicts what is said. Those that have MAC
   * addresses are known by them where one is said.
   */
  find({ mac, uuid, serial }: SaidFacts): Found {
    const candidates = new Set<string>();
    if (mac !== null) this.#look(`mac ${mac}`, candidates);
    for (const [kind, value] of [
      ['uuid', uuid],
      ['serial', serial],
    ] as const) {
      if (value === null) continue;
      this.#look(`${kind} ${value}`, candidates);
      // One with MAC addresses of which none is the said one is contradicted: it need not be looked at.
      if (mac === null) this.#look(`${kind} ${value} beside a MAC`, candidates);
    }
    const fitting: Machine[] = [];
    for (const name of candidates) {
      const machine = this.store.get('Machine', name);
      if (machine !== undefined && isMeant(machine, { mac, uuid, serial })) fitting.push(machine);
    }
    const [first, ...others] = fitting;
    if (first === undefined) return { kind: 'none' };
    return others.length === 0
      ? { kind: 'one', machine: first }
      : { kind: 'several', names: fitting.map(({ name }) => name).slice(0, mostShared) };
  }

  /** The one Machine that claims a MAC address. */
  byMac(mac: string): Machine | undefined {
    const names = this.#identities.of(`mac ${mac}`);
    const [name] = names;
    return name === undefined || names.size > 1 ? undefined : this.store.get('Machine', name);
  }

  #look(key: string, candidates: Set<string>): void {
    let looked = 0;
    for (const name of this.#identities.of(key)) {
      candidates.add(name);
      looked += 1;
      if (looked > mostShared) return;
    }
  }

  /** Other Machines that claim one of its MAC addresses; some of them, where there are very many. */
  claimants({ name, spec }: Machine): readonly string[] {
    const others = new Set<string>();
    for (const mac of spec.macs) this.#look(`mac ${mac}`, others);
    others.delete(name);
    return [...others];
  }

  /** The Installations of a machine. */
  installations(machine: string): Installation[] {
    return [...this.#byMachine.of(machine)].flatMap((name) => this.store.get('Installation', name) ?? []);
  }

  /** The Installation whose token has this hash, whether it still opens anything or not. */
  byTokenHash(hash: string): Installation | undefined {
    for (const name of this.#tokens.of(hash)) return this.store.get('Installation', name);
    return undefined;
  }

  /** The Installation whose attempt goes on at this address. */
  runningAt(address: string): Installation | undefined {
    for (const name of this.#running.of(address)) return this.store.get('Installation', name);
    return undefined;
  }

  /** The names of the Installations of which an attempt goes on. */
  running(): string[] {
    return [...this.#running.of('all')];
  }

  /** How many Machines hold the name of a rule and have been accepted. */
  acceptedBy(rule: string): number {
    return this.#accepted.of(rule).size;
  }

  /** Discovered Machines with which nobody, and no rule, has done anything. */
  unclaimed(): Machine[] {
    return [...this.#unclaimed.of('all')].flatMap((name) => this.store.get('Machine', name) ?? []);
  }

  unclaimedCount(): number {
    return this.#unclaimed.of('all').size;
  }

  /** Calls the listener with the name of a machine when it, an Installation of it, or its rival for a MAC, has changed. */
  onMachine(listener: (machine: string) => void): void {
    this.#listeners.add(listener);
  }

  #setMachine(name: string, machine: Machine | undefined): void {
    const touched = [...this.#identities.set(name, machine)].filter((key) => key.startsWith('mac '));
    this.#accepted.set(name, machine);
    this.#unclaimed.set(name, machine);
    this.#tell(name);
    for (const key of touched) {
      let told = 0;
      for (const rival of this.#identities.of(key)) {
        if (rival !== name) this.#tell(rival);
        told += 1;
        if (told > mostShared) break;
      }
    }
  }

  #setInstallation(name: string, installation: Installation | undefined): void {
    const machines = this.#byMachine.set(name, installation);
    this.#tokens.set(name, installation);
    this.#running.set(name, installation);
    for (const machine of machines) this.#tell(machine);
  }

  #tell(machine: string): void {
    for (const listener of this.#listeners) listener(machine);
  }
}

/** Whether nobody has ever said what a discovered machine shall be. */
export function isUnclaimed({ spec, status }: Pick<Machine, 'spec' | 'status'>): boolean {
  return status.discovered && spec.bootProfile === null && spec.install.generation === 0 && status.generation === 0;
}

function isMeant({ spec }: Machine, said: Pick<SaidFacts, 'mac' | 'uuid' | 'serial'>): boolean {
  const macs = said.mac === null || spec.macs.length === 0 ? undefined : spec.macs.includes(said.mac);
  const others = [compare(spec.uuid, said.uuid), compare(spec.serial, said.serial)];
  const all = [macs, ...others];
  return all.includes(true) && !all.includes(false);
}

/** Whether two are the same; undefined where one of them is not said. */
function compare(a: string | null, b: string | null): boolean | undefined {
  return a === null || b === null ? undefined : a === b;
}

function identitiesOf({ spec: { macs, uuid, serial } }: Machine): string[] {
  const beside = macs.length === 0 ? '' : ' beside a MAC';
  return [
    ...macs.map((mac) => `mac ${mac}`),
    ...(uuid === null ? [] : [`uuid ${uuid}${beside}`]),
    ...(serial === null ? [] : [`serial ${serial}${beside}`]),
  ];
}

/** Names of objects by keys that are made of the objects. */
class Index<T> {
  readonly #keys = new Map<string, readonly string[]>();
  readonly #names = new Map<string, Set<string>>();

  constructor(private readonly keysOf: (object: T) => readonly string[]) {}

  of(key: string): ReadonlySet<string> {
    return this.#names.get(key) ?? none;
  }

  /** Sets the present object of a name; returns its keys before and now. */
  set(name: string, object: T | undefined): Set<string> {
    const before = this.#keys.get(name) ?? [];
    const now = object === undefined ? [] : this.keysOf(object);
    for (const key of before) this.#remove(key, name);
    for (const key of now) this.#add(key, name);
    if (now.length === 0) this.#keys.delete(name);
    else this.#keys.set(name, now);
    return new Set([...before, ...now]);
  }

  #add(key: string, name: string): void {
    const names = this.#names.get(key);
    if (names === undefined) this.#names.set(key, new Set([name]));
    else names.add(name);
  }

  #remove(key: string, name: string): void {
    const names = this.#names.get(key);
    names?.delete(name);
    if (names?.size === 0) this.#names.delete(key);
  }
}

const none: ReadonlySet<string> = new Set();
