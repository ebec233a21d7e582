import { RecentMap } from '../../recent-map.js';
import type { ArpPacket } from '../packets/arp.js';
import type { Seen } from './client.js';
import type { Clients } from './clients.js';

/** Two hosts that say they have the same address. */
export interface Conflict {
  readonly address: string;
  readonly macs: readonly [string, string];
  readonly packets: readonly [number, number];
}

/** Addresses whose owners are kept. */
const mostAddresses = 4096;

/** Conflicts that are kept. */
const mostConflicts = 64;

/** Hosts that one machine looks for in vain and that are kept. */
const mostMissed = 64;

/** When two claim one address within so many seconds it has not simply moved from the one to the other. */
const together = 10;

interface Claim extends Seen {
  readonly mac: string;
}

/** Notes who has which address, and whom machines look for in vain. */
export class ArpTrace {
  readonly #clients: Clients;
  readonly #claims = new RecentMap<Claim>(mostAddresses);
  readonly #conflicts = new Map<string, Conflict>();

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  note(seen: Seen, { isQuestion, mac, address, target, targetMac }: ArpPacket): void {
    if (address !== '0.0.0.0') this.#noteClaim(seen, mac, address);
    if (isQuestion) this.#noteQuestion(seen, mac, address, target);
    else this.#clients.find(targetMac, target)?.attempt.missed.delete(address);
  }

  conflicts(): Conflict[] {
    return [...this.#conflicts.values()];
  }

  #noteClaim(seen: Seen, mac: string, address: string): void {
    const before = this.#claims.get(address);
    this.#claims.set(address, { ...seen, mac });
    if (before === undefined || before.mac === mac || Math.abs(seen.time - before.time) > together) return;
    if (this.#conflicts.has(address) || this.#conflicts.size >= mostConflicts) return;
    this.#conflicts.set(address, { address, macs: [before.mac, mac], packets: [before.packet, seen.packet] });
  }

  #noteQuestion(seen: Seen, mac: string, address: string, target: string): void {
    if (address === target) return; // It announces itself (RFC 5227 §1.1).
    const missed = this.#clients.find(mac, address)?.attempt.missed;
    const before = missed?.get(target);
    if (before !== undefined) before.tries++;
    else if (missed !== undefined && missed.size < mostMissed)
      missed.set(target, { ...seen, address: target, tries: 1 });
  }
}
