import { entry } from '../../core/iso/write/rock-ridge.js';
import { numbers } from '../helpers/raw-iso.js';
import { SECTOR } from './iso-fields.js';
import type { Random } from './random.js';

/** System use entries (SUSP, RRIP) that are mostly well-formed, up to `length` bytes; any of `sectors` may be led to. */
export function randomEntries(length: number, sectors: readonly number[], random: Random): Buffer {
  const entries: Buffer[] = [];
  for (let left = length; left >= 4; ) {
    const next = random.pick(MAKERS)(random, sectors);
    if (next.length > left) break;
    if (random.oneIn(30)) next[2] = random.below(256);
    entries.push(next);
    left -= next.length;
  }
  return Buffer.concat(entries);
}

type Maker = (random: Random, sectors: readonly number[]) => Buffer;

const MAKERS: readonly [Maker, ...Maker[]] = [
  (random, sectors) => numbers('CE', place(random, sectors), random.below(SECTOR), random.below(SECTOR)),
  (random, sectors) => numbers('CE', place(random, sectors), 0, 28 + random.below(200)),
  (random, sectors) => numbers('CL', place(random, sectors)),
  (random, sectors) => numbers('PL', place(random, sectors)),
  (random) => numbers('PX', random.pick([0o040755, 0o100644, 0o120777, 0o060644, random.uint32()]), 1, 0, 0),
  (random) => entry('NM', [random.pick([0, 0, 1, 2, 4]), ...name(random)]),
  (random) => entry('SL', [random.below(2), ...components(random)]),
  (random) => entry('TF', [random.pick([2, 3, 0x82, 0x83]), ...random.bytes(random.pick([7, 14, 17, 34]))]),
  () => entry('RE', []),
  () => entry('ST', []),
  () => entry('SP', [0xbe, 0xef, 0]),
  (random) => entry('PD', random.bytes(random.below(16))),
  (random) => entry('ER', [10, random.below(4), 0, 1, ...Buffer.from('RRIP_1991A')]),
  () => entry('ZF', [...Buffer.from('pz'), 4, 15, 0, 0, 0, 0, 0, 0, 0, 0]),
];

function place(random: Random, sectors: readonly number[]): number {
  return random.oneIn(10) ? random.uint32() : (random.pickOf(sectors) ?? 0);
}

function name(random: Random): Buffer {
  return random.oneIn(3)
    ? random.bytes(random.below(40))
    : Buffer.from(random.pick(['a', 'b', '..', '.', 'a/b', 'ü', '']));
}

/** RRIP §4.1.3.1: flags, length, content. */
function components(random: Random): number[] {
  return Array.from({ length: random.below(5) }, () => {
    const content = random.oneIn(2) ? name(random) : Buffer.alloc(0);
    return [random.pick([0, 0, 1, 2, 4, 8]), content.length, ...content];
  }).flat();
}
