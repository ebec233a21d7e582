import t from 'tap';
import { lookup, walk } from '../../../core/iso/lookup.js';
import { entry } from '../../../core/iso/write/rock-ridge.js';
import { type Attacked, attack, type Cost } from '../../helpers/attack.js';
import { bootRecord, ESP, withGpt } from '../../helpers/make-boot.js';
import { makeIso } from '../../helpers/make-iso.js';
import { patched, patchedHex, recordAt } from '../../helpers/patch-iso.js';
import {
  nameEntry,
  numbers,
  type RawRecord,
  ROOT,
  rawDescriptor,
  rawDirectory,
  rawIso,
  rawRecord,
  rockRidge,
} from '../../helpers/raw-iso.js';

/**
 * Images made to loop, to overflow, or to exhaust. Each costs a bounded number of reads and bytes, bounded memory and less
 * than a second of CPU, and gives an error that says what is wrong, or what is sane to make of it.
 */

const SECTOR = 2048;
const PVD = 16 * SECTOR;

type Expected = RegExp | ((attacked: Attacked) => boolean | undefined);

/** What is far less than a second on a machine that has nothing else to do. */
const BOUNDS: Cost = { seconds: 1, reads: 1000, bytes: 64 * 2 ** 20, mib: 128 };

/** An error is expected by its code and message, what is sane by looking at it. */
function attacked(
  name: string,
  make: () => Uint8Array | readonly [Uint8Array, number],
  expected: Expected,
  bounds: Partial<Cost> = {},
): void {
  t.test(name, async (t) => {
    const made = make();
    const result = await (made instanceof Uint8Array ? attack(made) : attack(...made));
    const { error, cost } = result;
    if (expected instanceof RegExp) t.match(`${error?.code} ${error?.message}`, expected);
    else t.ok(expected(result), error?.message ?? `${names(result)}`.slice(0, 200));
    for (const [what, bound] of Object.entries({ ...BOUNDS, ...bounds })) {
      const spent = cost[what as keyof Cost];
      t.ok(spent <= bound, `${what}: ${Math.ceil(spent * 10) / 10} of ${bound}`);
    }
  });
}

const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

/** For images as large as is accepted of anything: half a million records take their time. */
const LARGEST = { seconds: 10, mib: 1024 };

const names = ({ volume }: Attacked) =>
  volume === undefined ? undefined : [...walk(volume.root)].map(({ path }) => path);
const isNamed =
  (...expected: string[]) =>
  (result: Attacked) =>
    `${names(result)}` === `${expected}`;

/** An image with Rock Ridge whose root holds these records. */
function rockRidgeIso(records: readonly RawRecord[], sectors: Record<number, Uint8Array> = {}): Buffer {
  return rawIso({
    root: rawDirectory(records.map(rawRecord), { location: ROOT, length: SECTOR, systemUse: rockRidge }),
    sectors,
  });
}

const plainIso = (records: readonly RawRecord[], sectors: Record<number, Uint8Array> = {}) =>
  rawIso({ root: rawDirectory(records.map(rawRecord)), sectors });

/** One file whose system use field has these entries. */
const fileWith = (...entries: readonly Uint8Array[]) => [{ name: 'A.;1', systemUse: Buffer.concat(entries) }];
const ce = (sector: number, offset: number, length: number) => numbers('CE', sector, offset, length);
const sl = (flags: number, ...components: number[]) => entry('SL', [flags, ...components]);
const link = numbers('PX', 0o120777, 1, 0, 0);

// Continuation areas

attacked(
  'CE that leads to itself',
  () => rockRidgeIso(fileWith(ce(30, 0, 28)), { 30: ce(30, 0, 28) }),
  /DAMAGED .*loop/,
);

attacked(
  'CE that leads back by way of another',
  () => rockRidgeIso(fileWith(ce(30, 0, 28)), { 30: ce(31, 0, 28), 31: ce(30, 0, 28) }),
  /DAMAGED .*loop/,
);

attacked(
  'CE past its block',
  () => rockRidgeIso(fileWith(ce(30, 2000, 49)), { 30: link }),
  /DAMAGED .*1 bytes past its block/,
);

