import { Registry } from 'prom-client';
import t from 'tap';
import { machineMetrics } from '../../../core/machines/machine-metrics.js';
import type { InstallationStatus } from '../../../core/resources/installation.js';
import type { MachineStatus } from '../../../core/resources/machine.js';
import type { ObjectKind, Store, Stored } from '../../../core/resources/store.js';

const began = Date.UTC(2026, 10, 28, 12);
const at = (second: number): string => new Date(began + second * 1000).toISOString();

type Listener = Parameters<Store['onObject']>[0];
type Parts = { Machine: Partial<MachineStatus>; Installation: Partial<InstallationStatus> };

/** A store of which only the statuses are looked at. */
class Objects {
  readonly #objects = new Map<string, { kind: ObjectKind; status: object }>();
  readonly #listeners: Listener[] = [];

  *all<K extends ObjectKind>(kind: K): Iterable<Stored<K>> {
    for (const object of this.#objects.values()) if (object.kind === kind) yield object as never;
  }

  onObject(listener: Listener): void {
    this.#listeners.push(listener);
  }

  set<K extends ObjectKind>(kind: K, name: string, status: Parts[K] | undefined): void {
    const empty = kind === 'Machine' ? { timeline: [] } : { failures: [], conditions: [] };
    const object = status === undefined ? undefined : { kind, status: { ...empty, ...status } };
    if (object === undefined) this.#objects.delete(`${kind} ${name}`);
    else this.#objects.set(`${kind} ${name}`, object);
    for (const listener of this.#listeners) listener(kind, name, object as never);
  }
}

/** The series of a fresh registry, by their text, without those that are 0. */
function begin() {
  const objects = new Objects();
  const registry = new Registry();
  machineMetrics(registry, objects, () => began);
  const series = async (name: string): Promise<string[]> =>
    (await registry.getSingleMetricAsString(name))
      .split('\n')
      .filter((line) => !line.startsWith('#') && !line.endsWith(' 0') && line !== '');
  return { objects, series, registry };
}

t.test('machines are counted by phase, and those that are stalled', async (t) => {
  const { objects, series } = begin();
  objects.set('Machine', 'a', { phase: 'Installing' });
  objects.set('Machine', 'b', { phase: 'Installing' });
  objects.set('Machine', 'c', { phase: 'Discovered' });
  const stalled = {
    type: 'Stalled',
    status: 'True',
    reason: 'Silence',
    message: '',
    lastTransitionTime: at(1),
  } as const;
  objects.set('Installation', 'a-1', { phase: 'Installing', conditions: [stalled] });
  objects.set('Installation', 'b-1', { phase: 'Failed', conditions: [stalled] });
  t.strictSame(await series('serabut_machines'), [
    'serabut_machines{phase="Discovered"} 1',
    'serabut_machines{phase="Installing"} 2',
  ]);
  t.strictSame(await series('serabut_machines_stalled'), ['serabut_machines_stalled 1']);
  objects.set('Machine', 'c', undefined);
  objects.set('Installation', 'a-1', undefined);
  t.strictSame(await series('serabut_machines'), ['serabut_machines{phase="Installing"} 2']);
  t.strictSame(await series('serabut_machines_stalled'), []);
});

t.test('the time of a stage is observed once, whatever is written how often', async (t) => {
  const { objects, series } = begin();
  const entry = (stage: string, second: number) => ({ time: at(second), stage, message: '' });
  const timeline = [entry('ScriptSent', -90), entry('KernelSent', -80), entry('ScriptSent', 1), entry('KernelSent', 4)];
  objects.set('Machine', 'a', { timeline });
  objects.set('Machine', 'a', { timeline: [...timeline, entry('InitrdSent', 34)] });
  objects.set('Machine', 'a', { timeline: [...timeline, entry('InitrdSent', 34), entry('Syslog', 35)] });
  const sums = (await series('serabut_boot_stage_seconds')).filter((line) => /_(sum|count)/.test(line));
  t.strictSame(sums, [
    'serabut_boot_stage_seconds_sum{stage="KernelSent"} 3',
    'serabut_boot_stage_seconds_count{stage="KernelSent"} 1',
    'serabut_boot_stage_seconds_sum{stage="InitrdSent"} 30',
    'serabut_boot_stage_seconds_count{stage="InitrdSent"} 1',
  ]);
});

t.test('the ends of attempts are counted by outcome and reason, without any word of a client', async (t) => {
  const { objects, series, registry } = begin();
  const failure = (attempt: number, reason: string, second: number) => ({
    attempt,
    time: at(second),
    reason,
    message: 'x',
  });
  const before = failure(1, 'Stalled', -5);
  const first = [before, failure(2, 'StartedAgain', 10)];
  objects.set('Installation', 'a-1', { phase: 'Pending', failures: [before] });
  objects.set('Installation', 'a-1', { phase: 'Pending', failures: first });
  objects.set('Installation', 'a-1', { phase: 'Installing', failures: first });
  objects.set('Installation', 'a-1', { phase: 'Failed', failures: [...first, failure(3, 'a word of it', 20)] });
  const installed = {
    type: 'Installed',
    status: 'True',
    reason: 'x',
    message: '',
    lastTransitionTime: at(30),
  } as const;
  objects.set('Installation', 'b-1', { phase: 'Installed', conditions: [installed] });
  objects.set('Installation', 'b-1', { phase: 'Installed', conditions: [installed] });
  t.strictSame((await series('serabut_installations_total')).sort(), [
    'serabut_installations_total{outcome="failed",reason="Other"} 1',
    'serabut_installations_total{outcome="installed",reason="Reported"} 1',
    'serabut_installations_total{outcome="retried",reason="StartedAgain"} 1',
  ]);
  t.notMatch(await registry.metrics(), /a word of it|a-1/);
});
