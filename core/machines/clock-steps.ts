/** A difference between the two clocks that is no step yet, in milliseconds. */
const tolerance = 10_000;

/** How many eras are remembered. */
const mostEras = 16;

/** A time in which nobody set the wall clock; by what that said then, in milliseconds since 1970. */
interface Era {
  /** How far the clock had been set until then. */
  readonly offset: number;
  readonly from: number;
  readonly to: number;
}

/**
 * When, and how far, the wall clock was set while this process ran: a board without a battery begins in 1970, and NTP sets
 * it right. No time has gone by in such a step.
 */
export class ClockSteps {
  /** The last one goes on. */
  #eras: readonly Era[] = [{ offset: 0, from: -Infinity, to: Infinity }];
  #wall: number;
  #steady: number;

  constructor(
    /** Milliseconds since 1970. */
    private readonly now: () => number,
    /** Milliseconds of a clock that nobody sets. */
    private readonly steady: () => number,
  ) {
    this.#wall = now();
    this.#steady = steady();
  }

  /** Compares the clocks, which has to be done every few seconds; what the wall clock says. */
  look(): number {
    const [wall, steady] = [this.now(), this.steady()];
    const ms = wall - this.#wall - (steady - this.#steady);
    if (Math.abs(ms) > tolerance) this.#begin(wall, ms);
    [this.#wall, this.#steady] = [wall, steady];
    return wall;
  }

  #begin(wall: number, ms: number): void {
    const last = this.#offset;
    const ended = this.#eras.map((era) => (era.to === Infinity ? { ...era, to: wall - ms } : era));
    const [oldest, ...younger] = [...ended, { offset: last + ms, from: wall, to: Infinity }].slice(-mostEras);
    // What is older than all that is remembered counts as of the oldest.
    this.#eras = oldest === undefined ? [] : [{ ...oldest, from: -Infinity }, ...younger];
  }

  get #offset(): number {
    return this.#eras.at(-1)?.offset ?? 0;
  }

  /**
   * How far the clock was set forward after a moment, by all steps together. A clock that was set back has said the same
   * more than once: the moment is then taken for the one that makes it youngest. What is younger than now is not made older.
   */
  after(moment: number): number {
    this.look();
    const isIn = ({ from, to }: Era) => from - tolerance <= moment && moment <= to + tolerance;
    const steps = this.#eras.filter(isIn).map(({ offset }) => this.#offset - offset);
    return Math.max(0, ...steps);
  }
}
