import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { lanRemedies } from '../../../core/lan/fault-sentence.js';

const text = readFileSync(fileURLToPath(new URL('../../../../docs/doctor.md', import.meta.url)), 'utf8');

t.test('each code has its line in docs/doctor.md, in the order of the alphabet', async (t) => {
  const documented = [...text.matchAll(/^\| ([a-z0-9-]+) \|/gm)]
    .map(([, code]) => code)
    .filter((code) => code !== 'code' && code !== '---');
  t.strictSame(documented, Object.keys(lanRemedies).sort());
});

t.test('each remedy is a sentence', async (t) => {
  for (const remedy of Object.values(lanRemedies)) t.match(remedy, /^([A-Z]|iPXE ).*[.?)]$/);
});
