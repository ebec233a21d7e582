import Type, { type Static } from '../typebox.js';
import { condition } from './condition.js';
import { instant, line, nullable, oneOf, resourceName } from './text.js';

/**
 * One attempt budget to install one machine once; made by the server, as a ReplicaSet is by a Deployment, and named
 * after the machine and the generation, so that no two can be made.
 */
export const installationSpec = Type.Object(
  {
    machine: resourceName(),
    bootProfile: resourceName(),
    generation: Type.Integer({ minimum: 1 }),
    attempts: Type.Integer({ minimum: 1 }),
    deadlineMinutes: Type.Integer({ minimum: 1 }),
    stalledMinutes: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);

export type InstallationSpec = Static<typeof installationSpec>;

/** What a machine is sent on its way to an installed system, in the order in which it asks. */
export const sentStages = ['ScriptSent', 'KernelSent', 'InitrdSent', 'AnswersSent'] as const;

/** The stages of an installation that are conditions of it, in their order. */
export const installationStages = ['Offered', ...sentStages, 'Installing', 'Installed', 'BootedFromDisk'] as const;

export const installationStatus = Type.Object(
  {
    /** Pending: the machine may begin the next attempt when it asks. */
    phase: { ...oneOf('Pending', 'Installing', 'Installed', 'Failed'), default: 'Pending' },
    /** Which attempt goes on, or was the last; 0 before the first. */
    attempt: Type.Integer({ minimum: 0, default: 0 }),
    attemptStarted: nullable(instant()),
    /** The last sign of life of this attempt. */
    lastHeard: nullable(instant()),
    /**
     * SHA-256 of the token of this attempt, in hexadecimal digits. It is kept when the attempt is over, so that a report
     * that is sent again is known; the token opens something while the phase is Installing alone.
     */
    tokenHash: nullable(line(64)),
    /** The network address and, where it is known, the MAC address of the client that the token is for. */
    client: nullable(Type.Object({ address: line(64), mac: nullable(line(17)) }, { additionalProperties: false })),
    /** What the installer last said. */
    progress: nullable(line(256)),
    /** Those of {@link installationStages}, Stalled and Failed. */
    conditions: Type.Array(condition, { default: [] }),
    /** Why each attempt that is over ended. */
    failures: Type.Array(
      Type.Object(
        { attempt: Type.Integer(), time: instant(), reason: line(64), message: line(512) },
        { additionalProperties: false },
      ),
      { default: [] },
    ),
  },
  { additionalProperties: false },
);

export type InstallationStatus = Static<typeof installationStatus>;

/** The name of the Installation of a machine's generation. */
export function installationName(machine: string, generation: number): string {
  return `${machine}-${generation}`;
}
