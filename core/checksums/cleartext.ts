import { badList, type Line } from './list-lines.js';

const BEGIN = '-----BEGIN PGP SIGNED MESSAGE-----';
const SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const END = '-----END PGP SIGNATURE-----';

/** Whether a text begins as an OpenPGP clear-signed one (RFC 9580 §7). */
export function isClearSigned(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 1024).trimStart().startsWith(BEGIN);
}

/**
 * What was signed of a clear-signed text, without the dashes that escape it; the signature itself is not checked.
 * Throws SERABUT_ERR_CHECKSUM_LIST if anything stands outside, which nobody has signed, or the signature is cut off.
 */
export function* cleartext(lines: Iterable<Line>): Generator<Line> {
  let part: Part = 'before';
  for (const { number, text: original } of lines) {
    // §7.2: blanks at the end of a line are not part of what is signed.
    const text = original?.trimEnd();
    const next = partAfter(part, text, number);
    if (part === 'text' && next === 'text') yield { number, text: unescaped(text, number) };
    part = next;
  }
  if (part !== 'after') throw badList('it is clear-signed, but its signature is cut off');
}

type Part = 'before' | 'headers' | 'text' | 'signature' | 'after';

/** The part that the line behind this one belongs to. */
function partAfter(part: Part, text: string | undefined, number: number): Part {
  if (part === 'text') return text === SIGNATURE ? 'signature' : 'text';
  if (part === 'signature') return text === END ? 'after' : 'signature';
  if (part === 'before' && text === BEGIN) return 'headers';
  if (part === 'headers' && text === '') return 'text';
  // §7.1: there are no headers but the names of hash algorithms. Around the text are empty lines at most.
  const isAllowed = part === 'headers' ? text?.startsWith('Hash: ') : text === '';
  if (isAllowed) return part;
  throw badList(`it is clear-signed, but line ${number} stands outside of the signed text`);
}

/** §7.1: a line that begins with a dash got another dash and a blank before it. */
function unescaped(text: string | undefined, number: number): string | undefined {
  if (text?.startsWith('- ')) return text.slice(2);
  if (text?.startsWith('-')) throw badList(`it is clear-signed, but line ${number} is not dash-escaped`);
  return text;
}
