import Type, { type Static } from '../typebox.js';
import { line, nullable, oneOf, part, resourceName, text } from './text.js';

/** A pattern of the whole of what a machine says, in which `*` stands for any text; letters count in either case. */
const pattern = () => nullable(line(128));

/** Which discovered machines get which BootProfile. Of several that fit, the one with the highest priority, then by name. */
export const machineRuleSpec = Type.Object(
  {
    /** All that is said must fit; one that says nothing fits every machine. */
    match: part({
      /** The beginning of the MAC address, such as 52:54:00. */
      mac: nullable(text('^[0-9a-f]{2}(:[0-9a-f]{2}){0,5}$', 'the beginning of a MAC address in lower case', 17)),
      arch: nullable(oneOf('x86_64', 'arm64', 'i386')),
      platform: nullable(oneOf('efi', 'pcbios')),
      serial: pattern(),
      manufacturer: pattern(),
      product: pattern(),
      atLeastMemoryMiB: nullable(Type.Integer({ minimum: 1, expected: 'a number of MiB' })),
    }),
    bootProfile: resourceName(),
    priority: Type.Integer({ minimum: -1_000_000, maximum: 1_000_000, default: 0, expected: 'a whole number' }),
    /** How many machines it may accept by itself, ever counted by the Machines that hold its name; 0 for none. */
    maximum: Type.Integer({ minimum: 0, maximum: 100_000, default: 0, expected: 'a whole number from 0 on' }),
    /** Whether a machine that fits is installed without a person's accepting it. ERASES ITS DISK. */
    accept: Type.Boolean({ default: false, expected: 'true or false' }),
  },
  { additionalProperties: false },
);

export type MachineRuleSpec = Static<typeof machineRuleSpec>;
