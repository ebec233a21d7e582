import { checkAndFill, type Finding, findings, listFindings } from '../../check.js';
import { SerabutError } from '../../errors.js';
import Type, { type TSchema } from '../../typebox.js';
import { condition } from '../condition.js';
import { installationStatus } from '../installation.js';
import { type Kind, type Specs, specSchemas } from '../kinds.js';
import { machineStatus } from '../machine.js';
import type { ObjectKind, PlainStatus, SnapshotKind, Statuses } from '../store.js';
import { resourceName } from '../text.js';

/** How much a file of state may hold, in characters: some ten times what the longest timeline takes. */
export const stateLimit = 1024 * 1024;

/** What the server keeps of one resource. */
export interface Kept<K extends Kind = Kind> {
  readonly kind: K;
  readonly name: string;
  /** Greater after each write, of this and of any other file. */
  readonly version: number;
  /** Only of what the server made itself. */
  readonly spec?: Specs[K];
  readonly status: K extends ObjectKind ? Statuses[K] : PlainStatus;
}

/** What is to be kept; the version is given when it is written. */
export type Next<K extends Kind = Kind> = Omit<Kept<K>, 'version'>;

const plainStatus = Type.Object({ conditions: Type.Array(condition, { default: [] }) });

const statusSchemas: Readonly<Record<Kind, TSchema>> = {
  Machine: machineStatus,
  Installation: installationStatus,
  Image: plainStatus,
  Distro: plainStatus,
  Configuration: plainStatus,
  BootProfile: plainStatus,
  MachineRule: plainStatus,
} satisfies Record<ObjectKind | SnapshotKind, TSchema>;

export const allKinds = Object.keys(statusSchemas) as Kind[];

const plainName = resourceName();

/** Throws SERABUT_ERR_BAD_REQUEST for a name that could be more than the name of a file. */
export function requireName(name: string): void {
  const wrong = findings(plainName, name);
  if (wrong.length > 0) throw new SerabutError('SERABUT_ERR_BAD_REQUEST', `a name has ${listFindings(wrong)}`);
}

/** The text of a file, and what reading it will give. Throws SERABUT_ERR_INTERNAL when it could not be read again. */
export function toText<K extends Kind>(kept: Kept<K>): { text: string; read: Kept<K> } {
  const text = `${JSON.stringify(kept)}\n`;
  try {
    return { text, read: fromText(text, kept.kind, kept.name) };
  } catch (cause) {
    const message = `what was to be kept of ${kept.kind} "${kept.name}" is wrong: ${(cause as Error).message}`;
    throw new SerabutError('SERABUT_ERR_INTERNAL', message, { cause });
  }
}

/** What a file says, with the defaults of fields that an older server did not know. Throws what is wrong with it. */
export function fromText<K extends Kind>(text: string, kind: K, name: string): Kept<K> {
  if (text.length > stateLimit) throw new Error(`it has more than ${stateLimit} characters`);
  const { value, findings } = checkAndFill<Kept<K>>(schemaOf(kind), JSON.parse(text));
  const problems: (Finding | string)[] = [...findings];
  if (findings.length === 0 && value.name !== name) problems.push(`it is of "${value.name}"`);
  if (problems.length > 0) throw new Error(listFindings(problems));
  return value;
}

const schemas = new Map<Kind, TSchema>();

function schemaOf(kind: Kind): TSchema {
  const known = schemas.get(kind);
  if (known !== undefined) return known;
  const spec = kind === 'Installation' ? specSchemas[kind] : Type.Optional(specSchemas[kind]);
  const fields = { version: Type.Integer({ minimum: 1 }), spec, status: statusSchemas[kind] };
  const made = Type.Object(
    { kind: Type.Literal(kind), name: resourceName(), ...fields },
    { additionalProperties: false },
  );
  schemas.set(kind, made);
  return made;
}
