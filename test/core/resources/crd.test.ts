import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { parse } from 'yaml';
import { customResourceDefinition, kindsInCluster } from '../../../core/resources/crd.js';
import { type Kind, specSchemas } from '../../../core/resources/kinds.js';
import type { StructuralSchema } from '../../../core/resources/structural.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const kinds = Object.keys(specSchemas) as Kind[];
const schemaOf = (kind: Kind) => customResourceDefinition(kind).spec.versions[0]?.schema.openAPIV3Schema as StructuralSchema; // biome-ignore format: one line

/** Every schema in a schema. */
function all(schema: StructuralSchema): StructuralSchema[] {
  const values = (schema.additionalProperties as StructuralSchema | undefined) ?? undefined;
  const inner = [...Object.values(schema.properties ?? {}), schema.items, values];
  return [schema, ...inner.flatMap((one) => (one === undefined ? [] : all(one)))];
}

t.test('the chart has the definition of every kind, and no other', async (t) => {
  t.equal(spawnSync(process.execPath, ['scripts/crds.mjs', '--check'], { cwd: root }).status, 0);
  const directory = `${root}chart/files/crds/`;
  const names = readdirSync(directory).map((file) => parse(readFileSync(directory + file, 'utf8')).metadata.name);
  t.strictSame(names.sort(), kinds.map((kind) => `${kindsInCluster[kind].plural}.serabut.io`).sort());
});

t.test('every schema is structural', async (t) => {
  const keywords = /^(type|description|default|properties|required|items|additionalProperties|nullable|enum|pattern)$|^(min|max)[A-Z]|^(min|max)imum$|^x-kubernetes-/; // biome-ignore format: one line
  for (const kind of kinds) {
    for (const schema of all(schemaOf(kind))) {
      t.strictSame(Object.keys(schema).filter((key) => !keywords.test(key)), [], kind); // biome-ignore format: one line
      t.ok(schema.type !== undefined || schema['x-kubernetes-preserve-unknown-fields'], `${kind}: ${JSON.stringify(schema)}`); // biome-ignore format: one line
      t.notOk(schema.properties && schema.additionalProperties, kind);
    }
  }
});

t.test('names that people may type are of one kind each', async (t) => {
  const names = kinds.flatMap((kind) => {
    const { plural, shortNames } = kindsInCluster[kind];
    return [plural, kind.toLowerCase(), ...shortNames];
  });
  t.strictSame(names, [...new Set(names)]);
});

t.test('each column shows a field that there is', async (t) => {
  for (const kind of kinds) {
    for (const { jsonPath } of kindsInCluster[kind].columns) {
      const [, part = '', field = ''] = /^\.(\w+)\.(\w+)/.exec(jsonPath) ?? [];
      const isKnown = part === 'metadata' || schemaOf(kind).properties?.[part]?.properties?.[field];
      t.ok(isKnown, `${kind} ${jsonPath}`);
    }
  }
});

t.test('rules say what may not change, and what must be there', async (t) => {
  const spec = (kind: Kind) => schemaOf(kind).properties?.spec;
  t.match(spec('Installation')?.['x-kubernetes-validations'], [{ rule: 'self == oldSelf' }]);
  t.match(spec('Machine')?.['x-kubernetes-validations'], [{ message: /at least one of macs, uuid and serial/ }]);
  const install = spec('Machine')?.properties?.install;
  t.match(install?.['x-kubernetes-validations'], [{ rule: /self.generation >= oldSelf.generation/ }]);
});
