import { type ChecksumList, ChecksumListBuilder } from './checksum-list.js';
import { listLines } from './list-lines.js';

/**
 * Reads the section `[checksums]` of a `.treeinfo`, as productmd writes it: `images/install.img = sha256:hex`.
 * By hand, because it is one section, and because it comes from Python's configparser: libraries for INI files have
 * escapes, quotes and comments behind a value, which it has not, and would change names.
 */
export function parseTreeinfo(bytes: Buffer): ChecksumList {
  const list = new ChecksumListBuilder();
  let section = '';
  for (const { number, text } of listLines(bytes)) {
    const line = text?.trim() ?? 'too long for a path';
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[') && line.endsWith(']')) section = line.slice(1, -1);
    else if (section === 'checksums') addLine(list, number, line);
  }
  return list.list(false);
}

function addLine(list: ChecksumListBuilder, number: number, line: string): void {
  const equals = line.indexOf('=');
  const [algorithm = '', digits] = line
    .slice(equals + 1)
    .trim()
    .split(':');
  if (equals < 0 || digits === undefined) list.problem(number, 'it is no checksum of a file');
  else list.add(number, line.slice(0, equals).trim(), digits, algorithm.toLowerCase());
}
