import { strict as assert } from 'node:assert';
import { type ErrorCode, SerabutError } from '../../core/errors.js';

/** What would move a cursor, end a line or turn the text that follows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const misleading = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** A text for people: harmless to a terminal, and of bounded length. */
export function requireShown(text: string, longest: number): void {
  assert(!misleading.test(text), `a text has control characters: ${JSON.stringify(text.slice(0, 500))}`);
  assert(text.length <= longest, `a text has ${text.length} characters, where ${longest} are enough`);
  assert(text.isWellFormed(), `a text has half a character: ${JSON.stringify(text.slice(0, 500))}`);
}

/** The same on one line. */
export function requireLine(text: string, longest: number): void {
  requireShown(text, longest);
  assert(!text.includes('\n'), `a line has an end in it: ${JSON.stringify(text.slice(0, 500))}`);
}

/** What something gives; undefined where it is refused by an error of one of the codes. All else is thrown on. */
export async function refusable<T>(codes: readonly ErrorCode[], run: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof SerabutError && codes.includes(error.code)) return undefined;
    throw error;
  }
}
