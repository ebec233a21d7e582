import { printable } from '../iso/printable.js';
import { Broken, type Fault } from './faults.js';

export type Protocol = 'DHCP' | 'TFTP' | 'HTTP' | 'TCP' | '';

/** One thing that a machine does on its way, and what came of it. */
export interface Step {
  /** `-`: seen, and nothing that a machine needs; `warn`: broken, and not on this way. */
  readonly state: 'ok' | 'FAIL' | 'warn' | '-';
  readonly protocol: Protocol;
  readonly what: string;
  /** Of what was received; null where that says nothing. */
  readonly bytes: number | null;
  /** Milliseconds; null where nothing was waited for. */
  readonly ms: number | null;
}

/** What a step says of itself while it goes on. */
export interface Note {
  what: string;
  bytes: number | null;
  state: 'ok' | '-';
}

/** What a URL says of the machine: long, and the same in each. */
const aboutMachine = /\?(profile=[\w.-]+)?\S*\bmac=[^\s:]*(:[0-9a-f]{2}\b[^\s:]*)*/g;

/** The longest text of a step. Most of it was said by others. */
const longest = 500;

/** The way of one machine, step by step, up to the first that fails. */
export class Walk {
  readonly steps: Step[] = [];
  fault: Fault | undefined;
  /** What the menu offers: names of profiles and distros. */
  offered: readonly string[] = [];
  /** What is broken on the server, and not on this way. */
  readonly warnings: string[] = [];

  constructor(private readonly onStep: (step: Step) => void = () => {}) {}

  /** Does one step. What it throws ends the way, and is the last line. */
  async step<T>(protocol: Protocol, what: string, run: (note: Note) => Promise<T>): Promise<T> {
    const note: Note = { what, bytes: null, state: 'ok' };
    const start = performance.now();
    const done = (state: Step['state']): void =>
      this.#add({ ...note, protocol, state, ms: Math.round(performance.now() - start) });
    try {
      const result = await run(note);
      done(note.state);
      return result;
    } catch (error) {
      if (error instanceof Broken && this.fault === undefined) {
        this.broken(error);
        done('FAIL');
      }
      throw error;
    }
  }

  /** Keeps the first broken link. */
  broken({ fault }: Broken): void {
    this.fault ??= { ...fault, cause: plain(fault.cause) };
  }

  /** Something that was seen without waiting for it. */
  say(what: string, state: Step['state'] = '-'): void {
    this.#add({ state, protocol: '', what, bytes: null, ms: null });
  }

  warn(what: string): void {
    this.warnings.push(plain(what));
    this.say(what, 'warn');
  }

  #add(step: Step): void {
    const clean = { ...step, what: plain(step.what) };
    this.steps.push(clean);
    this.onStep(clean);
  }
}

/** A text, most of which others said, for people: on one line, and of bounded length. */
function plain(text: string): string {
  return printable(text.slice(0, 4 * longest).replaceAll(aboutMachine, (_, profile = '') => `?${profile}…`)).slice(
    0,
    longest,
  );
}
