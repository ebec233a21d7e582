import { cameBack, isRepeat, type SentToDisk, stayedAway } from './disk-methods.js';
import type { DiskMethod } from './outcome.js';

/** How often it is said of a machine that goes round in circles, in milliseconds. */
const saidEvery = 60_000;

/** That a machine was sent to its disk, and when it was last said that it had come back from there. */
interface Sent extends SentToDisk {
  readonly saidAt: number | undefined;
}

/** Which machines were sent to their disks, until it is known how that went. Forgotten with the process. */
export class DiskBoots {
  readonly #sent = new Map<string, Sent>();

  of(machine: string): SentToDisk | undefined {
    return this.#sent.get(machine);
  }

  /** A machine is sent to its disk now; whether it is to be said that it has come back from the time before. */
  send(machine: string, method: DiskMethod, now: number): boolean {
    const before = this.#sent.get(machine);
    if (isRepeat(before, now)) return false;
    const isBack = cameBack(before, now);
    const saidBefore = isBack ? before?.saidAt : undefined;
    const isNews = isBack && (saidBefore === undefined || Math.abs(now - saidBefore) >= saidEvery);
    this.#sent.set(machine, { at: now, method, saidAt: isNews ? now : saidBefore });
    return isNews;
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
