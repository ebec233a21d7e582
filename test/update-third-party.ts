// Writes the table of docs/supply-chain.md anew: node build/test/update-third-party.js
import { readFileSync, writeFileSync } from 'node:fs';
import { document, licenceTable, withTable } from './helpers/third-party.js';

writeFileSync(document, withTable(readFileSync(document, 'utf8'), licenceTable()));
