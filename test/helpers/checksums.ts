import { createHash } from 'node:crypto';
import type { IsoContent } from './make-iso.js';

export const digest = (algorithm: string, bytes: Uint8Array | string) =>
  createHash(algorithm).update(bytes).digest('hex');

/** `md5sum.txt` as debian-cd makes it, or one of another algorithm, of the files among `files`. */
export function sumsOf(files: Readonly<Record<string, IsoContent>>, algorithm = 'md5'): string {
  return Object.entries(files)
    .map(([path, bytes]) => {
      const isFile = typeof bytes === 'string' || bytes instanceof Uint8Array;
      return isFile ? `${digest(algorithm, bytes)}  ./${path}\n` : '';
    })
    .join('');
}

/** Where the application use area of the primary volume descriptor lies in an image (ECMA-119 §8.4.32). */
const area = [16 * 2048 + 883, 16 * 2048 + 1395] as const;

/** The image with its own MD5 in it, as implantisomd5 does it (without sums of fragments). */
export function withImplantedMd5(image: Buffer, skipped = 15): Buffer {
  const blank = Buffer.from(image).fill(' ', ...area);
  const sum = digest('md5', blank.subarray(0, image.length - skipped * 2048));
  blank.write(`ISO MD5SUM = ${sum};SKIPSECTORS = ${skipped};RHLISOSTATUS=1;`, area[0]);
  return blank;
}

/** The image with a text in the application use area. */
export function withApplicationUse(image: Buffer, text: string): Buffer {
  const copy = Buffer.from(image).fill(' ', ...area);
  copy.write(text, area[0]);
  return copy;
}