attacked(
  'CE whose offset and length add up to 2^32',
  () => rockRidgeIso(fileWith(ce(30, 0xfffffff0, 16))),
  /DAMAGED .*past its block/,
);

attacked(
  'CE beyond the image',
  () => rockRidgeIso(fileWith(ce(0x7fffffff, 0, 28))),
  /DAMAGED .*beyond the end of the image/,
);

attacked(
  'CE into its own record',
  () => {
    const image = rockRidgeIso(fileWith(ce(ROOT, 0, 0)));
    const at = image.lastIndexOf('CE');
    return patched(patched(image, at + 12, at % SECTOR), at + 20, 28);
  },
  /DAMAGED .*loop/,
);

attacked(
  'a chain of CE that has no end in sight',
  () => {
    const chain = times(70, (index) => ce(30, (index + 1) * 28, 28));
    return rockRidgeIso(fileWith(ce(30, 0, 28)), { 30: Buffer.concat(chain) });
  },
  /DAMAGED .*over 64 continuations/,
);

/** Each of many records leads through 60 areas, each in another part of the image. */
function scattered(records: number): Buffer {
  const areas = times(60, (index): [number, Uint8Array] => [1000 + 40 * index, ce(1040 + 40 * index, 0, 28)]);
  areas[59] = [1000 + 40 * 59, nameEntry('x')];
  const root = times(records, (index) => ({ name: `A${index}.;1`, systemUse: ce(1000, 0, 28) }));
  return rockRidgeIso(root, Object.fromEntries(areas));
}

attacked(
  'chains of CE that go from one end of the image to the other, from thousands of records',
  () => scattered(5000),
  /UNSUPPORTED /,
  { seconds: 5, reads: 10_000, bytes: 600 * 2 ** 20 },
);

// Relocated directories

const relocated = (sector: number): RawRecord => ({ name: 'A', systemUse: numbers('CL', sector) });

attacked('CL that leads to the root', () => rockRidgeIso([relocated(ROOT)]), /DAMAGED .*loop/);

attacked(
  'CL that leads to a directory whose CL leads back',
  () => {
    const directory = (own: number, next: number) =>
      rawDirectory([rawRecord(relocated(next))], { location: own, length: SECTOR });
    return rockRidgeIso([relocated(30)], { 30: directory(30, 31), 31: directory(31, 30) });
  },
  /DAMAGED .*loop/,
);

attacked(
  'CL that leads to its own directory',
  () =>
    rockRidgeIso([relocated(30)], { 30: rawDirectory([rawRecord(relocated(30))], { location: 30, length: SECTOR }) }),
  /DAMAGED .*loop/,
);

attacked('CL that leads to no directory', () => rockRidgeIso([relocated(16)]), /DAMAGED /);

attacked('CL beyond the image', () => rockRidgeIso([relocated(0x7fffffff)]), /DAMAGED .*beyond the end of the image/);

attacked(
  'CL and RE in one record',
  () => rockRidgeIso([{ name: 'A', systemUse: Buffer.concat([numbers('CL', ROOT), entry('RE', [])]) }]),
  isNamed(),
);

// Directories

attacked(
  'a directory of nearly 2^32 bytes in a small image',
  () => plainIso([{ name: 'A', flags: 2, location: ROOT, length: 0xfffff800 }]),
  /DAMAGED .*beyond the end of the image/,
);

attacked(
  'a directory of nearly 2^32 bytes in an image that is large enough',
  () => [plainIso([{ name: 'A', flags: 2, location: ROOT, length: 0xfffff800 }]), 6 * 2 ** 30],
  /UNSUPPORTED .*4294965248 bytes/,
);

attacked(
  'the root directory with a byte more than any may have',
  () => [patched(plainIso([]), PVD + 166, 0x02000001), 6 * 2 ** 30],
  /UNSUPPORTED .*33554433 bytes/,
);

attacked(
  'directories that lie one in the other, each as large as one may be',
  () => {
    const nested = (index: number) =>
      rawDirectory([rawRecord({ name: 'D', flags: 2, location: 31 + index, length: 0x2000000 })]);
    const sectors = Object.fromEntries(times(60, (index) => [30 + index, nested(index)]));
    return [plainIso([{ name: 'D', flags: 2, location: 30, length: 0x2000000 }], sectors), 2 ** 30];
  },
  /UNSUPPORTED .*more than 268435456 bytes/,
  { bytes: 300 * 2 ** 20, reads: 5000, mib: 600 },
);

