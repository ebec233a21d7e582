import { both32 } from '../../core/iso/write/fields.js';

/** Where the first directory record with this identifier begins. */
export function recordAt(image: Buffer, identifier: string): number {
  return image.indexOf(Buffer.from([identifier.length, ...Buffer.from(identifier)])) - 32;
}

/** Where the first system use entry of this signature in the record at `record` begins. */
export function entryAt(image: Buffer, record: number, signature: string): number {
  const position = image.subarray(record, record + (image[record] ?? 0)).indexOf(signature, 34);
  if (position < 0) throw new Error(`no ${signature} in the record at ${record}`);
  return record + position;
}

/** The image with a number of 32 bits in both byte orders replaced. */
export function patched(image: Buffer, offset: number, value: number): Buffer {
  const copy = Buffer.from(image);
  both32(copy, offset, value);
  return copy;
}

/** The image with bytes (given in hexadecimal) replaced. */
export function patchedHex(image: Buffer, offset: number, hex: string): Buffer {
  const copy = Buffer.from(image);
  copy.set(Buffer.from(hex.replace(/\s/g, ''), 'hex'), offset);
  return copy;
}
