import { type ChecksumList, ChecksumListBuilder } from './checksum-list.js';
import { cleartext, isClearSigned } from './cleartext.js';
import { listLines } from './list-lines.js';

/** `hex  name` (text mode) or `hex *name` (binary mode); a backslash in front says that the name is escaped. */
const COREUTILS = /^(?<escaped>\\?)(?<digits>[0-9a-f]{32,128}) [ *](?<name>.+)$/is;

/** `SHA256 (name) = hex`, as BSD has it, and coreutils with `--tag`. */
const BSD = /^(?<escaped>\\?)(?<algorithm>[A-Z0-9]{3,8}) \((?<name>.+)\) = (?<digits>[0-9a-f]{32,128})$/is;

/**
 * Reads a list of checksums: `md5sum.txt` inside an ISO, or `SHA256SUMS` and `CHECKSUM` beside one. Lines may differ in
 * form and algorithm, and may be in an OpenPGP clear-signed text. A line that cannot be used is a problem of the list;
 * SERABUT_ERR_CHECKSUM_LIST is thrown for a list that is too large or whose clear-signed text is not all there is.
 */
export function parseChecksumFile(bytes: Buffer): ChecksumList {
  const list = new ChecksumListBuilder();
  const clearSigned = isClearSigned(bytes);
  const lines = clearSigned ? cleartext(listLines(bytes)) : listLines(bytes);
  for (const { number, text } of lines) {
    if (text === undefined) list.problem(number, 'it is longer than any path');
    else if (text.trim() !== '' && !text.startsWith('#')) addLine(list, number, text);
  }
  return list.list(clearSigned);
}

function addLine(list: ChecksumListBuilder, number: number, text: string): void {
  const { escaped, algorithm, name, digits } = (COREUTILS.exec(text) ?? BSD.exec(text))?.groups ?? {};
  if (name === undefined || digits === undefined) list.problem(number, 'it is no checksum of a file');
  else list.add(number, escaped ? unescaped(name) : name, digits, algorithm?.toLowerCase());
}

/** GNU coreutils, "md5sum invocation": a name that holds a line feed, a carriage return or a backslash. */
function unescaped(name: string): string {
  const meant: Record<string, string> = { n: '\n', r: '\r', '\\': '\\' };
  return name.replace(/\\([nr\\])/g, (_, letter: string) => meant[letter] ?? '');
}