attacked(
  'a directory that contains the root',
  () => plainIso([{ name: 'A', flags: 2, location: ROOT, length: SECTOR }]),
  /DAMAGED .*loop/,
);

attacked(
  'a directory that contains itself under 10,000 names',
  () => {
    const itself = Array.from({ length: 10_000 }, (_, index) =>
      rawRecord({ name: `D${index}`, flags: 2, location: 30, length: SECTOR }),
    );
    const directory = rawDirectory(itself);
    return plainIso([{ name: 'D', flags: 2, location: 30, length: directory.length }], { 30: directory });
  },
  /DAMAGED .*loop/,
);

attacked(
  'one directory under 10,000 names',
  () =>
    rawIso({
      root: rawDirectory(
        Array.from({ length: 10_000 }, (_, index) =>
          rawRecord({ name: `D${index}`, flags: 2, location: 400, length: SECTOR }),
        ),
      ),
      sectors: { 400: rawDirectory([]) },
    }),
  /DAMAGED .*in the image twice/,
);

attacked(
  '10,000 directories without any content at one place',
  () =>
    rawIso({
      root: rawDirectory(times(10_000, (index) => rawRecord({ name: `D${index}`, flags: 2 }))),
    }),
  (result) => names(result)?.length === 10_000,
  { reads: 20_000 },
);

attacked(
  'directories ten thousand deep',
  () => {
    const level = (index: number) =>
      rawDirectory([rawRecord({ name: 'D', flags: 2, location: 31 + index, length: SECTOR })]);
    const sectors = Object.fromEntries(times(10_000, (index) => [30 + index, level(index)]));
    return plainIso([{ name: 'D', flags: 2, location: 30, length: SECTOR }], sectors);
  },
  /UNSUPPORTED .*more than 128 deep/,
);

attacked(
  'a path table of 4 GiB that is nowhere',
  () => patchedHex(patched(makeIso({ a: 'x' }), PVD + 132, 0xffffffff), PVD + 140, 'ffffffff'.repeat(4)),
  isNamed('a'),
);

attacked(
  'a root record that leads to a file',
  () => patched(patched(makeIso({ 'a.txt': 'text '.repeat(1000) }), PVD + 158, ROOT + 2), PVD + 166, SECTOR),
  /DAMAGED /,
);

attacked('a root record that leads to the descriptors', () => patched(makeIso({ a: '' }), PVD + 158, 16), /DAMAGED /);

attacked('a root directory without any content', () => patched(makeIso({ a: '' }), PVD + 166, 0), /DAMAGED .*empty/);

attacked('a root directory of one byte', () => patched(makeIso({ a: '' }), PVD + 166, 1), /DAMAGED /);

// Records

const manyRecords = (count: number) =>
  rawIso({
    root: rawDirectory(Array.from({ length: count }, (_, index) => rawRecord({ name: `${index}`.padStart(6, '0') }))),
  });

attacked(
  '65,535 records in one directory',
  () => manyRecords(65_535),
  (result) => names(result)?.length === 65_535,
  LARGEST,
);

for (const [name, flags, identifier] of [
  ['associated files', 4, 'A'],
  ['further extents of one file', 0x80, 'A'],
] as const) {
  attacked(
    `half a million records, all of ${name}`,
    () => rawIso({ root: rawDirectory(Array(500_000).fill(rawRecord({ name: identifier, flags }))) }),
    /UNSUPPORTED .*more than 500000 directory records/,
    LARGEST,
  );
}

attacked(
  'a file of 100,000 extents that do not follow each other',
  () => {
    const extents = times(100_000, (index) => ({
      name: 'A.;1',
      location: ROOT + (index % 2) * 5,
      length: SECTOR,
    }));
    const records = extents.map((extent, index) => rawRecord({ ...extent, flags: index < 99_999 ? 0x80 : 0 }));
    return rawIso({ root: rawDirectory(records) });
  },
  ({ volume }) => volume !== undefined && lookup(volume, 'a').kind === 'file',
);

