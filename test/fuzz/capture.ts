/**
 * `npm run fuzz:capture -- [--seconds N] [--count N] [--seed S] [--processes N]`: changes captures and has them read.
 * `npm run fuzz:capture -- --replay FILE`: reads one that was found.
 */
import { captureSeeds } from './capture-seeds.js';
import { runCommand } from './command.js';

await runCommand({
  name: 'capture',
  module: new URL('./capture-target.js', import.meta.url),
  seeds: async () => captureSeeds(),
});
