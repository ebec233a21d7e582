import type { FieldList } from './iso-fields.js';
import type { IsoMap } from './iso-map.js';

/** Numbers in both byte orders, by where they begin in an entry. */
const NUMBERS: Record<string, number[]> = {
  CE: [4, 12, 20],
  PX: [4, 12, 20, 28],
  PN: [4, 12],
  CL: [4],
  PL: [4],
  SF: [4, 12],
  ZF: [8],
};

const BYTES: Record<string, number[]> = { SP: [4, 5, 6], ER: [4, 5, 6, 7], ZF: [4, 5, 6, 7], RR: [4] };

/** SUSP §5 and RRIP §4.1: the entries from `start`, and those of the continuation areas they lead to. */
export function mapEntries(map: IsoMap, start: number, end: number): void {
  const { bytes, blockSize, entries, wholeEntries } = map;
  for (let at = start; at + 4 <= end && bytes[at] !== 0; ) {
    const length = Math.max(4, bytes.readUInt8(at + 2));
    wholeEntries.push({ offset: at, length });
    mapEntry(bytes, at, length, entries);
    if (bytes.toString('latin1', at, at + 2) === 'CE') {
      const area = bytes.readUInt32LE(at + 4) * blockSize + bytes.readUInt32LE(at + 12);
      mapEntries(map, area, area + bytes.readUInt32LE(at + 20));
    }
    at += length;
  }
}

function mapEntry(bytes: Buffer, at: number, length: number, fields: FieldList): void {
  const signature = bytes.toString('latin1', at, at + 2);
  const places = (table: Record<string, number[]>) => (table[signature] ?? []).map((offset) => at + offset);
  fields.add('signature', at).addMany('byte', [at + 2, at + 3]);
  fields.addMany('both32', places(NUMBERS)).addMany('byte', places(BYTES));
  if (['NM', 'SL', 'TF'].includes(signature)) fields.add('flags', at + 4);
  if (signature === 'NM' || signature === 'TF') fields.add('text', at + 5, length - 5);
  if (signature === 'SL') mapComponents(bytes, at + 5, at + length, fields);
}

/** RRIP §4.1.3.1. */
function mapComponents(bytes: Buffer, start: number, end: number, fields: FieldList): void {
  for (let at = start; at + 2 <= end; ) {
    const length = bytes[at + 1] ?? 0;
    fields
      .add('flags', at)
      .add('byte', at + 1)
      .add('text', at + 2, length);
    at += 2 + length;
  }
}
