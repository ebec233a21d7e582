import { SECTOR } from '../limits.js';
import { both16, both32, text } from './fields.js';
import type { WrittenTree } from './image.js';

/** What a volume descriptor says of its volume. */
export interface VolumeFacts {
  readonly volumeId: string;
  /** How many logical blocks there are, and of how many bytes. */
  readonly blocks: number;
  readonly blockSize: number;
  readonly modified: Date;
}

/** In what a supplementary descriptor (§8.5) differs from the primary one. */
export interface DescriptorForm {
  readonly type: 1 | 2;
  readonly version: 1 | 2;
  readonly escapes: string;
  /** Of a text field, padded with blanks to its length in bytes. */
  readonly encode: (padded: string) => Buffer;
}

const primary: DescriptorForm = { type: 1, version: 1, escapes: '', encode: text };

/** Text fields without the volume identifier: system, volume set, publisher, preparer, application, three files. */
const blankFields = [
  [8, 40],
  [190, 318],
  [318, 446],
  [446, 574],
  [574, 702],
  [702, 739],
  [739, 776],
  [776, 813],
] as const;

/** A volume descriptor, by default the primary one (§8.4). */
export function volumeDescriptor(
  { directories: [root], tables }: WrittenTree,
  { volumeId, blocks, blockSize, modified }: VolumeFacts,
  form: DescriptorForm = primary,
): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.set([form.type, ...text('CD001'), form.version]);
  for (const [start, end] of blankFields) bytes.set(form.encode(' '.repeat(end - start)), start);
  bytes.set(form.encode(volumeId.padEnd(32, ' ')), 40);
  both32(bytes, 80, blocks);
  bytes.set(text(form.escapes), 88);
  both16(bytes, 120, 1);
  both16(bytes, 124, 1);
  both16(bytes, 128, blockSize);
  both32(bytes, 132, tables.size);
  bytes.writeUInt32LE(tables.little, 140);
  bytes.writeUInt32BE(tables.big, 148);
  if (root) bytes.set(root.plan.bytes.subarray(0, 34), 156);
  bytes[156] = 34;
  const digits = modified.toISOString().replace(/\D/g, '').slice(0, 16);
  for (const offset of [813, 830]) bytes.set([...text(digits), 0], offset);
  for (const offset of [847, 864]) bytes.set([...text('0'.repeat(16)), 0], offset);
  bytes[881] = form.version;
  return bytes;
}