attacked(
  'a directory of several extents',
  () =>
    plainIso([
      { name: 'A', flags: 0x82 },
      { name: 'A', flags: 2 },
    ]),
  /DAMAGED .*several extents/,
);

attacked(
  'a file beyond the image',
  () => plainIso([{ name: 'A', location: 21, length: 1 }]),
  /DAMAGED .*beyond the end of the image/,
);

attacked(
  'a file beyond the image by its extended attributes',
  () => plainIso([{ name: 'A', location: 20, length: 1, extendedAttributes: 255 }]),
  /DAMAGED /,
);

attacked(
  'a file whose place and length add up to 2^32 blocks',
  () => plainIso([{ name: 'A', location: 0xffffffff, length: 0xffffffff }]),
  /DAMAGED /,
);

attacked(
  'a file in interleaved mode',
  () => plainIso([{ name: 'A', location: 20, length: 1, unitSize: 1 }]),
  /UNSUPPORTED .*interleaved/,
);

attacked(
  'a record that takes all that is behind it for its own',
  () => patchedHex(plainIso([{ name: 'A' }, { name: 'B' }]), ROOT * SECTOR + 68, 'ff'),
  isNamed('a'),
);

attacked(
  'a record that leaves its sector',
  () =>
    patchedHex(
      plainIso(times(58, (index) => ({ name: String.fromCharCode(65 + index) }))),
      ROOT * SECTOR + 60 * 34,
      '22',
    ),
  /DAMAGED .*leaves its sector/,
);

attacked(
  'an identifier that is longer than its record',
  () => patchedHex(plainIso([{ name: 'A' }]), ROOT * SECTOR + 68 + 32, 'ff'),
  /DAMAGED .*identifier/,
);

attacked('an identifier without a byte', () => plainIso([{ name: '' }]), /DAMAGED /);

attacked(
  'numbers whose two byte orders disagree',
  () => {
    const image = makeIso({ 'a.txt': 'text' });
    return patchedHex(image, recordAt(image, 'A.TXT;1') + 6, 'ffffffff');
  },
  isNamed('a.txt'),
);

// Names

for (const [what, name, flags] of [
  ['a slash', '../../etc/passwd', 0],
  ['a NUL', 'a\0b', 0],
  ['nothing', '', 0],
  ['two dots', '..', 0],
  ['the flag for the parent', 'a', 4],
  ['the flag for itself', 'a', 2],
] as const) {
  attacked(`NM with ${what}`, () => rockRidgeIso(fileWith(nameEntry(name, flags))), /DAMAGED /);
}

attacked(
  'NM that is continued up to 14 KiB',
  () => {
    const pieces = Array(8).fill(nameEntry('x'.repeat(248), 1));
    const areas = Object.fromEntries(
      times(7, (index) => [30 + index, Buffer.concat([...pieces, ce(31 + index, 0, 2044)])]),
    );
    return rockRidgeIso(fileWith(ce(30, 0, 2048)), { ...areas, 37: nameEntry('end') });
  },
  /DAMAGED /,
);

attacked('plain names that are paths', () => plainIso([{ name: '../A.;1' }]), /DAMAGED /);

attacked('a Joliet name of an odd length', () => jolietIso([{ name: Buffer.from([0, 65, 0]) }]), /DAMAGED .*odd/);

attacked(
  'a Joliet name with half a character',
  () => jolietIso([{ name: Buffer.from([0xd8, 0, 0, 65]) }]),
  isNamed('\ufffdA'),
);

attacked('a Joliet name with a slash', () => jolietIso([{ name: Buffer.from([0, 0x2f]) }]), /DAMAGED /);

attacked(
  'names of what every object has',
  () =>
    rockRidgeIso(
      ['__proto__', 'constructor', 'toString'].map((name, index) => ({ name: `${index}`, systemUse: nameEntry(name) })),
    ),
  isNamed('__proto__', 'constructor', 'toString'),
);

