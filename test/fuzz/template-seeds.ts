import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Seed } from './target.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The templates of all plugins. */
export function templateSeeds(): Seed[] {
  const files = globSync('{plugins,examples}/**/*.liquid', { cwd: root }).sort();
  return files.map((name) => ({ name, bytes: readFileSync(root + name) }));
}
