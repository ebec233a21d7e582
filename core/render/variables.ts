import { shellWord } from './filters.js';

/** Scripts of the POSIX shell that each begin by setting variables for all that they start. */
export function withVariables(scripts: readonly string[], variables: Readonly<Record<string, string>>): string[] {
  const words = Object.entries(variables).map(([name, value]) => `${name}=${shellWord(value)}`);
  return scripts.map((script) => (words.length === 0 ? script : `export ${words.join(' ')}\n${script}`));
}
