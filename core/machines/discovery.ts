import { checkAndFill } from '../check.js';
import { asSerabutError } from '../errors.js';
import type { Queues } from '../queues.js';
import type { Resource } from '../resources/kinds.js';
import { type MachineSpec, type MachineStatus, machineStatus } from '../resources/machine.js';
import type { Stored } from '../resources/store.js';
import { emptySpec, isUnclaimed } from './claims.js';
import type { LifecycleDeps } from './lifecycle.js';
import type { Client, Decision, SaidFacts } from './outcome.js';
import { again, type Records } from './records.js';
import { ruleFor } from './rules.js';
import { asSeen, type Seen } from './signs.js';
import { strangerTo } from './stranger.js';

/** How many discovered machines are kept with which nobody has done anything. */
const mostKept = 500;

/** How many new ones are recorded in a minute: whoever is on the LAN can make them up. */
const mostPerMinute = 10;

/** Records machines of which nothing is known, and what rules propose for them. */
export class Discovery {
  #recent: readonly number[] = [];
  /** Acceptances by a rule that are being written. */
  readonly #accepting = new Map<string, number>();

  constructor(
    private readonly records: Records,
    private readonly queues: Queues,
    private readonly deps: Pick<LifecycleDeps, 'settings' | 'log'>,
  ) {}

  /**
   * An unknown machine has said everything of itself. Whether a rule has accepted it, so that it is known now; that alone
   * is waited for.
   */
  async met(said: SaidFacts, client: Client, decision: Decision): Promise<boolean> {
    const name = nameOf(said);
    if (name === undefined || decision.isUnknown !== true) return false;
    const rule = ruleFor(said, this.records.store.snapshot);
    const known = decision.machine ?? name;
    const seen = { said, address: client.address, decision: decision.reason, at: this.records.now() };
    const work = this.queues.run(known, async () => {
      const machine = this.records.store.get('Machine', known) ?? (await this.#create(known, seen));
      if (machine === undefined || !isUnclaimed(machine)) return false;
      await this.#propose(known, rule);
      return rule !== undefined && (await this.#accept(known, said, client, rule));
    });
    const outcome = work.catch((error) => {
      const { code, message } = asSerabutError(error);
      this.deps.log('an unknown machine could not be recorded', { machine: name, code, problem: message });
      return false;
    });
    return rule?.spec.accept === true ? outcome : false;
  }

  /** A new Machine, where there is room for it and it does not come too fast. */
  async #create(name: string, seen: Seen): Promise<Stored<'Machine'> | undefined> {
    const { store, roster, now } = this.records;
    this.#recent = this.#recent.filter((at) => Math.abs(now() - at) < 60_000);
    if (this.#recent.length >= mostPerMinute) return undefined;
    if (roster.unclaimedCount() >= mostKept && !(await this.#forgetOldest())) return undefined;
    this.#recent = [...this.#recent, now()];
    const { mac, uuid, serial } = seen.said;
    const spec: MachineSpec = { ...emptySpec, macs: mac === null ? [] : [mac], uuid, serial };
    const status: MachineStatus = {
      ...emptyStatus,
      ...asSeen(emptyStatus, seen),
      phase: 'Discovered',
      discovered: true,
    };
    const made = await store.create('Machine', name, spec, status);
    const message = `A machine that is not known asked for the first time${mac === null ? '' : ` (${mac})`}.`;
    store.tell('Machine', name, { type: 'Normal', reason: 'Discovered', message });
    return made;
  }

  /** Makes room by the one that has not been seen for longest, of those first for which no rule proposes anything. */
  async #forgetOldest(): Promise<boolean> {
    const { store, roster, signs } = this.records;
    if (!store.isActing) return false;
    const seenAt = ({ name, status }: Stored<'Machine'>) =>
      signs.of(name)?.seen?.at ?? Date.parse(status.lastSeen ?? '1970-01-01T00:00:00Z');
    const unclaimed = roster.unclaimed();
    const untouched = unclaimed.filter(({ status }) => status.proposal === null);
    // Whoever makes machines up makes up such as rules fit; a real one asks again.
    const [oldest] = (untouched.length > 0 ? untouched : unclaimed).sort((a, b) => seenAt(a) - seenAt(b));
    if (oldest === undefined) return false;
    await store.remove(oldest);
    signs.forget(oldest.name);
    return true;
  }

  async #propose(name: string, rule: Resource<'MachineRule'> | undefined): Promise<void> {
    const proposal = rule === undefined ? null : { rule: rule.name, bootProfile: rule.spec.bootProfile };
    await this.records.writeMachine(name, (status) => ({ ...status, proposal }), 'standing');
  }

  /** Accepts a machine by its rule, if that may accept one more, and if it is sure that nobody else has said what it is. */
  async #accept(
    name: string,
    said: SaidFacts,
    client: Client,
    { name: rule, spec }: Resource<'MachineRule'>,
  ): Promise<boolean> {
    const { store, roster } = this.records;
    const machine = store.get('Machine', name);
    if (!spec.accept || !store.isActing || machine === undefined || this.records.doubt !== undefined) return false;
    // Anybody can make up a UUID: whoever shows no MAC address of the Machine is nobody.
    if (said.mac === null || !machine.spec.macs.includes(said.mac)) return false;
    if (strangerTo(machine, client, this.deps.settings, said) !== undefined) return false;
    const coming = this.#accepting.get(rule) ?? 0;
    if (roster.acceptedBy(rule) + coming >= spec.maximum) return false;
    this.#accepting.set(rule, coming + 1);
    try {
      await again(() => this.#acceptNow(name, spec.bootProfile));
    } finally {
      this.#accepting.set(rule, (this.#accepting.get(rule) ?? 1) - 1);
    }
    const message = `Rule ${rule} accepted it for BootProfile ${spec.bootProfile}.`;
    store.tell('Machine', name, { type: 'Normal', reason: 'Accepted', message });
    return true;
  }

  async #acceptNow(name: string, bootProfile: string): Promise<void> {
    const machine = this.records.store.get('Machine', name);
    if (machine === undefined || !isUnclaimed(machine)) return;
    const install = { ...machine.spec.install, generation: 1 };
    await this.records.store.writeSpec(machine, { ...machine.spec, bootProfile, install });
  }
}

/** What a discovered machine is called; undefined for one that has said nothing by which it could be known again. */
function nameOf({ mac, uuid }: SaidFacts): string | undefined {
  if (mac !== null) return `mac-${mac.replaceAll(':', '-')}`;
  return uuid === null ? undefined : `uuid-${uuid}`;
}

const emptyStatus = checkAndFill<MachineStatus>(machineStatus, {}).value;
