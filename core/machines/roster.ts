import type { Store, Stored } from '../resources/store.js';
import { givesWay, identitiesOf, isMeant, isUnclaimed } from './claims.js';
import { NameIndex } from './name-index.js';
import type { SaidFacts } from './outcome.js';
import { identityKeys, type Trace, Traces } from './traces.js';

/** Which Machine a request is of. */
export type Found =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly machine: Stored<'Machine'> }
  /** Nobody can tell which; some of those that fit. */
  | { readonly kind: 'several'; readonly names: readonly string[] }
  /** It may be one of these, whose disk is not to be touched then. */
  | { readonly kind: 'doubtful'; readonly names: readonly string[]; readonly reason: string };

type Machine = Stored<'Machine'>;
type Installation = Stored<'Installation'>;

/** How many Machines that share a UUID or a serial number are looked at, for one request. */
const mostShared = 16;

/**
 * The objects of a store by what requests name them by. Follows the store's changes; each change and each look costs the
 * same however many machines there are.
 */
export class Roster {
  readonly #identities = new NameIndex<Machine>((machine) => (givesWay(machine) ? [] : identitiesOf(machine)));
  /** Those that the server made and nobody has touched, by the same. */
  readonly #discovered = new NameIndex<Machine>((machine) => (givesWay(machine) ? identitiesOf(machine) : []));
  /** Those of which somebody has said what they shall be, by all that they are known by. */
  readonly #claimed = new NameIndex<Machine>((machine) => (isUnclaimed(machine) ? [] : identityKeys(machine.spec)));
  readonly #traces: Traces;
  readonly #accepted = new NameIndex<Machine>((machine) =>
    machine.status.proposal === null || isUnclaimed(machine) ? [] : [machine.status.proposal.rule],
  );
  readonly #unclaimed = new NameIndex<Machine>((machine) => (isUnclaimed(machine) ? ['all'] : []));
  readonly #byMachine = new NameIndex<Installation>(({ spec }) => [spec.machine]);
  readonly #tokens = new NameIndex<Installation>(({ status }) => (status.tokenHash === null ? [] : [status.tokenHash]));
  readonly #running = new NameIndex<Installation>(({ status }) =>
    status.phase === 'Installing' ? ['all', ...(status.client === null ? [] : [status.client.address])] : [],
  );
  readonly #listeners = new Set<(machine: string) => void>();

  constructor(private readonly store: Pick<Store, 'get' | 'all' | 'onObject' | 'remains'>) {
    this.#traces = new Traces(store);
    for (const machine of store.all('Machine')) this.#setMachine(machine.name, machine);
    for (const installation of store.all('Installation')) this.#setInstallation(installation.name, installation);
    store.onObject((kind, name, object) => {
      if (kind === 'Machine') this.#setMachine(name, object as Machine | undefined);
      else this.#setInstallation(name, object as Installation | undefined);
    });
  }

  /**
   * Which Machine is meant. Where none fits that anybody knows, one of which a part fits is not to be taken for unknown:
   * it may have started from its second network card, or have got another mainboard. One that was only discovered gives
   * way to one that somebody made: else nobody could write down what a machine shall be once it has asked.
   */
  find(said: SaidFacts): Found {
    const known = this.#fitting(said, this.#identities);
    const found = known.kind === 'none' ? this.#fitting(said, this.#discovered) : known;
    if (found.kind === 'several' || (found.kind === 'one' && !isUnclaimed(found.machine))) return found;
    const keys = identityKeys({ ...said, macs: said.mac === null ? [] : [said.mac] });
    const alike = new Set(keys.flatMap((key) => [...this.#claimed.of(key)].slice(0, mostShared)));
    if (alike.size > 0) {
      const names = [...alike].slice(0, mostShared);
      return {
        kind: 'doubtful',
        names,
        reason: `A part of what it says is of Machine ${names[0]}, and a part is not.`,
      };
    }
    const trace = this.#traces.of(keys)[0];
    return trace === undefined ? found : { kind: 'doubtful', names: [], reason: trace.reason };
  }

  /** What is left of Machines that are not there any more and were the same computer, to all appearances. */
  tracesOf({ name, spec }: Machine): readonly Trace[] {
    return this.#traces.of(identityKeys(spec)).filter((trace) => trace.machine !== name);
  }

  /**
   * The Machine that is meant: one of its identities is said, and none contradicts what is said. Those that have MAC
   * addresses are known by them where one is said.
   */
  #fitting({ mac, uuid, serial }: SaidFacts, index: NameIndex<Machine>): Found {
    const candidates = new Set<string>();
    if (mac !== null) look(index, `mac ${mac}`, candidates);
    for (const [kind, value] of [
      ['uuid', uuid],
      ['serial', serial],
    ] as const) {
      if (value === null) continue;
      look(index, `${kind} ${value}`, candidates);
      // One with MAC addresses of which none is the said one is contradicted: it need not be looked at.
      if (mac === null) look(index, `${kind} ${value} beside a MAC`, candidates);
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
    const key = `mac ${mac}`;
    const index = this.#identities.count(key) > 0 ? this.#identities : this.#discovered;
    const [name, other] = index.of(key);
    return name === undefined || other !== undefined ? undefined : this.store.get('Machine', name);
  }

  /** Other Machines that claim one of its MAC addresses; some of them, where there are very many. */
  claimants(machine: Machine): readonly string[] {
    const others = new Set<string>();
    const index = givesWay(machine) ? this.#discovered : this.#identities;
    for (const mac of machine.spec.macs) look(index, `mac ${mac}`, others);
    others.delete(machine.name);
    return [...others];
  }

  /** Discovered Machines in whose place this one is; some of them, where there are very many. */
  replacedBy(machine: Machine): Machine[] {
    if (isUnclaimed(machine)) return [];
    const names = new Set<string>();
    for (const key of identityKeys(machine.spec)) {
      look(this.#discovered, key, names);
      look(this.#discovered, `${key} beside a MAC`, names);
    }
    const found = [...names].flatMap((name) => this.store.get('Machine', name) ?? []);
    return found.filter(({ spec: { macs, uuid, serial } }) => {
      const isShared = macs.some((mac) => machine.spec.macs.includes(mac));
      return isShared || isMeant(machine, { mac: macs[0] ?? null, uuid, serial });
    });
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

  /** The Installations whose attempts go on at this address. */
  runningAt(address: string): Installation[] {
    return [...this.#running.of(address)].flatMap((name) => this.store.get('Installation', name) ?? []);
  }

  /** The names of the Installations of which an attempt goes on. */
  running(): string[] {
    return [...this.#running.of('all')];
  }

  /** How many Machines hold the name of a rule and have been accepted. */
  acceptedBy(rule: string): number {
    return this.#accepted.count(rule);
  }

  /** Discovered Machines with which nobody, and no rule, has done anything. */
  unclaimed(): Machine[] {
    return [...this.#unclaimed.of('all')].flatMap((name) => this.store.get('Machine', name) ?? []);
  }

  unclaimedCount(): number {
    return this.#unclaimed.count('all');
  }

  /** Calls the listener with the name of a machine when it, an Installation of it, or its rival for a MAC, has changed. */
  onMachine(listener: (machine: string) => void): void {
    this.#listeners.add(listener);
  }

  #setMachine(name: string, machine: Machine | undefined): void {
    const keys = [...this.#identities.set(name, machine), ...this.#discovered.set(name, machine)];
    const touched = new Set(keys.filter((key) => key.startsWith('mac ')));
    this.#claimed.set(name, machine);
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
    this.#traces.set(name, installation);
    this.#running.set(name, installation);
    for (const machine of machines) this.#tell(machine);
  }

  #tell(machine: string): void {
    for (const listener of this.#listeners) listener(machine);
  }
}

function look(index: NameIndex<Machine>, key: string, candidates: Set<string>): void {
  let looked = 0;
  for (const name of index.of(key)) {
    candidates.add(name);
    looked += 1;
    if (looked > mostShared) return;
  }
}
