import { readFileSync } from 'node:fs';
import t from 'tap';
import { document, licenceTable, lockedPackages, withTable } from './helpers/third-party.js';

/** Licences under which a program of Apache-2.0 may use a library. */
const usable = /^(MIT|ISC|0BSD|BSD-0-Clause|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|PSF-2\.0|Unlicense|LGPL-3\.0\+)$/;

t.test('each package has a checksum, and comes from whatever registry npm is told of', async (t) => {
  const packages = lockedPackages();
  t.ok(packages.length > 100);
  const lacking = packages.filter(([, one]) => !one.integrity || one.resolved !== undefined);
  t.strictSame(lacking, []);
});

t.test('what is shipped has licences that allow it', async (t) => {
  const shipped = lockedPackages().filter(([, { dev }]) => dev !== true);
  t.strictSame(
    shipped.filter(([, { license }]) => !usable.test(license ?? '')),
    [],
  );
});

t.test('docs/supply-chain.md lists them: node build/test/update-third-party.js', async (t) => {
  const text = readFileSync(document, 'utf8');
  t.equal(text, withTable(text, licenceTable()));
});
