import { strict as assert } from 'node:assert';
import { SerabutError } from '../../core/errors.js';
import { mergeYaml } from '../../core/render/merge-yaml.js';
import { toResources, toSnapshot } from '../../core/resources/directory/documents.js';
import { checkResource, type Kind, specSchemas } from '../../core/resources/kinds.js';
import { yamlDocuments } from '../../core/resources/yaml-file.js';
import type { FuzzTarget, Outcome } from './target.js';
import { textMutator } from './text-mutate.js';
import { requireShown } from './texts.js';

const pieces = [
  ...Object.keys(specSchemas),
  ...[
    'apiVersion: serabut.io/v1alpha1\n',
    'kind: ',
    'metadata: {name: a}\n',
    'spec:\n  ',
    'secretRef: {name: a, key: b}',
  ],
  ...[
    '&a ',
    '*a',
    '*a, *a, *a, *a',
    '<<: *a',
    '!!binary ',
    '!!set ',
    '!!omap ',
    '!!timestamp ',
    '!!js/function ',
    '!<tag:a> ',
  ],
  ...[
    '%YAML 1.1\n---\n',
    '%TAG ! tag:a,2000:\n---\n',
    '---\n',
    '...\n',
    '[',
    ']',
    '{',
    '}',
    ': ',
    '- ',
    '? ',
    '| \n',
    '>-\n',
  ],
  ...[
    '\t',
    '\n',
    '\n  ',
    '\r',
    '\r\n',
    '#',
    '"',
    "'",
    '\\x1b',
    '\\ud800',
    '\x1b[2J',
    '\x00',
    '\xc2\x85',
    '\xe2\x80\xa8',
    '\xff',
  ],
  ...[
    'null',
    '~',
    'true',
    '.inf',
    '.nan',
    '1e999',
    '0x7fffffffffffffff',
    '-0',
    '2001-01-01',
    '__proto__',
    'constructor',
    'toJSON',
  ],
] as const;

/** How long the error of a document may be: fifty findings of a thousand characters. */
const longestError = 60_000;

/** The reader of the documents that people write, from their text on. */
export const target: FuzzTarget = {
  mutator: textMutator({ pieces, longest: 4096 }),
  attempt,
  maxSeconds: 1,
  maxHeapMib: 192,
};

async function attempt(input: Uint8Array): Promise<Outcome> {
  const text = Buffer.from(input).toString('utf8');
  const documents = toResources(yamlDocuments(text), 'all.yaml');
  const snapshot = toSnapshot(documents);
  for (const error of snapshot.errors) requireInvalid(error);
  for (const document of documents) {
    if ('error' in document) continue;
    const { kind, name, spec } = document;
    const again = { apiVersion: 'serabut.io/v1alpha1', kind, metadata: { name }, spec };
    assert.deepEqual(
      checkResource(JSON.parse(JSON.stringify(again)), document.where),
      document,
      'defaults are complete',
    );
  }
  for (const kind of Object.keys(specSchemas) as Kind[])
    for (const { name } of snapshot.list(kind)) snapshot.get(kind, name);
  if (input.length % 4 === 0) merged(text);
  return snapshot.errors.length > 0 || documents.length === 0 ? 'refused' : 'read';
}

function requireInvalid(error: SerabutError): void {
  assert.equal(error.code, 'SERABUT_ERR_RESOURCE_INVALID');
  assert(error.where?.startsWith('all.yaml'), `it is said to be at ${error.where}`);
  requireShown(error.message, longestError);
}

/** As an addition to an answer file: what it throws becomes an error of the template. */
function merged(text: string): void {
  try {
    mergeYaml('a: {b: [1]}\n', text);
  } catch (error) {
    assert(error instanceof Error && /no YAML|no mapping|nested/.test(error.message), String(error));
  }
}
