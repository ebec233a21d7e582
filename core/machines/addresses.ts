import { RecentMap } from '../recent-map.js';
import type { Store, Stored } from '../resources/store.js';
import type { Roster } from './roster.js';

/** How many addresses are remembered. */
const mostKept = 1_000;

/** Which machine is installed at which address: an installer may get another one by DHCP than the iPXE before it. */
export class Addresses {
  /** Installations by the addresses that their tokens were used from, where these are not those they were given to. */
  readonly #moved = new RecentMap<string>(mostKept);

  constructor(
    private readonly store: Pick<Store, 'get'>,
    private readonly roster: Roster,
  ) {}

  /** The token of an Installation was used from an address. */
  used({ name, status }: Stored<'Installation'>, address: string): void {
    if (address !== status.client?.address) this.#moved.set(address, name);
  }

  /** The machine whose attempt goes on at an address. */
  machineAt(address: string): string | undefined {
    const moved = this.store.get('Installation', this.#moved.get(address) ?? '');
    return (moved?.status.phase === 'Installing' ? moved : this.roster.runningAt(address))?.spec.machine;
  }
}
