/**
 * `npm run fuzz -- NAME [--count N] [--seconds N] [--seed S] [--processes N]`: makes hostile inputs and has them read.
 * `npm run fuzz -- NAME --replay FILE`: reads one that was found.
 */
import { runCommand } from './command.js';
import { fuzzers } from './fuzzers.js';

const [name = '', ...args] = process.argv.slice(2);
const fuzzer = Object.hasOwn(fuzzers, name) ? fuzzers[name] : undefined;
if (fuzzer === undefined) throw new Error(`expected one of ${Object.keys(fuzzers).join(', ')}, received "${name}"`);
await runCommand({ name, ...fuzzer }, args);
