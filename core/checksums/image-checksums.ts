import { type FileIdentity, fileSource, readSource, sliceSource } from '../http/byte-source.js';
import { SECTOR } from '../iso/limits.js';
import type { HashTask } from './hash-extents.js';
import type { HashExtent } from './reading-order.js';

/** Where the sixteen sectors of the system end (ECMA-119 §6.2.1), and how many may be descriptors or tags. */
const FIRST_DESCRIPTOR = 16 * SECTOR;
const SEARCHED = 64 * SECTOR;

/** ECMA-119 §8.4.32: the bytes of the primary volume descriptor that are left to applications. */
const [BLANK_FROM, BLANK_TO] = [883, 1395];

/** The MD5 that implantisomd5 wrote into the image, and what has to be hashed to compare it. */
export interface ImplantedMd5 {
  readonly digest: string;
  readonly task: HashTask;
}

/** Checksums that an image carries of itself, beside its files. */
export interface ImageChecksums {
  /** Of isomd5sum, which Fedora and its relatives use. */
  readonly md5: ImplantedMd5 | undefined;
  /** What else there is, in words; it is not checked. */
  readonly others: readonly string[];
}

/** Looks for the checksums that programs put into the image itself, outside of its files. */
export async function readImageChecksums(file: FileIdentity): Promise<ImageChecksums> {
  const end = Math.min(FIRST_DESCRIPTOR + SEARCHED, file.size);
  const sectors = await readSource(sliceSource(fileSource(file), FIRST_DESCRIPTOR, end), SEARCHED);
  const primary = primaryDescriptor(sectors);
  if (primary === undefined) return { md5: undefined, others: [] };
  const tags = primary.bytes.toString('latin1', BLANK_FROM, BLANK_TO);
  const others: string[] = [];
  // libisofs doc/checksums.txt: a tag behind the descriptors, another for images that were appended to.
  if (/libisofs_(sb|rlsb32)_checksum_tag_v1 /.test(sectors.toString('latin1'))) others.push("xorriso's MD5 tags");
  if (/(^|;)(md5|sha\d+)sum=/.test(tags)) others.push("SUSE's checksum of the whole image (tagmedia)");
  const md5 = implantedMd5(tags, primary, file);
  if (md5 === undefined && tags.startsWith('ISO MD5SUM')) others.push('an implanted MD5 that makes no sense');
  return { md5, others };
}

interface Descriptor {
  readonly bytes: Buffer;
  /** In the file. */
  readonly offset: number;
}

function primaryDescriptor(sectors: Buffer): Descriptor | undefined {
  for (let at = 0; at + SECTOR <= sectors.length; at += SECTOR) {
    const bytes = sectors.subarray(at, at + SECTOR);
    if (bytes[0] === 1 && bytes.toString('latin1', 1, 6) === 'CD001') return { bytes, offset: FIRST_DESCRIPTOR + at };
  }
  return undefined;
}

/**
 * `ISO MD5SUM = …;SKIPSECTORS = 15;…` (isomd5sum, utilities.c and libcheckisomd5.c): the MD5 of the volume but for its
 * last sectors, with blanks in the place of the application use area. The size of the volume is the one of the
 * descriptor, big-endian, in sectors; what is behind it in the file does not count.
 */
function implantedMd5(tags: string, primary: Descriptor, file: FileIdentity): ImplantedMd5 | undefined {
  const digest = /^ISO MD5SUM = ([0-9a-f]{32});/.exec(tags)?.[1];
  const skipped = /;SKIPSECTORS = (\d{1,9});/.exec(tags)?.[1];
  if (digest === undefined || skipped === undefined) return undefined;
  const end = Math.min((primary.bytes.readUInt32BE(84) - Number(skipped)) * SECTOR, file.size);
  const rest = primary.offset + BLANK_TO;
  const extents: HashExtent[] = [
    { offset: 0, length: primary.offset + BLANK_FROM },
    { offset: rest, length: end - rest, before: Buffer.alloc(BLANK_TO - BLANK_FROM, ' ') },
  ];
  return end <= rest ? undefined : { digest, task: { algorithm: 'md5', extents } };
}
