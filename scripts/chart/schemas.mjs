// Schemas for kubeconform: of Kubernetes itself out of the OpenAPI document that the API server is built with, of the
// other kinds out of the definitions that their authors publish.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { fetchModule } from './tools.mjs';

/** The versions of Kubernetes that the chart is for. */
export const kubernetesVersions = ['1.30.14', '1.31.14', '1.32.13', '1.33.13', '1.34.4'];

/** Where the definitions of further kinds are, as their own authors publish them. */
const further = [
  {
    module: 'github.com/k8snetworkplumbingwg/network-attachment-definition-client',
    version: 'v1.7.6',
    file: 'artifacts/networks-crd.yaml',
  },
  {
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
    file: 'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
  },
];

/** What kubeconform shall look under for the schema of an object. */
export function schemaLocations(cache) {
  const name = '{{ .ResourceKind }}{{ .KindSuffix }}.json';
  const directories = ['{{ .NormalizedKubernetesVersion }}', ...further.map(directoryOf)];
  return directories.flatMap((directory) => ['-schema-location', join(cache, 'schemas', directory, name)]);
}

/** Makes the schemas that are not there yet: of all versions of Kubernetes, and of the further kinds. */
export function makeSchemas(cache) {
  for (const version of kubernetesVersions) make(cache, `v${version}`, () => builtInKinds(cache, version));
  for (const definition of further) make(cache, directoryOf(definition), () => definedKinds(cache, definition));
}

function make(cache, name, kinds) {
  const directory = join(cache, 'schemas', name);
  if (existsSync(directory)) return;
  console.log(`# making the schemas of ${name}`);
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  for (const [kind, schema] of kinds()) writeFileSync(join(unfinished, `${kind}.json`), JSON.stringify(schema));
  renameSync(unfinished, directory);
}

function directoryOf({ module, version }) {
  return `${module.split('/').at(-1)}-${version}`;
}

function builtInKinds(cache, version) {
  const text = fileOf(cache, {
    module: 'k8s.io/kubernetes',
    version: `v${version}`,
    file: 'api/openapi-spec/swagger.json',
  });
  const { definitions } = JSON.parse(text);
  return Object.entries(definitions).flatMap(([name, definition]) =>
    (definition['x-kubernetes-group-version-kind'] ?? [])
      // Kinds that every group has, such as DeleteOptions, are nobody's manifest.
      .filter((_, __, all) => all.length === 1)
      .map((kind) => [fileName(kind), wholeSchema(name, kind, definitions)]),
  );
}

function definedKinds(cache, definition) {
  const { spec } = parse(fileOf(cache, definition));
  return spec.versions.map(({ name: version, schema }) => {
    const kind = { group: spec.group, version, kind: spec.names.kind };
    const { properties, ...rest } = schema.openAPIV3Schema;
    const frame = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
    const strict = strictly({ ...rest, properties: { ...frame, ...properties } });
    return [fileName(kind), ofKind(strict, kind)];
  });
}

/** A file of a module. The module is a hundred times what is taken from it, so it goes again at once. */
function fileOf(cache, { module, version, file }) {
  const modules = join(cache, 'modules');
  const { Dir } = fetchModule({ module, version }, modules);
  const text = readFileSync(join(Dir, file), 'utf8');
  rmSync(modules, { recursive: true, force: true });
  return text;
}

/** As kubeconform names it: the kind, the first word of the group, the version. */
function fileName({ group, version, kind }) {
  return [kind, group.split('.')[0], version]
    .filter((part) => part !== '')
    .join('-')
    .toLowerCase();
}

/** A definition with all that it refers to, so that it stands alone. */
function wholeSchema(name, kind, definitions) {
  const used = {};
  const use = (wanted) => {
    if (used[wanted] !== undefined) return;
    used[wanted] = strictly(definitions[wanted]);
    for (const [, next] of JSON.stringify(definitions[wanted]).matchAll(/"#\/definitions\/([^"]+)"/g)) use(next);
  };
  use(name);
  const { [name]: own, ...others } = used;
  return { ...ofKind(own, kind), definitions: { ...others, [name]: own } };
}

function ofKind(schema, { group, version, kind }) {
  const properties = {
    ...schema.properties,
    apiVersion: { const: group === '' ? version : `${group}/${version}` },
    kind: { const: kind },
  };
  const required = [...new Set([...(schema.required ?? []), 'apiVersion', 'kind'])];
  return { $schema: 'http://json-schema.org/draft-07/schema#', ...schema, properties, required };
}

/** The API server drops a field that it does not know; here it is an error. */
function strictly(schema) {
  if (Array.isArray(schema)) return schema.map(strictly);
  if (typeof schema !== 'object' || schema === null) return schema;
  if (schema.format === 'int-or-string' || /^Quantity is a fixed-point/.test(schema.description ?? ''))
    return { type: ['string', 'number'] };
  const { description, format, ...kept } = schema;
  const copy = Object.fromEntries(Object.entries(kept).map(([key, value]) => [key, strictly(value)]));
  if (copy.properties !== undefined) copy.properties = mapValues(schema.properties, strictly);
  return copy.properties === undefined || 'additionalProperties' in copy
    ? copy
    : { ...copy, additionalProperties: false };
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
