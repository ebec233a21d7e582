/** How many names one sentence has. */
const most = 8;

/** `a`, `a and b`: each once. */
export function listed(words: readonly string[]): string {
  return [...new Set(words)].slice(0, most).join(' and ');
}
