import { makeFleet } from '../machines/fleet.js';
import { type Life, live } from './machine.js';

/** A machine that is switched on. */
export interface Simulated {
  readonly mac: string;
  /** Of loopback, from which it asks. */
  readonly address: string;
  readonly isSlow: boolean;
}

/** Who is asked by whom. */
export interface Order {
  readonly origin: string;
  /** nginx has files alone; Matchbox has scripts as well; Serabut has answers and is reported to. */
  readonly server: 'Serabut' | 'Matchbox' | 'nginx';
  readonly machines: readonly Simulated[];
  /** The kernel and the initrd as they have to come. */
  readonly bodies: readonly Uint8Array[];
  /** How long a slow machine takes for both at least. */
  readonly slowSeconds: number;
}

/** Switches all machines on at once. `onFastDone` is called when only slow ones are left. */
export async function storm(order: Order, onFastDone: () => void = () => {}): Promise<Life[]> {
  const began = performance.now();
  const all = order.machines.map((machine) => ({ machine, life: live(machine, order, began) }));
  await Promise.all(all.flatMap(({ machine, life }) => (machine.isSlow ? [] : life)));
  onFastDone();
  return Promise.all(all.map(({ life }) => life));
}

/** So many machines, of which every tenth is slow, or none. */
export function simulate(size: number, withSlow = true): Simulated[] {
  const { pending, installed } = makeFleet(size);
  return [...pending, ...installed].map(({ mac }, index) => {
    return { mac, address: `127.1.${index >> 8}.${index & 255}`, isSlow: withSlow && index % 10 === 9 };
  });
}
