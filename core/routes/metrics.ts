import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { textPlan } from '../http/plan.js';
import { readable } from '../http/readable.js';
import { machineMetrics } from '../machines/machine-metrics.js';
import type { DistroEntry } from '../resources/catalogue.js';
import type { Services } from './services.js';

/** `GET /metrics`: numbers for Prometheus. They name no machine, no file and no resource: whoever is on the LAN may ask. */
export function metrics(app: FastifyInstance, { library, plugins, catalogue, store, now }: Services): void {
  const registry = app.metrics;
  machineMetrics(registry, store, now);
  countByState(registry, 'isos', 'ISOs of the library.', {
    states: ['preparing', 'ready', 'failed'],
    list: () => library.entries().map(({ status }) => status.state),
  });
  countByState(registry, 'distros', 'Distros, and ISOs without one; failed ones cannot be booted.', {
    states: ['preparing', 'ready', 'failed'],
    list: async () => (await catalogue.entries()).map(stateOf),
  });
  countByState(
    registry,
    'plugins',
    'Plugins. One whose newest files are wrong is failed, and what works of it loaded.',
    {
      states: ['loaded', 'failed'],
      list: () => [...plugins.loaded.map(() => 'loaded' as const), ...plugins.failed.map(() => 'failed' as const)],
    },
  );
  new Gauge({
    name: 'serabut_transfers',
    help: 'Bodies of files that are being sent.',
    registers: [registry],
    collect() {
      this.set(app.sender.running);
    },
  });
  let hasDefaults = false;
  readable(app, '/metrics', {}, async () => {
    // prom-client has no way to end what these observe, so nothing is begun for an application that nobody asks.
    if (!hasDefaults) collectDefaultMetrics({ register: registry, prefix: 'serabut_' });
    hasDefaults = true;
    return textPlan(await registry.metrics(), registry.contentType);
  });
}

/** What there is of a kind, counted when somebody asks. A state that nothing is in is 0, so that an alert can see it change. */
function countByState<State extends string>(
  registry: Registry,
  kind: string,
  help: string,
  { states, list }: { states: readonly State[]; list: () => readonly State[] | Promise<readonly State[]> },
): void {
  new Gauge({
    name: `serabut_${kind}`,
    help,
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const all = await list();
      for (const state of states) this.set({ state }, all.filter((one) => one === state).length);
    },
  });
}

/** What a 503 says is over soon by itself. */
function stateOf(entry: DistroEntry): 'preparing' | 'ready' | 'failed' {
  if ('distro' in entry) return 'ready';
  return entry.error.status === 503 ? 'preparing' : 'failed';
}
