import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Seed } from './target.js';

const directory = fileURLToPath(new URL('../../../test/fixtures/captures', import.meta.url));

/** The captures that were recorded in the lab. */
export function captureSeeds(): Seed[] {
  return readdirSync(directory).map((name) => ({ name, bytes: readFileSync(join(directory, name)) }));
}
