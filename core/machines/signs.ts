import { isDeepStrictEqual } from 'node:util';
import type { ConditionNow } from '../resources/condition.js';
import type { InstallationStatus } from '../resources/installation.js';
import { type MachineStatus, type TimelineEntry, timelineLength } from '../resources/machine.js';
import type { Stored } from '../resources/store.js';
import { heard, isTrue } from './attempts.js';
import { repeatWithin } from './disk-methods.js';
import { asLine, instantOf } from './instant.js';
import type { SaidFacts } from './outcome.js';
import { isSummed, withEntry } from './timeline.js';

/** What a machine was last seen to ask, and what it got. */
export interface Seen {
  readonly said: SaidFacts;
  readonly address: string;
  readonly decision: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** Signs of life of one attempt. */
interface Heard {
  readonly installation: string;
  readonly attempt: number;
  readonly stages: readonly ConditionNow[];
  readonly at: number;
}

/** All that is known of a machine and not written yet. Never changed once made, but for the time of the last ask. */
export interface Pending {
  /** When the first of it came; milliseconds since 1970. */
  readonly since: number;
  readonly seen: Seen | undefined;
  readonly heard: Heard | undefined;
  readonly timeline: readonly TimelineEntry[];
  /** When the last of the timeline came; milliseconds since 1970. */
  readonly told: number;
  /** Whether it says more than that the machine asked the same again, and got the same. */
  readonly isNews: boolean;
}

/**
 * What may be lost: when machines were last seen, their timelines, the stages of their attempts. It is held in memory,
 * bounded for each machine, and written from time to time; whoever reads a status here reads it with what is pending.
 */
export class Signs {
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Set<(machine: string) => void>();

  /**
   * Asks that say the same and get the same are told apart by their time alone: the first of them stays with a new time.
   * `machine`: as it is written.
   */
  seen({ name, status }: Stored<'Machine'>, seen: Seen): void {
    const before = this.#pending.get(name);
    if (before?.seen !== undefined && isSameAsk(before.seen, seen)) before.seen.at = seen.at;
    else this.#change(name, seen.at, { seen: { ...seen }, isNews: before?.isNews === true || isNews(status, seen) });
  }

  /** One more thing for the timeline; whether it is another one than the last that is pending. A repetition is not kept. */
  happened(machine: string, stage: string, message: string, at: number, bytes?: number): boolean {
    const [line, text] = [asLine(stage, 32), asLine(message, 256)];
    const pending = this.#pending.get(machine);
    const before = pending?.timeline ?? [];
    const last = before.at(-1);
    const isSame = last?.stage === line && last.message === text && !isSummed(stage);
    // Sooner than a machine could have started anew.
    if (isSame && pending !== undefined && Math.abs(at - pending.told) < repeatWithin) return false;
    const entry: TimelineEntry = {
      time: instantOf(at),
      stage: line,
      message: text,
      ...(bytes === undefined ? {} : { bytes }),
    };
    const others = isSame ? before.slice(0, -1) : before;
    this.#change(machine, at, { timeline: [...others, entry].slice(-timelineLength), told: at });
    return !isSame;
  }

  /** A sign of life of the attempt that goes on. */
  heard({ name, spec, status }: Stored<'Installation'>, stage: ConditionNow | undefined, at: number): void {
    const before = this.#pending.get(spec.machine)?.heard;
    const isSame = before?.installation === name && before.attempt === status.attempt;
    const known = isSame ? before.stages.filter(({ type }) => type !== stage?.type) : [];
    const stages = stage === undefined ? known : [...known, stage];
    this.#change(spec.machine, at, { heard: { installation: name, attempt: status.attempt, stages, at } });
  }

  #change(machine: string, at: number, change: Partial<Pending>): void {
    const before = this.#pending.get(machine) ?? {
      since: at,
      seen: undefined,
      heard: undefined,
      timeline: [],
      told: at,
    };
    this.#pending.set(machine, { ...before, isNews: true, ...change });
    for (const listener of this.#listeners) listener(machine);
  }

