import { cameBack, isRepeat, type SentToDisk, stayedAway } from './disk-methods.js';
import type { DiskMethod } from './outcome.js';

/** Which machines were sent to their disks, until it is known how that went. Forgotten with the process. */
export class DiskBoots {
  readonly #sent = new Map<string, SentToDisk>();

  of(machine: string): SentToDisk | undefined {
    return this.#sent.get(machine);
  }

  /** A machine is sent to its disk now; whether it has come back from the time before. */
  send(machine: string, method: DiskMethod, now: number): boolean {
    const before = this.#sent.get(machine);
    if (isRepeat(before, now)) return false;
    this.#sent.set(machine, { at: now, method });
    return cameBack(before, now);
  }

  /** It gets something else to do, or is gone. */
  forget(machine: string): void {
    this.#sent.delete(machine);
  }

  /** Takes out those that have stayed away for so long that they got to their disks, with the method that did it. */
  takeArrived(now: number): [string, DiskMethod][] {
    const arrived = [...this.#sent].filter(([, sent]) => stayedAway(sent, now));
    for (const [machine] of arrived) this.#sent.delete(machine);
    return arrived.map(([machine, { method }]) => [machine, method]);
  }
}
