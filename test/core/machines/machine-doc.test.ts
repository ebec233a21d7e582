import { readFileSync } from 'node:fs';
import t from 'tap';
import type { FieldSchema } from '../../../core/resources/configuration-fields.js';
import { machineSpec } from '../../../core/resources/machine.js';
import { machineRuleSpec } from '../../../core/resources/machine-rule.js';

const doc = readFileSync('docs/machines.md', 'utf8');

/** The fields that hold a value, each with its default as the tables show it. */
function leaves({ properties = {} }: FieldSchema, path = ''): [string, string][] {
  return Object.entries(properties).flatMap(([name, schema]): [string, string][] => {
    if (schema.properties !== undefined) return leaves(schema, `${path}${name}.`);
    const { default: value } = schema;
    const shown = value === undefined || value === null ? '' : String(JSON.stringify(value)).replaceAll('"', '');
    return [[path + name, shown]];
  });
}

/** The rows of the table of a spec that follows a text; of several fields in one row each. */
function rows(after: string): [string, string][] {
  const [, table = ''] = doc
    .slice(doc.indexOf(after))
    .split('| field of `spec` | means | by default |\n| --- | --- | --- |\n');
  const lines = (table.split('\n\n')[0] ?? '').split('\n');
  return lines.flatMap((line): [string, string][] => {
    const [, fields = '', , byDefault = ''] = line.split('|').map((cell) => cell.trim());
    return [...fields.matchAll(/`([^`]+)`/g)].map(([, field = '']) => [field, byDefault.replaceAll('`', '')]);
  });
}

t.test('the tables of Machine and MachineRule have every field with its default, and no other', async (t) => {
  t.strictSame(rows('### The fields of a Machine'), leaves(machineSpec as FieldSchema));
  t.strictSame(rows('A *MachineRule* says').sort(), leaves(machineRuleSpec as FieldSchema).sort());
});
