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
    const entry = this.#present(address) ?? { since: this.now(), guesses: 0 };
    entry.guesses += 1;
    this.#counts.set(address, entry);
    if (entry.guesses > limits.guesses) throw this.#tooMany(entry.since);
  }

  /** Throws SERABUT_ERR_TOO_MANY_GUESSES where even the right one is not to be looked at, as too many were wrong. */
  require(address: string): void {
    const entry = this.#present(address);
    if (entry !== undefined && entry.guesses >= limits.guesses) throw this.#tooMany(entry.since);
  }

  #present(address: string): { since: number; guesses: number } | undefined {
    const known = this.#counts.get(address);
    return known !== undefined && Math.abs(this.now() - known.since) < limits.windowMs ? known : undefined;
  }

  #tooMany(since: number): SerabutError {
    const retryAfter = Math.ceil((since + limits.windowMs - this.now()) / 1000);
    return new SerabutError('SERABUT_ERR_TOO_MANY_GUESSES', 'too many wrong tokens came from here', { retryAfter });
  }
}
