/** What package-lock.json says of the packages of others. */
import { readFileSync } from 'node:fs';

/** A package in a directory of node_modules. */
export interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  /** Of its archive; npm refuses one that is another. */
  readonly integrity?: string;
  /** From where it was taken. */
  readonly resolved?: string;
  /** Only there to build and test. */
  readonly dev?: boolean;
}

const root = new URL('../../../', import.meta.url);
export const document = new URL('docs/supply-chain.md', root);
const [begin, end] = ['<!-- packages: made by build/test/update-third-party.js -->\n', '<!-- end of packages -->\n'];

/** By their directories. */
export function lockedPackages(): [directory: string, LockedPackage][] {
  const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'));
  return Object.entries<LockedPackage>(packages).filter(([directory]) => directory !== '');
}

/** Those that a running Serabut consists of, by licence. */
export function licenceTable(): string {
  const byLicence = new Map<string, Set<string>>();
  for (const [directory, { license = 'none', version, dev }] of lockedPackages()) {
    if (dev) continue;
    const names = byLicence.get(license) ?? new Set();
    byLicence.set(license, names.add(`${directory.replace(/^.*node_modules\//, '')} ${version}`));
  }
  const rows = [...byLicence].sort().map(([licence, names]) => `| ${licence} | ${[...names].sort().join(', ')} |\n`);
  return `| licence | packages |\n| --- | --- |\n${rows.join('')}`;
}

/** The document with this table in the place of its own. */
export function withTable(text: string, table: string): string {
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  return `${text.slice(0, from)}\n${table}\n${text.slice(to)}`;
}
