import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { walk } from '../../../core/iso/lookup.js';
import type { Extent } from '../../../core/iso/tree.js';
import { openVolume, type Volume } from '../../../core/iso/volume.js';
import { makeFat } from '../../helpers/make-fat.js';
import { makeIso } from '../../helpers/make-iso.js';

const SECTOR = 2048;
const ROUNDS = 600;
const EXPECTED = ['SERABUT_ERR_ISO_DAMAGED', 'SERABUT_ERR_ISO_UNSUPPORTED'];

const image = makeIso(
  {
    'boot/grub/grub.cfg': 'menu',
    'a/long/way/down.txt': 'x',
    empty: { directory: true },
    ['n'.repeat(200)]: { symlink: `../${'t'.repeat(200)}` },
    'big.bin': Buffer.alloc(5000),
  },
  { joliet: true, splitAbove: 2048 },
);

/** The same numbers in each run, so that a failure can be looked into. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
}

/** Where the numbers of the descriptors, the path tables and the directories are; zero bytes are nearly all padding. */
const targets = [...image.keys()].filter(
  (offset) => offset >= 16 * SECTOR + 80 && image[offset] !== 0 && image[offset] !== 0x20,
);

/** Changes one to four bytes. */
function altered(random: (below: number) => number): Buffer {
  const copy = Buffer.from(image);
  for (let count = 1 + random(4); count > 0; count -= 1) {
    const offset = (targets[random(targets.length)] ?? 0) + random(2);
    copy[offset] = random(2) === 0 ? random(8) : random(256);
  }
  return copy;
}

/** The names in the image, or the code of the error. */
async function namesOrCode(path: string): Promise<string[] | string> {
  try {
    return [...walk((await openVolume(path)).root)].map(({ node }) => node.name);
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
}

t.test('whatever bytes are altered, only typed errors are thrown and no bad name comes through', async (t) => {
  const path = join(t.testdir({}), 'test.iso');
  const random = generator(42);
  const seen = { read: 0, refused: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    await writeFile(path, altered(random));
    const result = await namesOrCode(path);
    const isRead = typeof result !== 'string';
    seen[isRead ? 'read' : 'refused'] += 1;
    const good = isRead ? !result.some((name) => /^\.{0,2}$|[/\0]/.test(name)) : EXPECTED.includes(result);
    if (!good) t.fail(`round ${round}: ${JSON.stringify(result)}`);
  }
  t.ok(seen.read > ROUNDS / 10 && seen.refused > ROUNDS / 10, `${seen.read} were read, ${seen.refused} refused`);
});

/** What is wrong with what was read of an image with boot images; undefined if nothing is. */
function fault({ root, boot }: Volume, length: number): string | undefined {
  if ([...walk(root)].some(({ path }) => path !== 'a.txt')) return 'the volume is another one';
  const below = boot === undefined ? [] : [...walk(boot)];
  if (below.some(({ node }) => /^\.{0,2}$|[/\0]/.test(node.name))) return 'a bad name';
  const extents = below.flatMap(({ node }) => (node.kind === 'file' ? node.extents : []));
  const isInside = (extent: Extent) =>
    extent.offset >= 0 && extent.length > 0 && extent.offset + extent.length <= length;
  return extents.every(isInside) ? undefined : 'an extent outside of the image';
}

t.test('whatever bytes of boot images are altered, the volume is read, and no bad name comes through', async (t) => {
  const path = join(t.testdir({}), 'test.iso');
  // Contents of zero bytes, so that what is not zero is structure.
  const fat = makeFat({ 'EFI/BOOT/a long name of a file.efi': Buffer.alloc(2000), 'EFI/B/C.TXT': '\0', 'D.TXT': '' });
  const boot = [
    { platform: 0, image: 'a.txt' },
    { platform: 0xef, image: fat },
  ];
  const booting = makeIso({ 'a.txt': 'text' }, { boot });
  const catalog = booting.readUInt32LE(17 * SECTOR + 0x47) * SECTOR;
  const places = [...booting.keys()].filter((offset) => {
    return (offset >= catalog && booting[offset] !== 0) || (offset >= 17 * SECTOR && offset < 17 * SECTOR + 0x4b);
  });
  const random = generator(7);
  const seen = { noted: 0, whole: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const copy = Buffer.from(booting);
    for (let count = 1 + random(3); count > 0; count -= 1) copy[places[random(places.length)] ?? 0] = random(256);
    await writeFile(path, copy);
    const volume = await openVolume(path);
    seen[volume.notes.length > 0 ? 'noted' : 'whole'] += 1;
    const problem = fault(volume, copy.length);
    if (problem !== undefined) t.fail(`round ${round}: ${problem}`);
  }
  t.ok(seen.noted > ROUNDS / 10 && seen.whole > ROUNDS / 10, `${seen.noted} have notes, ${seen.whole} have not`);
});
