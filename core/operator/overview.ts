import type { SerabutError } from '../errors.js';
import type { IsoLibrary } from '../iso/library.js';
import type { PluginRegistry } from '../plugin/registry.js';
import type { Catalogue } from '../resources/catalogue.js';
import { messageOf } from '../resources/condition.js';
import type { Store, Stored } from '../resources/store.js';
import Type, { type Static } from '../typebox.js';
import { distroViews } from './distro-view.js';
import { imageStates, imageViews } from './image-view.js';
import { countPhases, phaseCounts } from './machine-list.js';
import { type Machines, machineSummary, machineSummarySchema } from './machine-view.js';
import { pluginViews } from './plugin-view.js';
import { words } from './schema.js';

/** How many problems, running installations and discovered machines are shown. */
const mostShown = 50;

const problemKinds = ['Server', 'Machine', 'Image', 'Distro', 'Plugin', 'Resource'] as const;

/** One thing that a person has to see to. */
const problemView = Type.Object({ kind: words(problemKinds), name: Type.String(), message: Type.String() });

const counted = <const T extends readonly string[]>(states: T) =>
  Type.Object(Object.fromEntries(states.map((state) => [state, Type.Integer()])) as Record<T[number], Type.TInteger>);

const distroStates = ['ready', 'preparing', 'failed'] as const;
const pluginStates = ['loaded', 'failed'] as const;

/** What somebody sees first: what is wrong, then what goes on. */
export const overviewSchema = Type.Object(
  {
    problems: Type.Array(problemView),
    /** How many there are, also of those that are not shown. */
    problemsTotal: Type.Integer(),
    /** Machines that are being installed, and those that wait for a person; some of them, where there are very many. */
    running: Type.Array(machineSummarySchema),
    discovered: Type.Array(machineSummarySchema),
    machines: phaseCounts,
    images: counted(imageStates),
    distros: counted(distroStates),
    plugins: counted(pluginStates),
    /** Whether this server is the one that acts: starts downloads, ends attempts. */
    isActing: Type.Boolean(),
  },
  { additionalProperties: false },
);

export type Overview = Static<typeof overviewSchema>;
type Shown = Static<typeof problemView>;

export interface OverviewSources {
  readonly store: Store;
  /** With what is not written yet; the store itself will do. */
  readonly machines: Machines;
  readonly catalogue: Pick<Catalogue, 'entries'>;
  readonly library: Pick<IsoLibrary, 'entries'>;
  readonly plugins: Pick<PluginRegistry, 'loaded' | 'failed'>;
  /** Why no machine can boot from the LAN now. */
  readonly lanProblem?: (() => SerabutError | undefined) | undefined;
}

/** `now` is in milliseconds since 1970. */
export async function overview(sources: OverviewSources, now: number): Promise<Overview> {
  const { store, machines } = sources;
  const [distros, images, plugins] = [await distroViews(sources), imageViews(sources), pluginViews(sources.plugins)];
  const byPhase = Map.groupBy(interesting(machines), ({ status }) => status.phase);
  const summaries = (phase: 'Installing' | 'Discovered') =>
    (byPhase.get(phase) ?? []).slice(0, mostShown).map((machine) => machineSummary(machine, machines, now));
  const problems = [
    ...serverProblems(sources),
    ...machineProblems([...byPhase.values()].flat(), machines, now),
    ...images.flatMap(({ name, problem }) => shown('Image', name, problem)),
    ...plugins.flatMap(({ origin, problem }) => shown('Plugin', origin, problem?.message)),
    ...distros.flatMap(({ name, state, problem }) =>
      shown('Distro', name, state === 'failed' ? problem?.message : null),
    ),
  ];
  return {
    problems: problems.slice(0, mostShown),
    problemsTotal: problems.length,
    running: summaries('Installing'),
    discovered: summaries('Discovered'),
    machines: countPhases(machines),
    images: count(imageStates, images),
    distros: count(distroStates, distros),
    plugins: count(pluginStates, plugins),
    isActing: store.isActing,
  };
}

/** The machines that may need somebody, by name; all others are not looked at further. */
function interesting(machines: Machines): Stored<'Machine'>[] {
  const some = [...machines.all('Machine')].filter(({ status }) => !['Ready', 'Installed'].includes(status.phase));
  return some.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function serverProblems({ store, lanProblem }: OverviewSources): Shown[] {
  const lan = lanProblem?.();
  return [
    ...shown('Server', 'boot LAN', lan && messageOf(lan)),
    ...[...store.errors, ...store.snapshot.errors].flatMap((error) =>
      shown('Resource', error.where ?? '', messageOf(error)),
    ),
  ];
}

function machineProblems(some: readonly Stored<'Machine'>[], machines: Machines, now: number): Shown[] {
  return some.flatMap((machine) => shown('Machine', machine.name, machineSummary(machine, machines, now).problem));
}

function shown(kind: Shown['kind'], name: string, message: string | null | undefined): Shown[] {
  return message === null || message === undefined ? [] : [{ kind, name, message }];
}

function count<const T extends readonly string[]>(states: T, views: readonly { state: string }[]) {
  const entries = states.map((state) => [state, views.filter((view) => view.state === state).length]);
  return Object.fromEntries(entries) as Record<T[number], number>;
}
