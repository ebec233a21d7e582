// Writes the tables of docs/configuration.md anew: node build/test/plugins/update-doc.js
import { readFileSync, writeFileSync } from 'node:fs';
import { tables } from './configuration-doc.js';

const path = new URL('../../../docs/configuration.md', import.meta.url);
let text = readFileSync(path, 'utf8');
for (const [name, table] of Object.entries(tables())) {
  text = text.replace(new RegExp(`(<!-- ${name} -->\n)(\\|.*\n)*`), (_, head) => `${head}${table}\n`);
}
writeFileSync(path, text);
