import { isUnclaimed } from '../machines/claims.js';
import type { Store, Stored } from '../resources/store.js';
import Type, { type Static } from '../typebox.js';
import { type InstallationView, installationView, installationViewSchema } from './installation-view.js';
import { machineProblem } from './machine-problem.js';
import { moment, orNull, words } from './schema.js';

/** Where machines are looked at: a Store, or `Lifecycle.present`, which has what is not written yet, too. */
export type Machines = Pick<Store, 'get' | 'all' | 'snapshot'>;

export const phases = ['Discovered', 'Ready', 'Pending', 'Installing', 'Installed', 'Failed', 'Conflict'] as const;

export type Phase = (typeof phases)[number];

const summaryFields = {
  name: Type.String(),
  phase: words(phases),
  /** Whether the server made this Machine because something unknown asked. */
  discovered: Type.Boolean(),
  /** Whether nobody has said yet what a discovered machine shall be. */
  acceptable: Type.Boolean(),
  macs: Type.Array(Type.String()),
  arch: orNull(Type.String()),
  bootProfile: orNull(Type.String()),
  generation: Type.Object({
    /** Of the spec. */
    wanted: Type.Integer(),
    begun: Type.Integer(),
    /** What the disk holds; 0 for nothing that the server installed. */
    installed: Type.Integer(),
  }),
  address: orNull(Type.String()),
  lastSeen: orNull(moment()),
  /** Why it gets what it gets, as of its last request. */
  decision: orNull(Type.String()),
  proposal: orNull(Type.Object({ rule: Type.String(), bootProfile: Type.String() })),
  /** What is wrong, in a sentence with what to do; null when nothing is. */
  problem: orNull(Type.String()),
  /** How far an installation that goes on is: the last stage that was reached, and what the installer last said. */
  stage: orNull(Type.String()),
  progress: orNull(Type.String()),
} as const;

/** A machine in a list. */
export const machineSummarySchema = Type.Object(summaryFields, { additionalProperties: false });

export type MachineSummary = Static<typeof machineSummarySchema>;

/** All that an operator sees of a machine; no token, no hash of one, no address that a token is for. */
export const machineViewSchema = Type.Object(
  {
    ...summaryFields,
    uuid: orNull(Type.String()),
    serial: orNull(Type.String()),
    hostname: orNull(Type.String()),
    /** The file, or the object of the API server, that the Machine stands in. */
    where: Type.String(),
    manufacturer: orNull(Type.String()),
    product: orNull(Type.String()),
    memoryMiB: orNull(Type.Integer()),
    /** `efi` or `pcbios`. */
    platform: orNull(Type.String()),
    /** The one of the generation that was begun last. */
    installation: orNull(installationViewSchema),
    timeline: Type.Array(
      Type.Object({
        time: moment(),
        stage: Type.String(),
        message: Type.String(),
        bytes: orNull(Type.Integer()),
      }),
    ),
  },
  { additionalProperties: false },
);

export type MachineView = Static<typeof machineViewSchema>;

/** What an operator sees of a machine at a moment, in milliseconds since 1970. */
export function machineView(stored: Stored<'Machine'>, machines: Machines, now: number): MachineView {
  const machine = machines.get('Machine', stored.name) ?? stored;
  const { spec, status } = machine;
  const { manufacturer, product, memoryMiB, platform } = status.facts;
  return {
    ...machineSummary(machine, machines, now),
    ...{ uuid: spec.uuid, serial: spec.serial, hostname: spec.hostname, where: machine.where },
    ...{ manufacturer, product, memoryMiB, platform },
    installation: lastInstallation(machine, machines),
    timeline: status.timeline.map(({ time, stage, message, bytes = null }) => ({ time, stage, message, bytes })),
  };
}

/** The same for a list. */
export function machineSummary(stored: Stored<'Machine'>, machines: Machines, now: number): MachineSummary {
  const machine = machines.get('Machine', stored.name) ?? stored;
  const { name, spec, status } = machine;
  const isRunning = status.phase === 'Installing';
  const view = isRunning ? lastInstallation(machine, machines) : null;
  return {
    ...{ name, phase: status.phase, discovered: status.discovered, acceptable: isUnclaimed(machine) },
    ...{ macs: spec.macs, arch: status.facts.arch, bootProfile: spec.bootProfile },
    generation: { wanted: spec.install.generation, begun: status.generation, installed: status.installedGeneration },
    ...{ address: status.address, lastSeen: status.lastSeen, decision: status.decision, proposal: status.proposal },
    problem: machineProblem(machine, machines, now),
    stage: view?.stages.findLast(({ time }) => time !== null)?.stage ?? null,
    progress: view?.progress ?? null,
  };
}

function lastInstallation({ status }: Stored<'Machine'>, machines: Machines): InstallationView | null {
  const installation = status.installation === null ? undefined : machines.get('Installation', status.installation);
  return installation === undefined ? null : installationView(installation, status.timeline);
}
