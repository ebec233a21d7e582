import { spoilText } from './bytes.js';
import type { Random } from './random.js';
import type { Seed } from './target.js';

export interface TextGrammar {
  /** Pieces that mean something in this kind of text, in places where they belong and where they do not. */
  readonly pieces: readonly string[];
  /** What a text is parted into; words, blanks and single signs when left out. */
  readonly token?: RegExp;
  /** How long an input may become, in characters. */
  readonly longest?: number;
}

const words = /[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu;

/** Texts of the seeds, their tokens left out, repeated, moved, mixed and replaced; now and then bytes of the result. */
export function textMutator({ pieces, token = words, longest = 16_384 }: TextGrammar) {
  return (seeds: readonly Seed[]): ((random: Random) => Buffer) => {
    const texts = seeds.map(({ bytes }) => tokensOf(Buffer.from(bytes).toString('latin1'), token));
    const all = texts.flat();
    return (random) => {
      const tokens = [...(random.pickOf(texts) ?? [])];
      changeTokens(tokens, random, { all, pieces, changes: 1 + random.below(random.oneIn(4) ? 16 : 4) });
      const bytes = Buffer.from(tokens.join('').slice(0, longest), 'latin1');
      if (bytes.length > 0 && random.oneIn(8)) spoilBytes(bytes, random);
      return random.oneIn(20) ? bytes.subarray(0, random.below(bytes.length + 1)) : bytes;
    };
  };
}

/** What tokens are changed by, and how often. */
export interface Changes {
  /** Tokens that are used elsewhere. */
  readonly all: readonly string[];
  readonly pieces: readonly string[];
  readonly changes: number;
}

/** Leaves tokens out, repeats, mixes and replaces them, in place. */
export function changeTokens(tokens: string[], random: Random, { all, pieces, changes }: Changes): void {
  for (let left = changes; left > 0; left--) change(tokens, random, all, pieces);
}

/** Texts are taken as bytes, each a character: what is no ASCII stays what it was. */
export function tokensOf(text: string, token: RegExp = words): string[] {
  return text.match(token) ?? [];
}

function change(tokens: string[], random: Random, all: readonly string[], pieces: readonly string[]): void {
  const at = random.below(tokens.length + 1);
  const length = 1 + random.below(random.oneIn(3) ? 40 : 4);
  switch (random.below(8)) {
    case 0:
      tokens.splice(at, length);
      break;
    case 1:
      tokens.splice(at, 0, ...tokens.slice(at, at + length));
      break;
    case 2:
      tokens.splice(at, 1, random.pickOf(all) ?? '');
      break;
    case 3:
      tokens.splice(at, 0, ...all.slice(...stretch(all.length, length, random)));
      break;
    case 4:
      tokens.splice(at, 1, String(number(random)));
      break;
    case 5:
      tokens.splice(at, random.below(2), (random.pickOf(pieces) ?? '').repeat(repeats(random)));
      break;
    default:
      tokens.splice(at, random.below(2), random.pickOf(pieces) ?? '');
  }
}

function stretch(size: number, length: number, random: Random): [number, number] {
  const start = random.below(size);
  return [start, start + length];
}

/** Mostly few: what is repeated thousands of times is costly, for this fuzzer too. */
function repeats(random: Random): number {
  return random.oneIn(10) ? 1 << random.below(12) : 1 + random.below(4);
}

function number(random: Random): number {
  const value = random.uint32() >>> random.below(32);
  return random.oneIn(4) ? -value : value;
}

function spoilBytes(bytes: Buffer, random: Random): void {
  const start = random.below(bytes.length);
  spoilText(bytes.subarray(start, start + 1 + random.below(16)), random);
}
