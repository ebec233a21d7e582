import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { answerFile, type ConfigurationName, serveDistros } from '../helpers/distros.js';
import { leaves, tables } from './configuration-doc.js';
import { fieldRows } from './fields.js';

const distros = { debian: 'd13', ubuntu: 'u24', fedora: 'f44' } as const;
const files = {
  debian: ['boot', 'preseed.cfg', 'before-install.sh', 'after-install.sh'],
  ubuntu: ['user-data'],
  fedora: ['ks.cfg'],
} as const;
type Family = keyof typeof distros;
const families = Object.keys(distros) as Family[];

t.test('every field has a row, and every row is of a field', async (t) => {
  t.strictSame(
    fieldRows.map(({ field }) => field),
    leaves.map(({ path }) => path),
  );
});

/** All that a distro gets of a configuration. */
function textsOf(t: Test) {
  const app = serveDistros(t, Object.values(distros));
  const known = new Map<string, Promise<string>>();
  const make = async (family: Family, configuration: ConfigurationName): Promise<string> => {
    const answers = { configuration, distro: distros[family] };
    const texts = files[family].map(async (file) => answerFile(await app, { ...answers, file }));
    return (await Promise.all(texts)).join('\n');
  };
  return (family: Family, configuration: ConfigurationName): Promise<string> => {
    const key = `${family} ${configuration}`;
    const text = known.get(key) ?? make(family, configuration);
    known.set(key, text);
    return text;
  };
}

t.test('what a field sets stands in the files of each distribution, and only because of it', async (t) => {
  const text = textsOf(t);
  for (const { field, of = 'full', ...row } of fieldRows) {
    for (const family of families) {
      const piece = row[family];
      if (piece === null) continue;
      t.ok(flat(await text(family, of)).includes(flat(piece)), `${field} for ${family}: ${piece}`);
      t.notOk(flat(await text(family, 'plain')).includes(flat(piece)), `${field} for ${family} without it: ${piece}`);
    }
  }
});

/** Blanks inside brackets are of no matter in YAML; with additions the text is written anew. */
function flat(text: string): string {
  return text.replace(/(?<=[[{]) | (?=[\]}])/g, '');
}

t.test('docs/configuration.md shows these tables: node build/test/plugins/update-doc.js', async (t) => {
  const path = fileURLToPath(new URL('../../../docs/configuration.md', import.meta.url));
  const doc = readFileSync(path, 'utf8');
  for (const [name, table] of Object.entries(tables())) t.ok(doc.includes(`<!-- ${name} -->\n${table}\n`), name);
});
