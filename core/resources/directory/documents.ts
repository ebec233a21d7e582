import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, listFindings } from '../../check.js';
import { SerabutError } from '../../errors.js';
import { checkResource, type Kind, type Resource } from '../kinds.js';
import { Snapshot } from '../snapshot.js';
import { readYaml, type YamlDocument } from '../yaml-file.js';

/** A document that cannot be used; its kind and name as far as it says them. */
export interface Broken {
  readonly error: SerabutError;
  readonly kind?: Kind;
  readonly name?: string;
}

const endings = /^[^.].*\.(yaml|yml|json)$/;

/** The names of the files of a directory that hold resources, sorted. */
export async function resourceFiles(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => endings.test(name)).sort();
}

/** The documents of one file, each either a resource or an error that holds all its findings. Empty ones are none. */
export async function readDocuments(directory: string, file: string): Promise<(Resource | Broken)[]> {
  return toResources(await readYaml(join(directory, file)), file);
}

/** What the documents of a file say, each by itself. */
export function toResources(documents: readonly YamlDocument[], file: string): (Resource | Broken)[] {
  return documents.flatMap((document, index) => {
    const where = documents.length > 1 ? `${file}, document ${index + 1}` : file;
    return toResource(document, where) ?? [];
  });
}

function toResource(document: YamlDocument, where: string): Resource | Broken | undefined {
  if ('problems' in document) return { error: invalid(where, document.problems) };
  if (document.value === null) return undefined;
  const checked = checkResource(document.value, where);
  if (!Array.isArray(checked)) return checked.kind === 'Installation' ? notByHand(checked) : checked;
  const error = invalid(where, checked);
  const { kind, metadata } = document.value as { kind?: Kind; metadata?: { name?: string } };
  return typeof kind === 'string' && typeof metadata?.name === 'string'
    ? { error, kind, name: metadata.name }
    : { error };
}

/** What a person wrote of this kind would stand beside what the server did. */
function notByHand({ kind, name, where }: Resource): Broken {
  return { kind, name, error: invalid(where, ['an Installation is made by the server alone: take the document out']) };
}

function invalid(where: string, problems: readonly (Finding | string)[]): SerabutError {
  return new SerabutError('SERABUT_ERR_RESOURCE_INVALID', `a resource has ${listFindings(problems)}`, { where });
}

/** What documents say together: what is broken, or is there twice, stands under its name with the reason. */
export function toSnapshot(documents: readonly (Resource | Broken)[]): Snapshot {
  const broken = documents.filter((document): document is Broken => 'error' in document);
  const resources = documents.filter((document): document is Resource => !('error' in document));
  const snapshot = new Snapshot(
    resources,
    broken.map(({ error }) => error),
  );
  for (const { error, kind, name } of broken) if (kind && name) snapshot.withBroken(kind, name, error);
  return snapshot;
}

/** Reads every YAML file directly in a directory, resources of all kinds. What is wrong with one is in the snapshot, not thrown. */
export async function readResources(directory: string): Promise<Snapshot> {
  const files = await resourceFiles(directory);
  return toSnapshot((await Promise.all(files.map((file) => readDocuments(directory, file)))).flat());
}
