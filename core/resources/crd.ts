import Type from '../typebox.js';
import { condition } from './condition.js';
import { installationStatus } from './installation.js';
import { type Kind, resourceVersion, specSchemas } from './kinds.js';
import { machineStatus } from './machine.js';
import { type CelRule, type StructuralSchema, structural } from './structural.js';

const [group = '', version = ''] = resourceVersion.split('/');

/** A column of `kubectl get`. Those with a priority are shown with `--output wide` alone. */
interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly priority?: number;
}

/** What of a kind is said for Kubernetes alone. */
interface KindInCluster {
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly columns: readonly Column[];
  /** By the path of the value in the spec that they are of; empty for the spec. */
  readonly rules?: Readonly<Record<string, readonly CelRule[]>>;
}

const text = (name: string, jsonPath: string, priority = 0): Column => column(name, 'string', jsonPath, priority);
const number = (name: string, jsonPath: string): Column => column(name, 'integer', jsonPath, 0);
const since = (name: string, jsonPath: string): Column => column(name, 'date', jsonPath, 0);
const age = since('Age', '.metadata.creationTimestamp');
const readiness = (type: string): Column => text(type, `.status.conditions[?(@.type=="${type}")].status`);

function column(name: string, type: Column['type'], jsonPath: string, priority: number): Column {
  return { name, type, jsonPath, ...(priority > 0 && { priority }) };
}

/** The kinds as the cluster has them. */
export const kindsInCluster: Readonly<Record<Kind, KindInCluster>> = {
  Image: {
    plural: 'images',
    shortNames: ['simg'],
    description: 'A file that a distribution publishes: an ISO, or a firmware archive.',
    columns: [text('Type', '.spec.type'), text('Path', '.spec.path'), readiness('Verified'), readiness('Indexed'), age],
  },
  Distro: {
    plural: 'distros',
    shortNames: [],
    description: 'What can be booted: an ISO, the plugin that knows it, and what is added to it.',
    columns: [text('Plugin', '.spec.plugin'), text('Image', '.spec.image'), readiness('Ready'), age],
  },
  Configuration: {
    plural: 'configurations',
    shortNames: ['scfg'],
    description: "How an installed system should be, in no distribution's own words.",
    columns: [readiness('Valid'), age],
  },
  BootProfile: {
    plural: 'bootprofiles',
    shortNames: ['bp'],
    description: 'A distro, the configuration to install it with, and what both need besides.',
    columns: [text('Distro', '.spec.distro'), text('Configuration', '.spec.configuration'), readiness('Ready'), age],
  },
  MachineRule: {
    plural: 'machinerules',
    shortNames: ['mrule'],
    description: 'Which discovered machines get which BootProfile.',
    columns: [
      text('Profile', '.spec.bootProfile'),
      number('Priority', '.spec.priority'),
      text('Accept', '.spec.accept'),
      number('Maximum', '.spec.maximum'),
      age,
    ],
  },
  Machine: {
    plural: 'machines',
    shortNames: ['mach'],
    description: 'A long-lived computer. It is installed when spec.install.generation is raised, and only then.',
    columns: [
      text('Profile', '.spec.bootProfile'),
      text('Phase', '.status.phase'),
      number('Generation', '.spec.install.generation'),
      number('Installed', '.status.installedGeneration'),
      since('Last seen', '.status.lastSeen'),
      age,
      text('MAC', '.spec.macs[0]', 1),
      text('Address', '.status.address', 1),
      text('Decision', '.status.decision', 1),
    ],
    rules: {
      '': [
        {
          rule: '(has(self.macs) && size(self.macs) > 0) || has(self.uuid) || has(self.serial)',
          message: 'a Machine is known by at least one of macs, uuid and serial',
        },
      ],
      install: [
        {
          // The default of the whole, {}, is looked at before those of its fields are filled in.
          rule: '!has(oldSelf.generation) || (has(self.generation) && self.generation >= oldSelf.generation)',
          message: 'generation may only be raised: a machine is not installed again by a lower one',
        },
      ],
    },
  },
  Installation: {
    plural: 'installations',
    shortNames: ['inst'],
    description: 'One budget of attempts to install one machine once. The server makes it; a person may delete it.',
    columns: [
      text('Machine', '.spec.machine'),
      number('Generation', '.spec.generation'),
      text('Phase', '.status.phase'),
      number('Attempt', '.status.attempt'),
      age,
      text('Progress', '.status.progress', 1),
    ],
    rules: { '': [{ rule: 'self == oldSelf', message: 'the spec of an Installation cannot be changed' }] },
  },
};

/** The CustomResourceDefinition of a kind (apiextensions.k8s.io/v1). */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> };
  readonly spec: {
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: StructuralSchema } }[];
    readonly [field: string]: unknown;
  };
}

/** Makes it of the one definition that the files are checked by too. Helm upgrades it and leaves it on uninstall. */
export function customResourceDefinition(kind: Kind): CustomResourceDefinition {
  const { plural, shortNames, columns } = kindsInCluster[kind];
  const names = { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() };
  const only = {
    name: version,
    served: true,
    storage: true,
    subresources: { status: {} },
    additionalPrinterColumns: columns,
    schema: { openAPIV3Schema: schemaOf(kind) },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, annotations: { 'helm.sh/resource-policy': 'keep' } },
    spec: {
      group,
      scope: 'Namespaced',
      names: { ...names, ...(shortNames.length > 0 && { shortNames }), categories: ['serabut'] },
      versions: [only],
    },
  };
}

function schemaOf(kind: Kind): StructuralSchema {
  const { description, rules = {} } = kindsInCluster[kind];
  const spec = structural(specSchemas[kind]);
  for (const [path, celRules] of Object.entries(rules)) {
    const owner = path === '' ? spec : spec.properties?.[path];
    if (owner === undefined) throw new Error(`${kind} has no field ${path} that a rule could be of`);
    owner['x-kubernetes-validations'] = celRules;
  }
  return {
    type: 'object',
    description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec,
      status: statusOf(kind),
    },
  };
}

/** The status of a kind of the snapshot has conditions, and beside them what its maker found out. */
function statusOf(kind: Kind): StructuralSchema {
  if (kind === 'Machine') return structural(machineStatus);
  if (kind === 'Installation') return structural(installationStatus);
  const plain = Type.Object({ conditions: Type.Array(condition, { default: [] }) });
  return { ...structural(plain), 'x-kubernetes-preserve-unknown-fields': true };
}
