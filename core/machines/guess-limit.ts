import { SerabutError } from '../errors.js';
import { RecentMap } from '../recent-map.js';

/** How many wrong tokens an address may try in how many milliseconds, and how many addresses are remembered. */
const limits = { guesses: 60, windowMs: 60_000, addresses: 1_000 } as const;

/** Counts wrong tokens by address. Nobody guesses 256 bits; but who tries should not be a load. */
export class GuessLimit {
  readonly #counts = new RecentMap<{ since: number; guesses: number }>(limits.addresses);

  constructor(private readonly now: () => number) {}

  /** Counts a wrong one. Throws SERABUT_ERR_TOO_MANY_GUESSES when there were too many. */
  count(address: string): void {
    const now = this.now();
    const known = this.#counts.get(address);
    const isPresent = known !== undefined && Math.abs(now - known.since) < limits.windowMs;
    const entry = isPresent ? known : { since: now, guesses: 0 };
    entry.guesses += 1;
    this.#counts.set(address, entry);
    if (entry.guesses <= limits.guesses) return;
    const retryAfter = Math.ceil((entry.since + limits.windowMs - now) / 1000);
    throw new SerabutError('SERABUT_ERR_TOO_MANY_GUESSES', 'too many wrong tokens came from here', { retryAfter });
  }
}