function jolietIso(records: readonly RawRecord[]): Buffer {
  const descriptor = rawDescriptor(2, { name: '\0', flags: 2, location: 30, length: SECTOR }, 31, '%/E');
  return rawIso({
    root: rawDirectory([]),
    sectors: { 30: rawDirectory(records.map(rawRecord)) },
    descriptors: [descriptor],
  });
}

// Symbolic links

attacked(
  'SL of components without end',
  () => {
    const areas = Object.fromEntries(
      times(20, (index) => [
        30 + index,
        Buffer.concat([
          ...Array(7).fill(sl(1, ...Array(40).fill([0, 4, 97, 97, 97, 97]).flat())),
          ce(31 + index, 0, 2048),
        ]),
      ]),
    );
    return rockRidgeIso(fileWith(link, ce(30, 0, 2048)), { ...areas, 50: sl(0, 0, 1, 97) });
  },
  /DAMAGED .*more than 4096 bytes/,
);

attacked(
  'SL of components without a letter',
  () => rockRidgeIso(fileWith(link, sl(0, ...Array(40).fill([0, 0]).flat()))),
  isNamed('a'),
);

attacked(
  'SL whose component leaves it',
  () => rockRidgeIso(fileWith(link, sl(0, 0, 200, 97))),
  /DAMAGED .*leaves its entry/,
);

attacked(
  'SL that goes up for ever',
  () => rockRidgeIso(fileWith(link, sl(0, ...Array(60).fill([4, 0]).flat()))),
  ({ volume }) => volume !== undefined && lookup(volume, 'a') === volume.root,
);

t.test('symbolic links that double with each hop cost no more than a look-up may', async (t) => {
  const twice = (index: number) => ({
    symlink: Array(40)
      .fill(`l${index + 1}`)
      .join('/../'),
  });
  const files = Object.fromEntries(times(60, (index) => [`l${index}`, twice(index)]));
  const { volume, cost } = await attack(makeIso({ ...files, l60: { directory: true } }));
  t.ok(cost.seconds < 1);
  const started = process.cpuUsage();
  t.throws(() => volume && lookup(volume, 'l0'), { code: 'SERABUT_ERR_FILE_NOT_FOUND' });
  t.ok(process.cpuUsage(started).user < 1e6);
});

attacked(
  '5,000 symbolic links of 3 KiB, all in the same two sectors',
  () => {
    const pieces = Array(7).fill(
      sl(
        1,
        ...Array(3)
          .fill([1, 80, ...Array(80).fill(0x61)])
          .flat(),
      ),
    );
    const use = Buffer.concat([link, ce(9000, 0, SECTOR)]);
    return rawIso({
      root: rawDirectory(
        times(5000, (index) => rawRecord({ name: `${index}`, systemUse: use })),
        { systemUse: rockRidge },
      ),
      sectors: {
        9000: Buffer.concat([...pieces, ce(9001, 0, SECTOR)]),
        9001: Buffer.concat([...pieces, sl(0, 0, 1, 97)]),
      },
    });
  },
  ({ volume }) => volume?.root.children.size === 5000,
  LARGEST,
);

// System use entries

attacked(
  'an entry that leaves its record',
  () => rockRidgeIso(fileWith(Buffer.from('NM\xff\x01\0a', 'latin1'))),
  /DAMAGED .*leaves its record/,
);

attacked('an entry of no length', () => rockRidgeIso(fileWith(Buffer.from('NM\0\x01\0a'))), /DAMAGED .*too short/);

attacked('an entry of three bytes', () => rockRidgeIso(fileWith(Buffer.from('NM\x03\x01\0a'))), /DAMAGED .*too short/);

attacked('ST before the name', () => rockRidgeIso(fileWith(entry('ST', []), nameEntry('hidden'))), isNamed('a'));

attacked(
  'SP that skips more than any record has',
  () =>
    rawIso({
      root: rawDirectory([rawRecord({ name: 'A.;1', systemUse: nameEntry('x') })], {
        systemUse: patchedHex(rockRidge, 6, 'ff'),
      }),
    }),
  isNamed('a'),
);

attacked(
  'ER whose identifier leaves it',
  () =>
    rawIso({
      root: rawDirectory([rawRecord({ name: 'A.;1', systemUse: nameEntry('x') })], {
        systemUse: patchedHex(rockRidge, 7 + 4, 'ffffff'),
      }),
    }),
  isNamed('x'),
);