  onChange(listener: (machine: string) => void): void {
    this.#listeners.add(listener);
  }

  of(machine: string): Pending | undefined {
    return this.#pending.get(machine);
  }

  /**
   * The machines of which something has been pending for so many milliseconds, or since before the clock was set back:
   * those being installed first, then as it came; and apart from them those of which it is no news.
   */
  pendingFor(ms: number, now: number): { news: string[]; same: string[] } {
    const due = [...this.#pending].filter(([, { since }]) => Math.abs(now - since) >= ms);
    const namesOf = (is: (one: Pending) => boolean) => due.filter(([, one]) => is(one)).map(([machine]) => machine);
    const others = namesOf(({ heard, isNews }) => heard === undefined && isNews);
    return {
      news: [...namesOf(({ heard }) => heard !== undefined), ...others],
      same: namesOf(({ isNews }) => !isNews),
    };
  }

  /** Forgets what has been written; what came meanwhile stays. */
  written(machine: string, what: Pending, now: number): void {
    const present = this.#pending.get(machine);
    if (present === undefined) return;
    const seen = present.seen === what.seen ? undefined : present.seen;
    const heard = present.heard === what.heard ? undefined : present.heard;
    const timeline = present.timeline.filter((entry) => !what.timeline.includes(entry));
    if (seen === undefined && heard === undefined && timeline.length === 0) this.#pending.delete(machine);
    else this.#pending.set(machine, { ...present, since: now, seen, heard, timeline, isNews: true });
  }

  /** Forgets all that is pending of a machine that is not there any more. */
  forget(machine: string): void {
    this.#pending.delete(machine);
  }

  /** An Installation with what was heard of its present attempt. */
  merged(installation: Stored<'Installation'>): Stored<'Installation'> {
    const pending = this.#pending.get(installation.spec.machine)?.heard;
    const status = withHeard(installation, pending);
    return status === installation.status ? installation : { ...installation, status };
  }
}

function isSameAsk(one: Seen, other: Seen): boolean {
  if (one.decision !== other.decision || one.address !== other.address) return false;
  return (Object.keys(one.said) as (keyof SaidFacts)[]).every((fact) => one.said[fact] === other.said[fact]);
}

/** Whether it changes more of a status than its time. */
function isNews(status: MachineStatus, seen: Seen): boolean {
  const { lastSeen: _, ...rest } = asSeen(status, seen);
  return !isDeepStrictEqual(rest, { facts: status.facts, address: status.address, decision: status.decision });
}

function withHeard({ name, status }: Stored<'Installation'>, pending: Heard | undefined): InstallationStatus {
  if (pending?.installation !== name || pending.attempt !== status.attempt) return status;
  const stages = pending.stages.filter(({ type }) => !isTrue(status, type));
  const written = Date.parse(status.lastHeard ?? instantOf(0));
  const isKnown = stages.length === 0 && pending.at <= written;
  return status.phase !== 'Installing' || isKnown ? status : heard(status, stages, Math.max(pending.at, written));
}

/** A Machine's status with what is pending. */
export function withPending(status: MachineStatus, pending: Pending | undefined): MachineStatus {
  if (pending === undefined) return status;
  const timeline = pending.timeline.reduce(withEntry, status.timeline);
  return { ...status, timeline, ...(pending.seen === undefined ? {} : asSeen(status, pending.seen)) };
}

/** What a machine's status says of its last request. It says not everything each time: what it left out is as it was. */
export function asSeen({ facts }: MachineStatus, { said, address, decision, at }: Seen): Partial<MachineStatus> {
  const known = Object.entries(said).filter(([, value]) => value !== null);
  return {
    facts: { ...facts, ...Object.fromEntries(known) },
    address: asLine(address, 64),
    decision: asLine(decision, 512),
    lastSeen: instantOf(at),
  };
}
