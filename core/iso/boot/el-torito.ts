import { damaged } from '../failures.js';
import { SECTOR } from '../limits.js';

/** An image that firmware may boot, by El Torito 1.0, "Bootable CD-ROM Format Specification". */
export interface CatalogEntry {
  readonly platform: 'bios' | 'efi';
  /** §2.2, boot media type: 0 for no emulation, 1 to 3 for floppy disks, 4 for a hard disk. */
  readonly media: number;
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** How much of it firmware loads at first, in bytes: often nothing, one sector or four, whatever the image's length. */
  readonly loadLength: number;
}

const ENTRY = 32;

/** §2.3 and §2.4: section headers, of which the last differs; what continues an entry; an entry that can be booted. */
const HEADER = 0x90;
const LAST_HEADER = 0x91;
const EXTENSION = 0x44;
const BOOTABLE = 0x88;

/** §2.1; UEFI §13.3.2.1 added its own. PowerPC and Mac have numbers too, and are not booted over the network. */
const PLATFORMS: Readonly<Record<number, CatalogEntry['platform']>> = { 0: 'bios', 239: 'efi' };

/** The entries of a boot catalog that can be booted, in order. Throws SERABUT_ERR_ISO_DAMAGED. */
export function parseBootCatalog(bytes: Buffer): CatalogEntry[] {
  requireValid(bytes.subarray(0, ENTRY));
  const entries = [parseEntry(bytes, ENTRY, bytes[1] ?? 0)];
  let isLast = false;
  for (let position = 2 * ENTRY; !isLast && isHeader(bytes[position]); ) {
    isLast = bytes[position] === LAST_HEADER;
    const platform = bytes[position + 1] ?? 0;
    const count = bytes.readUInt16LE(position + 2);
    position += ENTRY;
    for (let index = 0; index < count; index += 1) {
      entries.push(parseEntry(bytes, position, platform));
      position = afterExtensions(bytes, position + ENTRY);
    }
  }
  return entries.filter((entry) => entry !== undefined);
}

/** §2.1: the validation entry begins with 1, ends with 55 AA, and its sixteen words add up to zero. */
function requireValid(entry: Buffer): void {
  if (entry.length < ENTRY || entry[0] !== 1) throw damaged('it does not begin with a validation entry');
  if (entry.readUInt16BE(30) !== 0x55aa) throw damaged('its validation entry does not end with 55 AA');
  let sum = 0;
  for (let position = 0; position < ENTRY; position += 2) sum += entry.readUInt16LE(position);
  if ((sum & 0xffff) !== 0) throw damaged('the checksum of its validation entry is wrong');
}

function isHeader(indicator: number | undefined): boolean {
  return indicator === HEADER || indicator === LAST_HEADER;
}

/** §2.2 and §2.4. Undefined for what cannot be booted, or not on a platform that is known here. */
function parseEntry(bytes: Buffer, position: number, platformId: number): CatalogEntry | undefined {
  if (position + ENTRY > bytes.length) throw damaged('its entries are more than fit into a sector');
  const indicator = bytes[position];
  if (indicator !== BOOTABLE && indicator !== 0) throw damaged(`an entry begins with ${indicator}`);
  const platform = PLATFORMS[platformId];
  if (indicator === 0 || platform === undefined) return undefined;
  const media = (bytes[position + 1] ?? 0) & 0x0f;
  const loadLength = bytes.readUInt16LE(position + 6) * 512;
  return { platform, media, offset: bytes.readUInt32LE(position + 8) * SECTOR, loadLength };
}

/** §2.5: selection criteria that did not fit into their entry. */
function afterExtensions(bytes: Buffer, start: number): number {
  let position = start;
  while (bytes[position] === EXTENSION) position += ENTRY;
  return position;
}
