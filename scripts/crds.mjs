#!/usr/bin/env node
// Writes the CustomResourceDefinitions of all kinds to chart/files/crds/, from the definitions that the server itself
// goes by. Wants a compiled program; `npm run crds` compiles it before.
// With --check it changes nothing, and fails if a file is another one.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { customResourceDefinition, kindsInCluster } from '../build/core/resources/crd.js';

const directory = fileURLToPath(new URL('../chart/files/crds/', import.meta.url));
const head = '# Made by scripts/crds.mjs from the definitions in core/resources.\n';
const files = Object.keys(kindsInCluster).map((kind) => {
  const definition = customResourceDefinition(kind);
  const text = stringify(definition, { aliasDuplicateObjects: false, lineWidth: 0 });
  return { path: `${directory}${definition.metadata.name}.yaml`, text: head + text };
});

mkdirSync(directory, { recursive: true });
if (process.argv.includes('--check')) {
  const others = readdirSync(directory).filter((name) => !files.some(({ path }) => path === directory + name));
  const changed = files.filter(({ path, text }) => read(path) !== text).map(({ path }) => path);
  if (others.length + changed.length > 0) {
    console.error(`chart/files/crds is not of core/resources: run npm run crds\n${[...others, ...changed].join('\n')}`);
    process.exitCode = 1;
  }
} else {
  for (const { path, text } of files) writeFileSync(path, text);
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
