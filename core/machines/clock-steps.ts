/** A difference between the two clocks that is no step yet, in milliseconds. */
const tolerance = 10_000;

/** How many steps are remembered. */
const mostSteps = 16;

interface Step {
  /** What the wall clock would say had it not been set, as of when that was seen. */
  readonly from: number;
  readonly ms: number;
}

/**
 * When, and how far, the wall clock was set forward while this process ran: a board without a battery begins in 1970,
 * and NTP sets it right. No time has gone by in such a step. A clock that is set back needs nothing: all seems young.
 */
export class ClockSteps {
  #steps: readonly Step[] = [];
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
    if (ms > tolerance) this.#steps = [...this.#steps, { from: wall - ms, ms }].slice(-mostSteps);
    [this.#wall, this.#steady] = [wall, steady];
    return wall;
  }

  /** How far the clock was set forward after a moment. */
  after(moment: number): number {
    this.look();
    return this.#steps.reduce((sum, { from, ms }) => (from >= moment ? sum + ms : sum), 0);
  }
}
