import type { Finding } from '../check.js';
import Type, { type Static } from '../typebox.js';
import { condition } from './condition.js';
import { instant, line, macAddress, nullable, oneOf, part, plainHost, resourceName, uuid } from './text.js';

/** A long-lived computer. All identities that are said must be its own; one of them is enough to know it by. */
export const machineSpec = Type.Object(
  {
    /** Of every network card from which it boots or installs. */
    macs: Type.Array(macAddress(), { default: [], maxItems: 16, uniqueItems: true }),
    /** The system's UUID of its firmware (SMBIOS type 1). */
    uuid: nullable(uuid()),
    /** The system's serial number of its firmware (SMBIOS type 1), in lower case, with dashes for what a host name cannot hold. */
    serial: nullable(line(128)),
    /** What it is to be installed with; without one it boots its disk. */
    bootProfile: nullable(resourceName()),
    install: part({
      /** Raised by one, the machine is installed once more. 0: never. Nothing else starts an installation. */
      generation: Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1, default: 0, expected: 'a whole number from 0 on' }),
      /** How often one generation is tried. */
      attempts: Type.Integer({ minimum: 1, maximum: 20, default: 3, expected: 'a number from 1 to 20' }),
      /** How many minutes one attempt may take. */
      deadlineMinutes: Type.Integer({ minimum: 1, maximum: 10_080, default: 120, expected: 'a number of minutes' }),
      /** After how many minutes without a sign of life an attempt counts as stalled, and the next may begin. */
      stalledMinutes: Type.Integer({ minimum: 1, maximum: 10_080, default: 30, expected: 'a number of minutes' }),
    }),
    /**
     * How its boot script hands over to the disk. `exit`: to the firmware's next boot entry; `sanboot`: the first disk
     * of a BIOS; `auto`: the one that worked, else by the kind of the firmware.
     */
    bootFromDisk: { ...oneOf('auto', 'exit', 'sanboot'), default: 'auto' },
    /** In place of the host name of the Configuration. */
    hostname: nullable(plainHost()),
    /** In place of those of the BootProfile, one by one. */
    parameters: Type.Record(Type.String(), Type.Unknown(), { default: {} }),
  },
  { additionalProperties: false },
);

export type MachineSpec = Static<typeof machineSpec>;

/** Without anything to know it by, a Machine would be no machine's, and its computer an unknown one. */
export function machineMeaning({ macs, uuid, serial }: MachineSpec): Finding[] {
  if (macs.length > 0 || uuid !== null || serial !== null) return [];
  return [{ path: 'spec.macs', expected: 'a MAC address, or else a uuid or a serial', received: 'none of them' }];
}

/** What the machine said of itself when it last asked. */
const facts = Type.Object(
  {
    mac: nullable(macAddress()),
    uuid: nullable(uuid()),
    serial: nullable(line(128)),
    arch: nullable(line(16)),
    platform: nullable(line(16)),
    manufacturer: nullable(line(128)),
    product: nullable(line(128)),
    memoryMiB: nullable(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false, default: {} },
);

/** One thing that happened to the machine, for its history. */
const timelineEntry = Type.Object(
  {
    time: instant(),
    /** Such as Offered, LoaderSent, ScriptSent, KernelSent, InitrdSent, AnswersSent, Progress, Installed, Failed. */
    stage: line(32),
    message: line(256),
    /** Of what was sent in this stage. */
    bytes: Type.Optional(Type.Integer({ minimum: 0 })),
  },
  { additionalProperties: false },
);

export type TimelineEntry = Static<typeof timelineEntry>;

/** How many entries a timeline holds; the oldest go. */
export const timelineLength = 50;

export const machineStatus = Type.Object(
  {
    phase: {
      ...oneOf('Discovered', 'Ready', 'Pending', 'Installing', 'Installed', 'Failed', 'Conflict'),
      default: 'Ready',
    },
    /** Whether the server made this Machine because something unknown asked. */
    discovered: Type.Boolean({ default: false }),
    /** The MachineRule that fits a discovered machine, and the BootProfile that it proposes. */
    proposal: nullable(
      Type.Object({ rule: resourceName(), bootProfile: resourceName() }, { additionalProperties: false }),
    ),
    /** The highest generation for which an installation was begun. It is never begun again. */
    generation: Type.Integer({ minimum: 0, default: 0 }),
    /** The Installation of that generation: the machine's name, a dash and the generation. */
    installation: nullable(line(128)),
    /** The generation that the disk holds; 0 for none that the server installed. */
    installedGeneration: Type.Integer({ minimum: 0, default: 0 }),
    /** The method by which the machine got from a boot script to its disk. */
    diskMethod: nullable(oneOf('exit', 'sanboot')),
    /** Why it gets what it gets, as of its last request; for people. */
    decision: nullable(line(512)),
    facts: { ...facts },
    /** The address from which it last asked. */
    address: nullable(line(64)),
    lastSeen: nullable(instant()),
    conditions: Type.Array(condition, { default: [] }),
    timeline: Type.Array(timelineEntry, { default: [], maxItems: timelineLength }),
  },
  { additionalProperties: false },
);

export type MachineStatus = Static<typeof machineStatus>;
