import { Drop } from 'liquidjs';
import { mergeYaml } from './merge-yaml.js';

type Filter = (value: unknown, argument?: unknown) => string;

/**
 * Filters that carry a value into a format without letting it out of its place. A value that the format cannot hold
 * throws; LiquidJS adds file, line and column.
 */
export const filters: Readonly<Record<string, Filter>> = {
  shell: shellWord,

  /**
   * A value in a preseed file: the rest of its line. Readers drop blanks at its ends, and a backslash at its end goes
   * on with the next line (debconf-set-selections(1); in the installer the script of that name of the package preseed).
   */
  preseed: (value) => refuse(refuse(oneLine(value), /\\$/, 'a backslash at the end'), /^\s|\s$/, 'a blank at an end'),

  /** A value in an iPXE script, where `${` begins a setting: iPXE has no way to quote it (iPXE core/settings.c). */
  ipxe: (value) => refuse(oneLine(value), /\$\{/, '"${"'),

  /**
   * A scalar, list or mapping of YAML on one line. JSON is YAML 1.2; YAML 1.1, which the installers read, takes three
   * more characters for line breaks and refuses some that cannot be printed (yaml.org/spec/1.1 §4.1), so these are
   * escaped.
   */
  yaml: (value) => JSON.stringify(wellFormed(value) ?? null).replace(unprintable, escaped),

  /** A value of a Kickstart option: pykickstart splits a line by Python's shlex, where only these two need a backslash. */
  kickstart: (value) => `"${oneLine(value).replace(/["\\]/g, '\\$&')}"`,

  /** One word of the shell in a section of a Kickstart file, no line of which may begin with `%`. */
  kickstart_shell: (value) => shellWord(value).replace(/\n(?=\s*%)/g, "\n''"),

  /** A YAML text with another one laid over it: mappings are joined, all else is replaced. */
  merge_yaml: (value, other) => mergeYaml(String(value), String(other ?? '')),

  /** The value, or an error that says what is missing. */
  required: (value, what) => {
    // LiquidJS gives a filter an object in place of null.
    const plain = value instanceof Drop ? value.valueOf() : value;
    if (plain === null || plain === undefined || plain === '') throw new Error(`this needs ${what}`);
    return String(plain);
  },
};

/** One word of the POSIX shell (XCU §2.2.2), of several lines if need be: in single quotes, a quote in it as `'\''`. */
export function shellWord(value: unknown): string {
  const text = String(wellFormed(value) ?? '');
  for (const line of text.split('\n')) oneLine(line);
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const controls = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/;

function oneLine(value: unknown): string {
  return refuse(String(wellFormed(value) ?? ''), controls, 'a control character');
}

/** Half of a pair of surrogates is no text in UTF-8. */
function wellFormed<T>(value: T): T {
  if (typeof value === 'string' && !value.isWellFormed()) throw new Error('a value holds half a character of UTF-16');
  return value;
}

function refuse(text: string, pattern: RegExp, what: string): string {
  if (pattern.test(text))
    throw new Error(`a value holds ${what}, which this format cannot carry: ${JSON.stringify(text.slice(0, 200))}`);
  return text;
}
