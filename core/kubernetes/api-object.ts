import { checkAndFill, listFindings } from '../check.js';
import { SerabutError } from '../errors.js';
import { kindsInCluster } from '../resources/crd.js';
import { installationStatus } from '../resources/installation.js';
import { checkResource, type Kind, type Resource, resourceVersion } from '../resources/kinds.js';
import { machineStatus } from '../resources/machine.js';
import { identitiesIn, type Remains } from '../resources/remains.js';
import type { ObjectKind, PlainStatus, Statuses, Stored } from '../resources/store.js';

/** An object of the group serabut.io as the API server has it. */
export interface ApiObject {
  readonly metadata: {
    readonly name: string;
    /** Another one for each object that ever had the name. */
    readonly uid: string;
    readonly resourceVersion: string;
    /** There while an object that is deleted waits for its finalizers. */
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** A resource of the snapshot with its status. */
export interface Plain {
  readonly resource: Resource;
  readonly status: PlainStatus | undefined;
}

/**
 * The status that an object was made with. The API server takes none when an object is made, and what ends between the
 * making and the first writing of the status would leave one that seems to be somebody else's.
 */
export const firstStatus = 'serabut.io/first-status';

/**
 * The highest generation of a Machine that was begun. A copy of the object often has no status (Velero restores none,
 * `kubectl apply` takes none), and without its generation the machine would be installed once more.
 */
export const begunGeneration = 'serabut.io/begun-generation';

/** The path of a kind's objects in the API, or of one of them. */
export function apiPath(kind: Kind, namespace: string, name?: string): string {
  const objects = `/apis/${resourceVersion}/namespaces/${encodeURIComponent(namespace)}/${kindsInCluster[kind].plural}`;
  return name === undefined ? objects : `${objects}/${encodeURIComponent(name)}`;
}

/** Where an object is, for people. */
export function whereIs(kind: Kind, namespace: string, name: string): string {
  return `${kindsInCluster[kind].plural}.serabut.io/${name} in namespace ${namespace}`;
}

/** An object of a kind of which there may be many, or what is wrong with it. */
export function readStored<K extends ObjectKind>(
  kind: K,
  object: ApiObject,
  namespace: string,
): Stored<K> | SerabutError {
  const { name, resourceVersion: version } = object.metadata;
  const where = whereIs(kind, namespace, name);
  const resource = readResource(kind, object, where);
  if (resource instanceof SerabutError) return resource;
  const schema = kind === 'Machine' ? machineStatus : installationStatus;
  const { value: status, findings } = checkAndFill<Statuses[K]>(schema, statusOf(object));
  if (findings.length > 0) return invalid(`the status of a ${kind} has ${listFindings(findings)}`, where);
  return { kind, name, spec: resource.spec as Stored<K>['spec'], status, version, where };
}

/** What can be told of a Machine that cannot be used. */
export function remainsOf(name: string, object: ApiObject | undefined, where: string): Remains {
  const status = (object === undefined ? {} : (statusOf(object) ?? {})) as { facts?: unknown; generation?: unknown };
  const { facts, generation } = status;
  const identities = [object?.spec, facts].map(identitiesIn);
  return { name, identities, generation: typeof generation === 'number' ? generation : 0, where };
}

function statusOf({ status, metadata: { annotations } }: ApiObject): unknown {
  if (status !== undefined) return status;
  try {
    const first = JSON.parse(annotations?.[firstStatus] ?? '{}');
    const begun = annotations?.[begunGeneration];
    return begun === undefined ? first : { ...first, generation: Number(begun) };
  } catch {
    return undefined;
  }
}

/** An object of the snapshot, or what is wrong with it. */
export function readPlain(kind: Kind, object: ApiObject, namespace: string): Plain | SerabutError {
  const resource = readResource(kind, object, whereIs(kind, namespace, object.metadata.name));
  if (resource instanceof SerabutError) return resource;
  return { resource, status: object.status as PlainStatus | undefined };
}

/** Of the metadata the name alone is checked: the rest is the cluster's. */
function readResource(kind: Kind, { metadata, spec }: ApiObject, where: string): Resource | SerabutError {
  const document = { apiVersion: resourceVersion, kind, metadata: { name: metadata.name }, spec: spec ?? {} };
  const checked = checkResource(document, where);
  if (!Array.isArray(checked)) return checked;
  return invalid(`a resource has ${listFindings(checked)}`, where);
}

function invalid(message: string, where: string): SerabutError {
  return new SerabutError('SERABUT_ERR_RESOURCE_INVALID', message, { where });
}

/**
 * Whether a version is newer than another one. To clients they are mere names by the API's older rules; since Kubernetes
 * 1.35 they are documented to be numbers that can be compared, as those of etcd always were. One that is no number is
 * taken for newer, as the event of a watch that comes later is.
 */
export function isNewer(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return version !== than;
  return BigInt(version) > BigInt(than);
}

/** Whether a status says of a Machine that a generation is begun that was not before. */
export function isBegun({ status: before }: Stored, after: Statuses[ObjectKind]): after is Statuses['Machine'] {
  return 'generation' in before && 'generation' in after && after.generation > before.generation;
}

/** What was read. Throws what is wrong with it. */
export function usable<T>(value: T | SerabutError): T {
  if (value instanceof SerabutError) throw value;
  return value;
}
