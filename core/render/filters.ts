/**
 * Filters that carry a value into a format without letting it out of its place. A value that the format cannot hold
 * throws; LiquidJS adds file, line and column.
 */
export const filters: Readonly<Record<string, (value: unknown) => string>> = {
  /** One word of the POSIX shell (XCU §2.2.2): in single quotes, a quote in it as `'\''`. */
  shell: (value) => `'${oneLine(value).replaceAll("'", "'\\''")}'`,

  /**
   * A value in a preseed file: the rest of its line, so no line break, and no backslash at the end, which
   * debconf-set-selections(1) takes as a line that goes on.
   */
  preseed: (value) => refuse(oneLine(value), /\\$/, 'a backslash at the end'),

  /** A value in an iPXE script, where `${` begins a setting: iPXE has no way to quote it (iPXE core/settings.c). */
  ipxe: (value) => refuse(oneLine(value), /\$\{/, '"${"'),

  /** A scalar of YAML 1.2 §7.3.1: JSON's strings are double-quoted scalars. */
  yaml: (value) => JSON.stringify(value),

  /** A value of a Kickstart option: Anaconda's pykickstart splits lines like a shell does (shlex). */
  kickstart: (value) => `"${refuse(oneLine(value), /["\\]/, 'a double quote or backslash')}"`,
};

function oneLine(value: unknown): string {
  const text = String(value ?? '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return refuse(text, /[\u0000-\u0008\u000a-\u001f\u007f]/, 'a control character');
}

function refuse(text: string, pattern: RegExp, what: string): string {
  if (pattern.test(text))
    throw new Error(`a value holds ${what}, which this format cannot carry: ${JSON.stringify(text)}`);
  return text;
}
