/**
 * `npm run fuzz:iso -- [--seconds N] [--count N] [--seed S] [--processes N]`: changes images and has them read.
 * `npm run fuzz:iso -- --replay FILE`: reads one that was found.
 */
import { runCommand } from './command.js';
import { ownSeeds, programSeeds } from './iso-seeds.js';

await runCommand({
  name: 'iso',
  module: new URL('./iso-target.js', import.meta.url),
  seeds: async () => [...ownSeeds(), ...(await programSeeds())],
});