attacked(
  'ER that leaves its record',
  () => rawIso({ root: rawDirectory([], { systemUse: patchedHex(rockRidge, 7 + 2, 'ff') }) }),
  /DAMAGED .*leaves its record/,
);

for (const [signature, length] of [
  ['PX', 8],
  ['CL', 8],
  ['CE', 24],
  ['TF', 4],
  ['NM', 4],
  ['SL', 4],
  ['ZF', 4],
  ['SF', 4],
  ['PN', 4],
] as const) {
  attacked(
    `${signature} without its fields`,
    () => rockRidgeIso(fileWith(entry(signature, Buffer.alloc(length - 4, 2)))),
    ({ error }) => error === undefined || error.code === 'SERABUT_ERR_ISO_DAMAGED',
  );
}

// Descriptors

attacked(
  'ten thousand descriptors without a terminator',
  () => {
    const image = rawIso({ root: rawDirectory([]), sectors: { 11000: rawDirectory([]) } });
    return patched(image.fill(partitions(10_000), 17 * SECTOR, 10_000 * SECTOR), PVD + 158, 11_000);
  },
  isNamed(),
);

function partitions(count: number): Buffer {
  const one = Buffer.alloc(SECTOR);
  one.set(Buffer.from('\x03CD001\x01'));
  return Buffer.concat(Array(count).fill(one));
}

for (const size of [0, 1, 511, 513, 3000, 4096, 65_535]) {
  const hex = Buffer.from([size & 255, size >> 8, size >> 8, size & 255]).toString('hex');
  attacked(
    `a block size of ${size}`,
    () => patchedHex(makeIso({ a: '' }), PVD + 128, hex),
    /DAMAGED .*logical block size/,
  );
}

attacked(
  'a volume that says it has 2^32 - 1 blocks',
  () => patched(makeIso({ a: '' }), PVD + 80, 0xffffffff),
  /DAMAGED .*truncated/,
);

attacked(
  'a Joliet descriptor whose root is nowhere, beside Rock Ridge',
  () => {
    const image = makeIso({ a: 'x' }, { joliet: true });
    return patched(image, 17 * SECTOR + 158, 0x7fffffff);
  },
  isNamed('a'),
);

// Boot images

attacked(
  'a boot catalog whose section says it has 65,535 entries',
  () => {
    const image = makeIso(
      { a: 'x' },
      {
        boot: [
          { platform: 0, image: 'a' },
          { platform: 0xef, image: 'a' },
        ],
      },
    );
    const catalog = image.readUInt32LE(17 * SECTOR + 0x47) * SECTOR;
    return patchedHex(image, catalog + 64 + 2, 'ffff');
  },
  ({ volume }) => volume !== undefined && volume.notes.length > 0,
);

attacked(
  'a boot record that is its own catalog',
  () => rawIso({ root: rawDirectory([]), descriptors: [bootRecord(17)] }),
  ({ volume }) => volume !== undefined && volume.notes.length > 0,
);

attacked(
  'eight file systems for UEFI with one root directory of 4,096 files',
  () => {
    const [first, table, root, files] = [100, 120, 160, 4096];
    const image = Buffer.alloc(root * 512 + files * 32 + 512 * 100);
    image.set(rockRidgeIso([]));
    for (let index = 0; index < 8; index += 1) {
      const at = (first + index) * 512;
      image.writeUInt16LE(512, at + 11);
      image.set([1, table - first - index, 0, 1], at + 13);
      image.writeUInt16LE(files, at + 17);
      image.set([0xf8, root - table], at + 21);
      image.writeUInt32LE(image.length / 512 - first - index, at + 32);
      image.set([0x55, 0xaa], at + 510);
    }
    for (let index = 0; index < files; index += 1) image.write(`F${index}`.padEnd(11), root * 512 + index * 32);
    return withGpt(
      image,
      times(8, (index) => ({ type: ESP, start: first + index, length: 100 })),
    );
  },
  ({ volume }) => volume?.boot !== undefined && [...walk(volume.boot)].length === 8 * 4098,
  LARGEST,
);
