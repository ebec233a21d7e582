import { newToken } from '../machines/tokens.js';
import { RecentMap } from '../recent-map.js';
import type { Operator } from './operator-tokens.js';

/** One who has signed in with a browser. */
export interface Session extends Operator {
  /** What the cookie holds. */
  readonly id: string;
  /** What each form of the session has to send back. */
  readonly csrf: string;
}

/** How long a session lasts, in seconds, and how many there are at most: the one that was longest not used goes. */
export const sessionSeconds = 12 * 60 * 60;
const mostSessions = 1_000;

/** Sessions in memory alone: a restart ends them. */
export class Sessions {
  readonly #sessions = new RecentMap<Session & { readonly began: number }>(mostSessions);

  /** `now` is in milliseconds since 1970. */
  constructor(private readonly now: () => number) {}

  begin({ operator, tokenHash }: Operator): Session {
    const session = { id: newToken(), csrf: newToken(), operator, tokenHash, began: this.now() };
    this.#sessions.set(session.id, session);
    return session;
  }

  /** The session of a cookie, if its time is not over. */
  get(id: string): Session | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    // A clock that is set back ends it, too: nobody knows how old it is then.
    const age = this.now() - session.began;
    if (age >= 0 && age < sessionSeconds * 1000) return session;
    this.#sessions.delete(id);
    return undefined;
  }

  end(id: string): void {
    this.#sessions.delete(id);
  }
}
