import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { InstallationStatus } from '../resources/installation.js';
import { machineStatus } from '../resources/machine.js';
import type { Store, Stored } from '../resources/store.js';
import { stageTimes } from './stage-times.js';

/** Why attempts end; what is none of these counts as Other, so that the label has few values. */
const reasons: readonly string[] = [
  'Reported',
  'StartedAgain',
  'DeadlineExceeded',
  'Stalled',
  'Superseded',
  'Cancelled',
  'AttemptsSpent',
];

/** From a kernel that a fast LAN carries in a second to an installation of an hour. */
const buckets = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 2700, 3600];

/** One end of an attempt. */
interface End {
  readonly outcome: 'installed' | 'failed' | 'retried';
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Numbers of the life of machines, for Prometheus. No label is a name, or anything that a client chooses. What happened
 * before the metrics began is not counted; what one change of an object tells is counted once.
 */
export function machineMetrics(registry: Registry, store: Pick<Store, 'all' | 'onObject'>, now: () => number): void {
  const registers = [registry];
  const seconds = new Histogram({
    name: 'serabut_boot_stage_seconds',
    help: 'Time that machines took from the stage before to this one.',
    labelNames: ['stage'],
    buckets,
    registers,
  });
  const ended = new Counter({
    name: 'serabut_installations_total',
    help: 'Attempts to install that ended: installed, failed for good, or retried.',
    labelNames: ['outcome', 'reason'],
    registers,
  });
  // Series that are there from the start: Prometheus sees no increase in one that begins with 1.
  for (const reason of [...reasons, 'Other']) {
    for (const outcome of ['failed', 'retried']) ended.inc({ outcome, reason }, 0);
  }
  ended.inc({ outcome: 'installed', reason: 'Reported' }, 0);
  standingGauges(registry, store);
  const news = new News(now());
  store.onObject((kind, name, object) => {
    if (kind === 'Machine') {
      const times = object === undefined ? undefined : stageTimes((object as Stored<'Machine'>).status.timeline);
      for (const time of news.of(`Machine ${name}`, times)) seconds.observe({ stage: time.stage }, time.seconds);
      return;
    }
    const ends = object === undefined ? undefined : endsOf((object as Stored<'Installation'>).status);
    for (const { outcome, reason } of news.of(`Installation ${name}`, ends)) {
      ended.inc({ outcome, reason: reasons.includes(reason) ? reason : 'Other' });
    }
  });
}

/** What is, as of the moment at which somebody asks. */
function standingGauges(registry: Registry, store: Pick<Store, 'all'>): void {
  const registers = [registry];
  const { enum: phases } = machineStatus.properties.phase as unknown as { readonly enum: readonly string[] };
  new Gauge({
    name: 'serabut_machines',
    help: 'Machines by phase.',
    labelNames: ['phase'],
    registers,
    collect() {
      const counts = new Map(phases.map((phase) => [phase, 0]));
      for (const { status } of store.all('Machine')) counts.set(status.phase, (counts.get(status.phase) ?? 0) + 1);
      for (const [phase, count] of counts) this.set({ phase }, count);
    },
  });
  new Gauge({
    name: 'serabut_machines_stalled',
    help: 'Machines of which nothing has been heard for too long while they are installed.',
    registers,
    collect() {
      this.set([...store.all('Installation')].filter(({ status }) => isStalled(status)).length);
    },
  });
}

function isStalled({ phase, conditions }: InstallationStatus): boolean {
  return phase === 'Installing' && conditions.some(({ type, status }) => type === 'Stalled' && status === 'True');
}

/** The ends that an Installation tells of. */
function endsOf({ phase, failures, conditions }: InstallationStatus): End[] {
  const failed = failures.map(({ reason, time }, index): End => {
    const isFinal = phase === 'Failed' && index === failures.length - 1;
    return { outcome: isFinal ? 'failed' : 'retried', reason, at: Date.parse(time) };
  });
  const installed = conditions.find(({ type, status }) => type === 'Installed' && status === 'True');
  if (installed === undefined) return failed;
  return [...failed, { outcome: 'installed', reason: 'Reported', at: Date.parse(installed.lastTransitionTime) }];
}

/** Tells what is new of an object: later than all that was new before. */
class News {
  readonly #until = new Map<string, number>();

  constructor(private readonly began: number) {}

  /** `undefined` when the object has gone. */
  of<T extends { readonly at: number }>(name: string, all: readonly T[] | undefined): readonly T[] {
    const until = this.#until.get(name) ?? this.began;
    const fresh = (all ?? []).filter(({ at }) => at > until);
    if (all === undefined) this.#until.delete(name);
    else if (fresh.length > 0) this.#until.set(name, Math.max(...fresh.map(({ at }) => at)));
    return fresh;
  }
}
