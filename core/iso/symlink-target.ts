import { damaged } from './failures.js';
import { MAX_SYMLINK_BYTES } from './limits.js';
import { decodeText } from './names.js';

/** RRIP §4.1.3.1, component flags. */
const CONTINUE = 0x01;
const CURRENT = 0x02;
const PARENT = 0x04;
const ROOT = 0x08;

/** RRIP §4.1.3: the target that the SL entries of a record spell, component by component. */
export function symlinkTarget(entries: readonly Buffer[]): string {
  const components: string[] = [];
  let pending: Buffer[] = [];
  let size = 0;
  for (const { flags, content } of entries.flatMap(componentRecords)) {
    size += content.length + 1;
    if (size > MAX_SYMLINK_BYTES) throw damaged(`a symbolic link of more than ${MAX_SYMLINK_BYTES} bytes`);
    const special = specialComponent(flags);
    if (special === undefined) pending.push(content);
    if (special === undefined && (flags & CONTINUE) !== 0) continue;
    components.push(special ?? decodeText(Buffer.concat(pending)));
    pending = [];
  }
  if (pending.length > 0) components.push(decodeText(Buffer.concat(pending)));
  return joined(components);
}

function specialComponent(flags: number): string | undefined {
  if ((flags & ROOT) !== 0) return '';
  if ((flags & PARENT) !== 0) return '..';
  return (flags & CURRENT) !== 0 ? '.' : undefined;
}

/** One SL entry: flags at 4, then component records of flags, length, content. */
function componentRecords(entry: Buffer): { flags: number; content: Buffer }[] {
  const records: { flags: number; content: Buffer }[] = [];
  for (let position = 5; position + 2 <= entry.length; ) {
    const end = position + 2 + entry.readUInt8(position + 1);
    if (end > entry.length) throw damaged('a component of a symbolic link leaves its entry');
    records.push({ flags: entry.readUInt8(position), content: entry.subarray(position + 2, end) });
    position = end;
  }
  return records;
}

function joined(components: readonly string[]): string {
  const target = components.length === 1 && components[0] === '' ? '/' : components.join('/');
  if (target === '' || target.includes('\0')) throw damaged('a symbolic link without a valid target');
  return target;
}
