import type { Entry } from './entry.js';
import { both32, shortDate, text } from './fields.js';

/** What the first record of the root begins with: SP (SUSP §5.3), and ER (§5.5), which says that Rock Ridge is used. */
export function indicator(): Buffer[] {
  const identifier = 'RRIP_1991A';
  return [entry('SP', [0xbe, 0xef, 0]), entry('ER', [identifier.length, 0, 0, 1, ...text(identifier)])];
}

/** PX, TF and, unless the record is `.` or `..`, NM and SL (RRIP §4.1). */
export function rockRidgeEntries(node: Entry, identifier: Buffer, modified: Date): Buffer[] {
  const own = identifier.length === 1 && (identifier[0] ?? 2) < 2;
  const common = [px(node), entry('TF', [0x02, ...shortDate(modified)])];
  return own ? common : [...common, ...nm(node.name), ...sl(node.symlink)];
}

/** SUSP §4.1: signature, length, version, data. */
export function entry(signature: string, data: Iterable<number>): Buffer {
  const bytes = [...data];
  return Buffer.from([...text(signature), bytes.length + 4, 1, ...bytes]);
}

function px({ children, symlink, name }: Entry): Buffer {
  const isDirectory = children !== undefined || name === '';
  const data = Buffer.alloc(32);
  both32(data, 0, isDirectory ? 0o040555 : symlink === undefined ? 0o100444 : 0o120777);
  both32(data, 8, isDirectory ? 2 : 1);
  return entry('PX', data);
}

function nm(name: string): Buffer[] {
  const bytes = text(name);
  const pieces = [bytes.subarray(0, 250), bytes.subarray(250)].filter((piece) => piece.length > 0);
  return pieces.map((piece, index) => entry('NM', [index < pieces.length - 1 ? 1 : 0, ...piece]));
}

function sl(target: string | undefined): Buffer[] {
  if (target === undefined) return [];
  const groups: number[][] = [[]];
  for (const component of components(target)) {
    if ((groups.at(-1)?.length ?? 0) + component.length > 250) groups.push([]);
    groups.at(-1)?.push(...component);
  }
  return groups.map((group, index) => entry('SL', [index < groups.length - 1 ? 1 : 0, ...group]));
}

/** RRIP §4.1.3.1: flags, length, content. */
function components(target: string): number[][] {
  const names = target.split('/').filter(Boolean);
  const records = names.map((name) => {
    if (name === '.') return [2, 0];
    if (name === '..') return [4, 0];
    return [0, text(name).length, ...text(name)];
  });
  return target.startsWith('/') ? [[8, 0], ...records] : records;
}
