import { RecentMap } from '../recent-map.js';
import type { ConditionNow } from '../resources/condition.js';
import { sentStages } from '../resources/installation.js';
import type { Stored } from '../resources/store.js';
import { is } from './attempts.js';
import type { Records } from './records.js';
import type { Who } from './sightings.js';

/** How many addresses are remembered. */
const mostKept = 1_000;

/** What is seen of machines besides what they ask and report, and at which addresses they are installed. */
export class Watch {
  /**
   * Installations by the addresses that their tokens were used from, where these are not those they were given to: an
   * installer may get another one by DHCP than the iPXE before it.
   */
  readonly #moved = new RecentMap<string>(mostKept);

  constructor(private readonly records: Records) {}

  /** The token of an Installation was used from an address. */
  used({ name, status }: Stored<'Installation'>, address: string): void {
    if (address !== status.client?.address) this.#moved.set(address, name);
  }

  /** The machines of which an attempt goes on at an address: several behind a router. */
  machinesAt(address: string): readonly string[] {
    const { store, roster } = this.records;
    const moved = store.get('Installation', this.#moved.get(address) ?? '');
    const here = roster.runningAt(address);
    const all = moved?.status.phase === 'Installing' ? [moved, ...here] : here;
    return [...new Set(all.map(({ spec }) => spec.machine))];
  }

  /** A sign of life of this Machine, or of whoever has this MAC address or network address. */
  saw(who: Who, stage: string, message: string, bytes?: number): void {
    const { signs, now } = this.records;
    const machines = this.#machinesOf(who);
    const [machine] = machines;
    // Which of several behind one address it was nobody can tell: it is a sign of life of each, and in no one's history.
    const isSure = machines.length === 1;
    if (machine !== undefined && isSure) signs.happened(machine, stage, message, now(), bytes);
    const isStage = isSure && sentStages.some((sent) => sent === stage);
    const condition = isStage ? is(stage, 'Sent', message.slice(0, 1024)) : undefined;
    for (const one of machines) this.#heard(one, condition);
  }

  #machinesOf({ machine, mac, address }: Who): readonly string[] {
    const known = machine ?? (mac === undefined ? undefined : this.records.roster.byMac(mac)?.name);
    if (known !== undefined) return [known];
    return address === undefined ? [] : this.machinesAt(address);
  }

  #heard(machine: string, condition: ConditionNow | undefined): void {
    const { signs, store, now } = this.records;
    const name = store.get('Machine', machine)?.status.installation ?? null;
    const installation = name === null ? undefined : store.get('Installation', name);
    if (installation?.status.phase === 'Installing') signs.heard(installation, condition, now());
  }
}
