import { checkAndFill, type Finding } from '../check.js';
import type { TSchema } from '../typebox.js';
import { type BootProfileSpec, bootProfileSpec } from './boot-profile.js';
import { type ConfigurationSpec, configurationSpec } from './configuration.js';
import { configurationMeaning } from './configuration-meaning.js';
import { type DistroSpec, distroSpec } from './distro.js';
import { type ImageSpec, imageMeaning, imageSpec } from './image.js';
import { type InstallationSpec, installationSpec } from './installation.js';
import { type MachineSpec, machineMeaning, machineSpec } from './machine.js';
import { type MachineRuleSpec, machineRuleSpec } from './machine-rule.js';
import { line, longestName, resourceName } from './text.js';

export const resourceVersion = 'serabut.io/v1alpha1';

/** The spec of each kind. */
export interface Specs {
  readonly Image: ImageSpec;
  readonly Distro: DistroSpec;
  readonly Configuration: ConfigurationSpec;
  readonly BootProfile: BootProfileSpec;
  readonly MachineRule: MachineRuleSpec;
  readonly Machine: MachineSpec;
  readonly Installation: InstallationSpec;
}

export type Kind = keyof Specs;

export const specSchemas: Readonly<Record<Kind, TSchema>> = {
  Image: imageSpec,
  Distro: distroSpec,
  Configuration: configurationSpec,
  BootProfile: bootProfileSpec,
  MachineRule: machineRuleSpec,
  Machine: machineSpec,
  Installation: installationSpec,
};

/** One resource, checked, with defaults filled in. `where` says which file and document it came from. */
export interface Resource<K extends Kind = Kind> {
  readonly kind: K;
  readonly name: string;
  readonly spec: Specs[K];
  readonly where: string;
}

/** The frame that all kinds share, as Kubernetes has it. */
const frame = {
  type: 'object',
  expected: 'a resource with apiVersion, kind, metadata and spec',
  additionalProperties: false,
  required: ['apiVersion', 'kind', 'metadata', 'spec'],
  properties: {
    apiVersion: { const: resourceVersion },
    kind: { enum: Object.keys(specSchemas) },
    metadata: {
      type: 'object',
      required: ['name'],
      additionalProperties: false,
      properties: {
        name: resourceName(),
        namespace: resourceName(),
        labels: { type: 'object', additionalProperties: line() },
        annotations: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
    spec: { type: 'object' },
  },
} as const;

/** Checks a document: either a resource with its defaults, or everything that is wrong with it. */
export function checkResource(document: unknown, where: string): Resource | Finding[] {
  const framed = checkAndFill<{ kind: Kind; metadata: { name: string }; spec: unknown }>(frame, document);
  if (framed.findings.length > 0) return framed.findings;
  const { kind, metadata, spec } = framed.value;
  const filled = checkAndFill<Specs[Kind]>(specSchemas[kind], spec);
  const problems = [
    ...filled.findings.map(underSpec),
    ...(filled.findings.length > 0 ? [] : meaning(kind, filled.value)),
    ...(kind === 'Machine' ? machineName(metadata.name) : []),
  ];
  return problems.length > 0 ? problems : ({ kind, name: metadata.name, spec: filled.value, where } as Resource);
}

/** What is wrong beyond the form of single fields. */
function meaning(kind: Kind, spec: Specs[Kind]): Finding[] {
  if (kind === 'Image') return imageMeaning(spec as ImageSpec);
  if (kind === 'Machine') return machineMeaning(spec as MachineSpec);
  return kind === 'Configuration' ? configurationMeaning(spec as ConfigurationSpec) : [];
}

/** Its Installations have its name with a dash and a generation of up to ten digits. */
function machineName(name: string): Finding[] {
  const longest = longestName - 11;
  if (name.length <= longest) return [];
  return [
    { path: 'metadata.name', expected: `at most ${longest} characters in the name of a Machine`, received: name },
  ];
}

function underSpec(finding: Finding): Finding {
  const path = finding.path === '' ? 'spec' : `spec.${finding.path}`.replace('spec.[', 'spec[');
  return { ...finding, path };
}
