/**
 * Control characters (escape sequences of terminals among them), what ends a line, and what changes the direction of the
 * text that follows: all that makes a text look like another one. A backslash too, because it begins an escape.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const MISLEADING = /[\\\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The same but for what texts of several lines with patterns in them are made of. */
const MISLEADING_IN_LINES = new RegExp(`(?![\\\\\\n])${MISLEADING.source}`, 'g');

const SHORT: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A text out of an image on one line and harmless to a terminal, by the escapes of JSON: `a\nb`, `\u001b[2J`. */
export function printable(text: string): string {
  const code = (found: string) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text.replace(MISLEADING, (found) => SHORT[found] ?? code(found));
}

/** The same for a text of several lines, in which patterns may stand: line feeds and backslashes stay. */
export function printableLines(text: string): string {
  return text.replace(MISLEADING_IN_LINES, printable);
}
