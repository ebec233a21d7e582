import { both16, both32 } from './both-endian.js';
import { type DirectoryRecord, parseRecord, sectorSize } from './directory-record.js';
import type { ImageReader } from './reader.js';

/** The first sixteen sectors are the system area (ECMA-119 §6.2.1). */
const firstDescriptor = 16;
/** How many descriptors are looked at. Real images have three to five; the terminator may be missing. */
const mostDescriptors = 64;

/** What a primary or supplementary volume descriptor says (ECMA-119 §8.4, §8.5). */
export interface VolumeDescriptor {
  readonly joliet: boolean;
  readonly volumeId: string;
  /** Bytes of a logical block: 512, 1024 or 2048. */
  readonly blockSize: number;
  /** Bytes that the volume says it has. */
  readonly volumeSize: number;
  readonly root: DirectoryRecord;
}

export interface Descriptors {
  readonly primary: VolumeDescriptor;
  readonly joliet: VolumeDescriptor | undefined;
}

/** Reads the volume descriptor set. */
export async function readDescriptors(reader: ImageReader): Promise<Descriptors> {
  const sectors: Buffer[] = [];
  for await (const sector of descriptorSectors(reader)) sectors.push(sector);
  const ofType = (type: number) => sectors.filter((sector) => sector[0] === type && standardId(sector) === 'CD001');
  const [primary] = ofType(1);
  const joliet = ofType(2).find(isJoliet);
  if (primary === undefined) {
    const isUdf = sectors.some((sector) => standardId(sector).startsWith('NSR'));
    const why = isUdf ? 'it holds a UDF file system only' : 'it has no primary volume descriptor';
    throw reader.unsupported(`the file is no ISO 9660 image: ${why}`);
  }
  return {
    primary: parseDescriptor(primary, reader, false),
    joliet: joliet && parseDescriptor(joliet, reader, true),
  };
}

/** All descriptors. A UDF bridge has its own (ECMA-167 2/9.1) behind the terminator of ISO 9660, so that one is no end. */
async function* descriptorSectors(reader: ImageReader): AsyncGenerator<Buffer> {
  for (let index = 0; index < mostDescriptors; index++) {
    const offset = (firstDescriptor + index) * sectorSize;
    if (offset + sectorSize > reader.size) return;
    const sector = await reader.read(offset, sectorSize, 'a volume descriptor');
    if (!/^(CD001|BEA01|NSR0[23]|TEA01)$/.test(standardId(sector))) return;
    yield sector;
  }
}

function standardId(sector: Buffer): string {
  return sector.toString('latin1', 1, 6);
}

/** Joliet is known by one of three escape sequences, UCS-2 level 1 to 3 (Joliet specification, "SVD Escape Sequences"). */
function isJoliet(sector: Buffer): boolean {
  return ['%/@', '%/C', '%/E'].includes(sector.toString('latin1', 88, 91));
}

function parseDescriptor(sector: Buffer, reader: ImageReader, joliet: boolean): VolumeDescriptor {
  const blockSize = both16(sector, 128);
  if (![512, 1024, 2048].includes(blockSize)) throw reader.damaged(`a logical block has ${blockSize} bytes`);
  const root = parseRecord(sector.subarray(156, 190), reader);
  const id = sector.subarray(40, 72);
  const volumeId = joliet ? utf16(id) : id.toString('latin1');
  const volumeSize = both32(sector, 80) * blockSize;
  return { joliet, volumeId: volumeId.replace(/[\0 ]+$/, ''), blockSize, volumeSize, root };
}

function utf16(bytes: Buffer): string {
  return Buffer.from(bytes).swap16().toString('utf16le');
}
